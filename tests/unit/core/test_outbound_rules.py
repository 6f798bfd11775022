"""Which URLs are called: one plain form, to a public address, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.outbound import RefusedAddressError, Target, address_fault, read_url

GOOD = [
    ("https://example.com", ("example.com", 443, "/")),
    ("https://Example.COM/Hook", ("example.com", 443, "/Hook")),
    ("HTTPS://example.com/", ("example.com", 443, "/")),
    ("https://example.com:8443/a/b?c=d&e=%2e%2f", ("example.com", 8443, "/a/b?c=d&e=%2e%2f")),
    ("https://example.com:1024?q=1", ("example.com", 1024, "/?q=1")),
    ("https://a-b.c.example.co.uk/x;y=1,2", ("a-b.c.example.co.uk", 443, "/x;y=1,2")),
    ("https://xn--bcher-kva.example/", ("xn--bcher-kva.example", 443, "/")),
    ("https://8.8.8.8/hook", ("8.8.8.8", 443, "/hook")),
    ("https://[2606:4700:4700::1111]:8443/", ("2606:4700:4700::1111", 8443, "/")),
    ("https://example.com/@name", ("example.com", 443, "/@name")),
    ("https://example.com/?u=http://127.0.0.1/", ("example.com", 443, "/?u=http://127.0.0.1/")),
    ("https://127.0.0.1.example.com/", ("127.0.0.1.example.com", 443, "/")),
]

# What the rules alone refuse, without asking for a name, and by which word.
TRICKS = [
    ("", "form"),
    ("example.com", "form"),
    ("//example.com/", "form"),
    ("https:example.com", "form"),
    ("https:/example.com", "form"),
    ("https:///example.com", "host"),
    ("https://", "host"),
    ("https://?q", "host"),
    ("http://example.com/", "scheme"),
    ("file:///etc/passwd", "host"),
    ("file://example.com/etc/passwd", "scheme"),
    ("gopher://example.com:6379/_FLUSHALL", "scheme"),
    ("dict://example.com:11211/stats", "scheme"),
    ("ftp://example.com/", "scheme"),
    ("ldap://example.com/", "scheme"),
    ("javascript://example.com/%0aalert(1)", "scheme"),
    ("jar:https://example.com!/", "form"),
    ("https://127.0.0.1/", "private_address"),
    ("https://127.1/", "host"),
    ("https://127.0.1/", "host"),
    ("https://0/", "host"),
    ("https://0x7f000001/", "host"),
    ("https://0x7f.0.0.1/", "host"),
    ("https://0x7F.0x0.0x0.0x1/", "host"),
    ("https://2130706433/", "host"),
    ("https://017700000001/", "host"),
    ("https://0177.0.0.1/", "host"),
    ("https://127.0.0.01/", "host"),
    ("https://127.0.0.1.:443/", "host"),
    ("https://127.0.0.256/", "host"),
    ("https://1.2.3.4.5/", "host"),
    ("https://example.0x7f/", "host"),
    ("https://0.0.0.0/", "private_address"),
    ("https://10.0.0.1/", "private_address"),
    ("https://172.16.0.1/", "private_address"),
    ("https://172.31.255.255/", "private_address"),
    ("https://192.168.1.1/", "private_address"),
    ("https://100.64.0.1/", "private_address"),
    ("https://100.127.255.254/", "private_address"),
    ("https://169.254.169.254/latest/meta-data/", "private_address"),
    ("https://192.0.0.192/", "private_address"),
    ("https://198.18.0.1/", "private_address"),
    ("https://192.88.99.1/", "private_address"),
    ("https://224.0.0.1/", "private_address"),
    ("https://255.255.255.255/", "private_address"),
    ("https://[::]/", "private_address"),
    ("https://[::1]/", "private_address"),
    ("https://[0:0:0:0:0:0:0:1]/", "private_address"),
    ("https://[::ffff:127.0.0.1]/", "private_address"),
    ("https://[::ffff:7f00:1]/", "private_address"),
    ("https://[::ffff:8.8.8.8]/", "private_address"),
    ("https://[::127.0.0.1]/", "private_address"),
    ("https://[64:ff9b::7f00:1]/", "private_address"),
    ("https://[64:ff9b::169.254.169.254]/", "private_address"),
    ("https://[64:ff9b:1::8.8.8.8]/", "private_address"),
    ("https://[2002:7f00:1::]/", "private_address"),
    ("https://[2002:a9fe:a9fe::1]/", "private_address"),
    ("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "private_address"),
    ("https://[2606:4700::5efe:127.0.0.1]/", "private_address"),
    ("https://[fe80::1]/", "private_address"),
    ("https://[fe80::1%25eth0]/", "host"),
    ("https://[fc00::1]/", "private_address"),
    ("https://[fd00:ec2::254]/", "private_address"),
    ("https://[fec0::1]/", "private_address"),
    ("https://[ff02::1]/", "private_address"),
    ("https://[2001:db8::1]/", "private_address"),
    ("https://[::1/", "host"),
    ("https://::1/", "host"),
    ("https://[127.0.0.1]/", "host"),
    ("https://localhost/", "private_address"),
    ("https://LOCALHOST/", "private_address"),
    ("https://redis/", "private_address"),
    ("https://foo.localhost/", "private_address"),
    ("https://printer.local/", "private_address"),
    ("https://metadata.google.internal/", "private_address"),
    ("https://1.0.0.127.in-addr.arpa/", "private_address"),
    ("https://example.com./", "host"),
    ("https://.example.com/", "host"),
    ("https://exa..mple.com/", "host"),
    ("https://-a.example.com/", "host"),
    ("https://exam_ple.com/", "host"),
    ("https://127.0.0.1%2eexample.com/", "host"),
    ("https://example.com%00.evil.com/", "host"),
    ("https://%6c%6f%63%61%6c%68%6f%73%74/", "host"),
    ("https://user@example.com/", "user"),
    ("https://user:pass@127.0.0.1/", "user"),
    ("https://example.com@127.0.0.1/", "user"),
    ("https://127.0.0.1:443@example.com/", "user"),
    ("https://example.com#@127.0.0.1/", "fragment"),
    ("https://127.0.0.1#.example.com/", "fragment"),
    ("https://example.com/a#b", "fragment"),
    ("https://example.com\\@127.0.0.1/", "form"),
    ("https:\\\\127.0.0.1\\", "form"),
    ("https://127.0.0.1\\.example.com/", "form"),
    ("https://exam\tple.com/", "form"),
    ("https://example.com/\r\nHost: 127.0.0.1", "form"),
    ("https://example.com/a b", "form"),
    (" https://example.com/", "form"),
    ("https://example.com/\x00", "form"),
    ("https://example.com/\n", "form"),
    ("https://bücher.example/", "form"),
    ("https://127。0。0。1/", "form"),
    ("https://①②⑦.⓪.⓪.①/", "form"),
    ("https://ⓛocalhost/", "form"),
    ("https://exa\u00admple.com/", "form"),
    ("https://example.com/{7*7}", "form"),
    ('https://example.com/"><script>', "form"),
    ("https://example.com:0/", "host"),
    ("https://example.com:/", "host"),
    ("https://example.com:0443/", "host"),
    ("https://example.com:443:443/", "host"),
    ("https://example.com:22/", "port"),
    ("https://example.com:25/", "port"),
    ("https://example.com:80/", "port"),
    ("https://example.com:1023/", "port"),
    ("https://example.com:65536/", "port"),
    ("https://example.com:99999/", "port"),
    ("https://example.com:655360/", "host"),
    (f"https://{'a' * 64}.com/", "host"),
    (f"https://{'a.' * 130}com/", "host"),
    (f"https://example.com/{'a' * 500}", "too_long"),
]


@pytest.mark.req("S3-110")
@pytest.mark.parametrize(("url", "found"), GOOD)
def test_a_plain_https_url_is_read(url, found):
    target = read_url(url)
    assert (target.host, target.port, target.path) == found
    assert target.scheme == "https"


@pytest.mark.req("S3-110")
@pytest.mark.parametrize(("url", "reason"), TRICKS)
def test_every_trick_is_refused_before_a_name_is_asked_for(url, reason):
    with pytest.raises(RefusedAddressError) as refused:
        read_url(url)
    assert refused.value.reason == reason


def test_there_are_enough_tricks():
    assert len({url for url, _ in TRICKS}) >= 100


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "93.184.216.34",
        "2606:4700:4700::1111",
        "2a00:1450::1",
        "64:ff9b::808:808",
    ],
)
def test_a_public_address_is_fine(address):
    assert address_fault(address) is None


@pytest.mark.parametrize(
    "address",
    ["127.0.0.53", "10.1.2.3", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:0a00:0001::1",
     "fe80::1%eth0", "100.100.100.200", "0.0.0.0", "::", "nonsense", "", "1.2.3", "240.0.0.1",
     "2001:10::1", "2001:20::1", "3fff::1", "4000::1", "100::1"],
)  # fmt: skip
def test_what_a_name_server_says_is_looked_at_too(address):
    assert address_fault(address) is not None


def test_loopback_is_let_through_only_where_the_setting_says_so():
    assert read_url("http://127.0.0.1:5005/x", allow_local=True) == Target(
        "http", "127.0.0.1", 5005, "/x"
    )
    assert read_url("http://[::1]/x", allow_local=True).host_header == "[::1]"
    assert read_url("http://localhost:81/x", allow_local=True).host_header == "localhost:81"
    for url in ("http://10.0.0.1/", "http://example.com/", "https://192.168.1.1/", "http://127.1/",
                "http://127.0.0.2/", "https://[::ffff:127.0.0.1]/", "http://169.254.169.254/"):  # fmt: skip
        with pytest.raises(RefusedAddressError):
            read_url(url, allow_local=True)


def test_the_host_header_is_the_name_with_a_port_that_is_not_the_usual_one():
    assert read_url("https://example.com:443/").host_header == "example.com"
    assert read_url("https://example.com:8443/").host_header == "example.com:8443"
    assert read_url("https://[2606:4700::1]:8443/").host_header == "[2606:4700::1]:8443"


@given(st.text(max_size=60))
def test_whatever_is_given_is_read_or_refused_and_never_breaks(text):
    for url in (text, f"https://{text}", f"https://{text}/", f"https://example.com{text}"):
        try:
            target = read_url(url)
        except RefusedAddressError:
            continue
        assert target.host.isascii()
        assert "\r" not in target.path
        assert "\n" not in target.path


@given(st.integers(0, 2**32 - 1))
def test_no_way_of_writing_a_private_v4_address_in_v6_is_public(number):
    from ipaddress import IPv4Address, IPv6Address

    inner = IPv4Address(number)
    if address_fault(str(inner)) is None:
        return
    for outer in (
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(number),
        IPv6Address(int(IPv6Address("64:ff9b::")) | number),
        IPv6Address(0x2002 << 112 | number << 80),
        IPv6Address(int(IPv6Address("2606:4700::5efe:0:0")) | number),
    ):
        assert address_fault(str(outer)) is not None
