"""Bad input by class (at least forty cases each), for every door that takes a text or a file."""

# ruff: noqa: RUF001 - letters that look like others are what is tested
from __future__ import annotations

from tests.contract.attacks import ATTACKS

# Markup and templates that must be refused or shown as text.
XSS = [
    *ATTACKS[:40],
    "{{7*7}}", "${7*7}", "<%= 7*7 %>", "{% include '/etc/passwd' %}", "{{config.SECRET_KEY}}",
    '<p hx-get="/embed/dashboard" hx-trigger="load">', '<p data-hx-post="/x" data-hx-trigger=load>',
    '" autofocus onfocus="pwn()', "' onmouseover='pwn()", "</title><script>pwn()</script>",
    "javascript:pwn()", "--><script>pwn()</script>", '"><svg/onload=pwn()>', "&lt;script&gt;",
]  # fmt: skip
SQL = [
    "'", '"', "''", "`", "\\", "';--", "' OR '1'='1", "' OR 1=1--", '" OR ""="', "1 OR 1=1",
    "1; DROP TABLE users", "'; DROP TABLE users;--", "1' UNION SELECT NULL--",
    "' UNION SELECT secret_hash FROM api_keys--", "' UNION ALL SELECT 1,2,3,4,5--",
    "admin'--", "admin' #", "admin'/*", "' AND SLEEP(5)--", "'; SELECT pg_sleep(5);--",
    "' AND 1=(SELECT COUNT(*) FROM sqlite_master)--", "1 AND 1=1", "1 AND 1=2", "1) OR (1=1",
    "id DESC", "id; DELETE FROM users", "CASE WHEN 1=1 THEN id ELSE name END", "(SELECT 1)",
    "%", "_", "%%", "%_%", "a%b_c", "\\%", "[a-z]%", "$.a", "$[0]", "$.a'; --", "'||(SELECT 1)||'",
    "0x31303235343830303536", "CHAR(39)", "1e0", "NULL", "' IS NULL--", "\x1a'", "ʼ OR 1=1",
]  # fmt: skip
PATHS = [
    "..", "../", "../../etc/passwd", "..\\..\\windows\\win.ini", "....//....//etc/passwd",
    "..%2f..%2fetc%2fpasswd", "%2e%2e%2f", "%252e%252e%252f", "..%c0%af", "..%ef%bc%8f",
    "/etc/passwd", "//etc/passwd", "///etc/passwd", "\\\\server\\share", "C:\\boot.ini",
    "file:///etc/passwd", "/proc/self/environ", "~/.ssh/id_rsa", ".", "./", ".env", ".git/config",
    "a/../b", "a/./b", "a//b", "a\\b", "a%2fb", "a%5cb", "a%00.csv", "a;b", "a?b", "a#b",
    "..;/admin", "%2e", "..%00/", "..%0d/", "/%2e%2e/", "....\\\\", "CON", "NUL.csv", "a:b",
    "..%u2216", "..%5c..%5c", "/../../../../../../../../etc/shadow",
]  # fmt: skip
LINES = [
    f"{text}{end}{more}"
    for text in ("a", "Ada", "x-y")
    for end in ("\r\n", "\n", "\r", "%0d%0a", "\u2028", "\x0b", "\x85")
    for more in ("Set-Cookie: a=b", "Location: https://evil.example")
]
SSRF = [
    "http://127.0.0.1/", "https://127.0.0.1/", "https://127.1/", "https://0/", "https://0.0.0.0/",
    "https://0x7f000001/", "https://0x7f.0.0.1/", "https://2130706433/", "https://017700000001/",
    "https://0177.0.0.1/", "https://127.000.000.001/", "https://[::1]/", "https://[::]/",
    "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[0:0:0:0:0:ffff:7f00:1]/",
    "https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "https://10.0.0.1/",
    "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/", "https://192.0.2.1/",
    "https://198.18.0.1/", "https://224.0.0.1/", "https://255.255.255.255/", "https://[fe80::1]/",
    "https://[fc00::1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/",
    "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://a.localhost/",
    "https://user:pass@127.0.0.1/", "https://good.example@127.0.0.1/", "https://127.0.0.1#@good.example/",
    "file:///etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL", "ftp://127.0.0.1/", "dict://127.0.0.1:11211/",
    "jar:https://127.0.0.1!/", "data:text/plain,x", "javascript:pwn()", "//127.0.0.1/", "https:///x",
    "https://", "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://127.0.0.1:99999/",
]  # fmt: skip
REDIRECTS = [
    "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "/\\/evil.example", "https:evil.example", "https:/evil.example", "http:\\\\evil.example",
    "//evil.example/%2f..", "/%09/evil.example", "/%5cevil.example", "//evil%E3%80%82example",
    "\thttps://evil.example", " https://evil.example", "https://evil.example\\@good.example",
    "https://good.example@evil.example", "https://good.example.evil.example", "//%0d%0aevil.example",
    "https://evil.example?good.example", "https://evil.example#good.example", "javascript:pwn()",
    "JaVaScRiPt:pwn()", "java\nscript:pwn()", "data:text/html,<script>pwn()</script>", "vbscript:x",
    "//127.0.0.1", "//[::1]", "/../evil", "/.evil.example", "%2f%2fevil.example", "///;@evil.example",
    "https://evil.example:443/", "http://evil.example", "ftp://evil.example", "mailto:a@evil.example",
    "https://xn--evl-mla.example", "https://ev\u0456l.example", "/\u2044evil.example", "?next=//evil",
    "#//evil.example", "https://evil.example/..;/",
]  # fmt: skip
FORMULAS = [
    f"{start}{rest}"
    for start in ("=", "+", "-", "@", "\t=", "\r=", "＝", "＋")
    for rest in ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("https://evil.example")', "A1", "SUM(1;2)")
]
UNICODE = [
    "a\x00b", "\u202eevil", "e\u0301", "\u00e9", "\U0001f600", "\u0430dmin", "\ufeffx", "\u200bx",
    "\u2066x\u2069", "Z\u0335\u0321" * 20, "\ufdfd", "ﬁ", "Ⅷ", "\x7f", "\x1b[31mred", "\ud7ff", "\ue000",
]  # fmt: skip

TEXTS: dict[str, list[str]] = {
    "unicode": UNICODE,
    "xss": XSS,
    "sql": SQL,
    "paths": PATHS,
    "lines": LINES,
    "ssrf": SSRF,
    "redirects": REDIRECTS,
    "formulas": FORMULAS,
}

HEAD = "external_id,executed_at,symbol,side,qty,price,fee,currency"
ROW = "a1,2025-03-03T15:00:00Z,NVDA,buy,2,100,1,USD"


def _cell(position: int, value: str) -> bytes:
    cells = ROW.split(",")
    cells[position] = value
    return f"{HEAD}\n{','.join(cells)}\n".encode()


# Files and whether a row of them may be kept. None: either.
FILES: dict[str, tuple[bytes, bool | None]] = {
    "empty": (b"", False),
    "only blanks": (b"  \n \n", False),
    "only a header": (HEAD.encode(), False),
    "no header": (ROW.encode(), False),
    "bom": (b"\xef\xbb\xbf" + f"{HEAD}\n{ROW}\n".encode(), True),
    "utf-16": (f"{HEAD}\n{ROW}\n".encode("utf-16"), False),
    "utf-32": (f"{HEAD}\n{ROW}\n".encode("utf-32"), False),
    "latin-1": (f"{HEAD}\n{ROW}\né".encode("latin-1"), False),
    "semicolons": (f"{HEAD}\n{ROW}\n".replace(",", ";").encode(), True),
    "tabs": (f"{HEAD}\n{ROW}\n".replace(",", "\t").encode(), True),
    "pipes": (f"{HEAD}\n{ROW}\n".replace(",", "|").encode(), False),
    "cr": (f"{HEAD}\r{ROW}\r".encode(), True),
    "crlf": (f"{HEAD}\r\n{ROW}\r\n".encode(), True),
    "mixed ends": (f"{HEAD}\r\n{ROW}\n".encode(), True),
    "no last end": (f"{HEAD}\n{ROW}".encode(), True),
    "quoted": (f'{HEAD}\n"a1",{ROW[3:]}\n'.encode(), True),
    "quotes inside": (_cell(0, '"a""1"'), None),
    "open quote": (_cell(0, '"a1'), False),
    "quote in the middle": (_cell(0, 'a"1'), None),
    "newline in a cell": (_cell(0, '"a\n1"'), False),
    "short row": (f"{HEAD}\na1,2025-03-03T15:00:00Z\n".encode(), False),
    "long row": (f"{HEAD}\n{ROW},x,y\n".encode(), False),
    "header twice": (f"{HEAD},qty\n{ROW},2\n".encode(), False),
    "unknown column": (f"{HEAD},colour\n{ROW},red\n".encode(), None),
    "missing column": (b"external_id,executed_at\na1,2025-03-03T15:00:00Z\n", False),
    "header again": (f"{HEAD}\n{HEAD}\n".encode(), False),
    "capitals in the header": (f"{HEAD.upper()}\n{ROW}\n".encode(), None),
    "blanks in the header": (f"{HEAD.replace(',', ' , ')}\n{ROW}\n".encode(), None),
    "empty lines": (f"{HEAD}\n\n\n{ROW}\n\n".encode(), True),
    "nul": (_cell(0, "a\x00"), False),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), False),
    "zip": (b"PK\x03\x04" + b"\x00" * 200, False),
    "xlsx": (b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml" + b"\x00" * 100, False),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", False),
    "gzip": (b"\x1f\x8b\x08\x00" + b"\x00" * 50, False),
    "html": (b"<html><script>pwn()</script></html>", False),
    "polyglot": (b"GIF89a/*" + f"{HEAD}\n{ROW}\n".encode() + b"*/", False),
    "eicar-like": (b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-LIKE-TEST-FILE!$H+H*", False),
    "json": (b'[{"external_id": "a1"}]', False),
    "xml": (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', False),
    "a megabyte in a cell": (_cell(0, "a" * 1_000_000), False),
    "a thousand columns": (("x," * 1000 + "\n").encode(), False),
}  # fmt: skip

# One value that is wrong in a column; nothing of its row may be kept.
NUMBERS = [
    "NaN", "nan", "Infinity", "-Infinity", "inf", "1e309", "-0", "0", "-1", "", " ", "1,234.56",
    "1.234,56", "(1.00)", "1 000", "$1", "1_000", "0x10", "１２", "٣", "1.123456789", "1" * 19, "--1",
    "+-1", "1.", ".", "one", "1e", "=1", "1/2", "10%", "null", "true", "1e-9", "1e11",
]  # fmt: skip
TIMES = [
    "", "2025-02-29T10:00:00Z", "2025-03-03", "2025-03-03T15:00:00", "1700000000", "1700000000000",
    "03/03/2025", "2025-13-01T00:00:00Z", "2025-03-03T25:00:00Z", "2025-03-03T15:60:00Z",
    "1900-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0000-00-00T00:00:00Z", "2025-03-03T15:00:00+99:00",
    "now", "tomorrow", "2025-W10-1", "2025-062", "2025-03-03T15:00:00 Europe/Berlin", "-2025-03-03T15:00:00Z",
    "2025-03-03T15:00:00z ", "２０２５-03-03T15:00:00Z",
]  # fmt: skip
SYMBOLS_GOOD = ["BRK.B", "BRK/B", "/ESZ6", "ES1!", "BTC/USD", "UAL   260417C00110000", "aapl"]
