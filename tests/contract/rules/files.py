"""The plugin as a parcel: header, readme, kinds and sizes of files, what code may not call."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from scripts.phpcode import STRING
from tests.contract.rules.base import MAIN, SLUG, Plugin, Rule, many, one
from tests.contract.rules.readme import RULES as README_RULES

GUARD = "defined( 'ABSPATH' ) || exit;"
SUFFIXES = {".php", ".txt", ".js", ".css", ".woff2", ".json", ".pot", ".po", ".mo", ".svg", ".png"}
ROOT_FILES = {MAIN, "uninstall.php", "readme.txt", "LICENSE.txt", "THIRD_PARTY.txt"}
LARGEST = 293 * 1024
PAGE = 120 * 1024
SCRIPT = 8192
LINES = 400
LONGEST_LINE = 1000
# What a page may load from us at most: all but what is for wp-admin, the editor or the dashboard.
PUBLIC = r"assets/(?!.*(?:admin|editor|charts|candles|desk|coach))[\w-]+\.(?:js|css)$|assets/vendor/htmx\.min\.js$|blocks/.*(?:style|view)[\w-]*\.(?:css|js)$"
# The chart library comes when a chart is seen.
DASHBOARD = PUBLIC + r"|assets/trp-(?:charts|candles)\.js$|assets/vendor/lightweight-charts"
FORBIDDEN = {
    **dict.fromkeys(("eval", "create_function", "assert"), "runs text as code"),
    **dict.fromkeys(
        ("exec", "shell_exec", "system", "passthru", "proc_open", "popen"), "runs programs"
    ),
    **dict.fromkeys(
        ("curl_init", "curl_exec", "fsockopen", "stream_socket_client"), "use the HTTP API"
    ),
    **dict.fromkeys(
        ("unserialize", "extract", "parse_str", "mb_parse_str"), "unsafe with foreign data"
    ),
    **dict.fromkeys(
        ("base64_decode", "gzinflate", "gzuncompress", "str_rot13"), "looks like hidden code"
    ),
    **dict.fromkeys(
        ("error_log", "trigger_error", "debug_backtrace", "phpinfo"), "left from debugging"
    ),
    **dict.fromkeys(
        ("file_put_contents", "fopen", "fwrite", "fputs", "mkdir", "unlink"), "writes files"
    ),
    **dict.fromkeys(
        ("rename", "copy", "touch", "chmod", "rmdir", "tempnam", "tmpfile"), "writes files"
    ),
    **dict.fromkeys(("move_uploaded_file", "WP_Filesystem", "download_url"), "writes files"),
    **dict.fromkeys(("session_start", "setcookie", "setrawcookie"), "visitors get no cookie"),
    **dict.fromkeys(
        ("ini_set", "set_time_limit", "error_reporting", "date_default_timezone_set"),
        "changes PHP for all",
    ),
    **dict.fromkeys(("query_posts", "wp_reset_query", "get_page_by_title"), "outdated"),
    **dict.fromkeys(("rand", "mt_rand", "srand", "md5_file"), "not random enough"),
    **dict.fromkeys(("file_get_contents",), "reads files or addresses"),
    **dict.fromkeys(
        ("strip_tags", "json_encode", "parse_url", "date"), "WordPress has a better one"
    ),
}
# Each with its reason beside the call.
ALLOWED = {
    ("src/Rest/Body.php", "file_get_contents"),
    ("src/Secrets.php", "base64_decode"),
}
VERBS = ("get", "post", "head", "request")
HEADER_FIELDS = (
    *("Plugin Name", "Description", "Version", "Requires at least", "Requires PHP", "Author"),
    *("License", "License URI", "Text Domain", "Domain Path"),
)
TRADEMARKS = (
    "wordpress",
    "wp",
    "woo",
    "tradingview",
    "ibkr",
    "interactive-brokers",
    "gutenberg",
    "alpaca",
    "stripe",
)


def guarded(plugin: Plugin) -> Iterator[str]:
    """Every file of PHP ends at once outside WordPress, before it does anything."""
    for source in plugin.sources:
        names = {"defined", "exit"}
        first = next((c for c in source.calls if c.kind in {"function", "new", "static"}), None)
        if GUARD not in source.text or first is None or first.name not in names:
            yield source.name
    for name in plugin.matching(r"\.l10n\.php$"):
        if GUARD not in plugin.text(name):
            yield name
    if (
        "uninstall.php" in plugin.files
        and "defined( 'WP_UNINSTALL_PLUGIN' ) || exit;" not in plugin.text("uninstall.php")
    ):
        yield "uninstall.php: runs without being asked by WordPress"


def calls(plugin: Plugin) -> Iterator[str]:
    """Nothing is called that reviewers refuse."""
    for source in plugin.sources:
        for call in source.called(*FORBIDDEN):
            if (source.name, call.name) not in ALLOWED:
                yield f"{source.name}:{call.line}: {call.name}(): {FORBIDDEN[call.name]}"
        for token in source.tokens:
            if (
                token.kind in {"T_EVAL", "T_START_HEREDOC", "T_GOTO", "T_HALT_COMPILER"}
                or token.text == "`"
            ):
                yield f"{source.name}:{token.line}: {token.text}"
            if token.kind == "T_OPEN_TAG" and not token.text.startswith("<?php"):
                yield f"{source.name}:{token.line}: short tag"
            if token.text == "@":
                yield f"{source.name}:{token.line}: an error is silenced"


def requests(plugin: Plugin) -> Iterator[str]:
    """One file alone talks to the service, and no address of a service is built in."""
    remote = {f"wp_{safe}remote_{verb}" for safe in ("", "safe_") for verb in VERBS}
    local = r"(?:https?:)?//(?:localhost|127\.|\[::1\])|(?:localhost|127\.0\.0\.1):\d"
    for source in plugin.sources:
        for call in source.called(*remote):
            # Site Health asks the site itself.
            to_itself = re.match(r"(?:rest_url|home_url|admin_url) \(", call.source(0))
            if source.name != "src/ApiClient.php" and not to_itself:
                yield f"{source.name}:{call.line}: {call.name}()"
        for token in source.tokens:
            if token.kind in {STRING, "T_INLINE_HTML"} and re.search(local, token.text):
                yield f"{source.name}:{token.line}: {token.text.strip()[:60]}"


def readable(plugin: Plugin) -> Iterator[str]:
    """Our own code is as we wrote it; whose is minified is listed with version, licence and source."""
    listed = plugin.text("THIRD_PARTY.txt")
    for name in plugin.files:
        if re.match(r"assets/(?:vendor|fonts)/", name):
            entry = listed.partition(f"\n{name}\n")[2].partition("\n\n")[0]
            for what, pattern in (
                ("version", r"\d+\.\d+"),
                ("source", r"npm package|https://github\.com/"),
                ("licence", r"Licen[sc]e|BSD|MIT"),
            ):
                if not re.search(pattern, entry):
                    yield f"{name}: no {what} in THIRD_PARTY.txt"
        elif re.search(r"\.(js|css)$", name):
            longest = max((len(line) for line in plugin.text(name).splitlines()), default=0)
            if longest > LONGEST_LINE or ".min." in name:
                yield f"{name}: looks minified ({longest} characters in a line)"


def sizes(plugin: Plugin) -> Iterator[str]:
    """Files are small for the reader and for the wire."""
    for name, content in plugin.files.items():
        is_own = not re.match(r"assets/(?:vendor|fonts)/|languages/", name)
        if is_own and re.search(r"\.(php|js|css)$", name) and content.count(b"\n") > LINES:
            yield f"{name}: {content.count(10)} lines"
        if name.endswith((".js", ".css")) and len(content) > LARGEST:
            yield f"{name}: {len(content)} bytes"
        if name in {"assets/trp.js", "assets/trp-charts.js"} and len(content) >= SCRIPT:
            yield f"{name}: {len(content)} bytes"
    for page, pattern in (("public", PUBLIC), ("dashboard", DASHBOARD)):
        parts = [content for name, content in plugin.files.items() if re.match(pattern, name)]
        total = sum(len(gzip.compress(part, 6)) for part in parts)
        if total > PAGE:
            yield f"a {page} page: {total} bytes compressed"


def kinds(plugin: Plugin) -> Iterator[str]:
    """Only kinds of files that a plugin needs; nothing hidden, nothing of tools."""
    for name in plugin.files:
        path = PurePosixPath(name)
        if any(part.startswith((".", "__")) for part in path.parts):
            yield f"{name}: hidden"
        if path.suffix not in SUFFIXES:
            yield f"{name}: kind"
        if len(path.parts) == 1 and name not in ROOT_FILES:
            yield f"{name}: unexpected in the root"
        if {"tests", "node_modules", "bin", "vendor"} & set(path.parts[:1]):
            yield f"{name}: not for a site"
        if not re.fullmatch(r"[\w./-]+", name):
            yield f"{name}: name"


def header(plugin: Plugin) -> Iterator[str]:
    """The header says what WordPress and the directory ask for."""
    text = plugin.text(MAIN)
    fields = dict(re.findall(r"^ \* ([A-Z][\w ]+): +(.+)$", text, re.MULTILINE))
    yield from (f"no {field}" for field in HEADER_FIELDS if not fields.get(field))
    if "Update URI" in fields:
        yield "updates from elsewhere"
    if fields.get("Text Domain") != SLUG:
        yield "the text domain is not the slug"
    if "GPL-3.0-or-later" not in fields.get("License", ""):
        yield "the licence is not that of the parts inside"
    for name in (SLUG, fields.get("Plugin Name", "").lower()):
        yield from (f"{name} begins with {mark}" for mark in TRADEMARKS if name.startswith(mark))
    if f"VERSION     = '{fields.get('Version')}'" not in text:
        yield "VERSION is not the header's"


SAMPLE = f"<?php\n{GUARD}\nf();\n"

RULES = (
    Rule(
        "files end outside WordPress",
        guarded,
        bad=(
            one("f();"),
            one(f"f(); {GUARD}"),
            one(f"<?php\n{GUARD}\n", "uninstall.php"),
            one("return array();", "languages/a-de_DE.l10n.php"),
        ),
        good=(one(SAMPLE), one(f"<?php\nnamespace A;\n\nuse B\\C;\n\n{GUARD}\n\nnew C();\n")),
    ),
    Rule(
        "nothing forbidden is called",
        calls,
        bad=many(
            "eval( $a );",
            "exec( $a );",
            "curl_init();",
            "unserialize( $a );",
            "error_log( $a );",
            "file_put_contents( __DIR__ . '/x', $a );",
            "setcookie( 'a', 'b' );",
            "`ls`;",
            "$a = <<<X\na\nX;",
            "echo @$a['x'];",
            "base64_decode( $a );",
            "date( 'Y' );",
        ),
        good=many("wp_json_encode( $a ); $this->copy( $a ); wp_date( 'Y' ); Cache::touch( 1 );"),
    ),
    Rule(
        "one file talks to the service",
        requests,
        bad=many(
            "wp_remote_get( $a );",
            "$url = 'http://127.0.0.1:5000';",
            "$url = 'localhost:5000';",
            "?><a href='//localhost/x'>x</a>",
        ),
        good=(
            one("wp_remote_request( $a );", "src/ApiClient.php"),
            one("wp_remote_get( rest_url( 'x' ) );"),
            one("$a = array( 'localhost', '127.0.0.1' );"),
        ),
    ),
    Rule(
        "code is readable or listed",
        readable,
        bad=(
            one("a" * 1500, "assets/a.js"),
            one("var a;", "assets/a.min.js"),
            one("var a;", "assets/vendor/b.js"),
            {
                "assets/vendor/b.js": "var a;",
                "THIRD_PARTY.txt": "x\n\nassets/vendor/b.js\n  B, MIT.\n\n",
            },
        ),
        good=(
            {
                "assets/vendor/b.js": "var a;",
                "THIRD_PARTY.txt": "x\n\nassets/vendor/b.js\n  B 1.0, MIT. Source: npm package b 1.0.\n\n",
            },
        ),
    ),
    Rule(
        "files are small",
        sizes,
        bad=(
            one("\n" * 401, "src/A.php"),
            one("a" * (LARGEST + 1), "assets/vendor/a.js"),
            one("a" * SCRIPT, "assets/trp.js"),
            one("".join(f"{n * 7919 % 100003:x}" for n in range(60000)), "assets/trp.css"),
        ),
    ),
    Rule(
        "kinds of files",
        kinds,
        bad=tuple(
            one("x", name)
            for name in (
                *(".github/x.txt", ".claude/x.json", "assets/.DS_Store", "README.md", "src/a.phar"),
                *("tests/a.php", "composer.json", "assets/a b.css", "assets/a.zip", "assets/a.map"),
            )
        ),
        good=(one("x", "assets/a.css"),),
    ),
    Rule(
        "header fields",
        header,
        bad=(
            one(SAMPLE, MAIN),
            one(
                f"<?php\n/**\n * Plugin Name: WordPress Robots\n * Update URI: https://x.example\n */\n{GUARD}\n",
                MAIN,
            ),
        ),
    ),
    *README_RULES,
)
