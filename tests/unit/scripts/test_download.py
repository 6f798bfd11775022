"""Where WordPress is fetched from: apt's two formats of source lists."""

import pytest

from scripts.wordpress.download import parse_line, parse_stanza

MIRROR = "http://mirror.example/debian"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f"deb {MIRROR} bookworm main contrib", [(MIRROR, "bookworm")]),
        (f"deb [arch=amd64 signed-by=/k.gpg] {MIRROR} bookworm main # us", [(MIRROR, "bookworm")]),
        (f"# deb {MIRROR} bookworm main", []),
        (f"deb-src {MIRROR} bookworm main", []),
        (f"deb {MIRROR} bookworm stable", []),
        ("", []),
    ],
)
def test_it_reads_a_line(line, found):
    assert list(parse_line(line)) == found


def test_it_reads_a_stanza_with_comments_and_folded_fields():
    stanza = f"""Types: deb deb-src
# the company's mirror
URIs: {MIRROR}
Suites: bookworm
 bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg"""

    assert list(parse_stanza(stanza)) == [(MIRROR, "bookworm"), (MIRROR, "bookworm-updates")]


@pytest.mark.parametrize("change", ["Enabled: no", "Types: deb-src", "Components: stable"])
def test_it_leaves_out_a_stanza_that_is_not_for_us(change):
    fields = {"Types": "deb", "URIs": MIRROR, "Suites": "bookworm", "Components": "main"}
    name, _, value = change.partition(": ")
    fields[name] = value

    assert list(parse_stanza("\n".join(f"{k}: {v}" for k, v in fields.items()))) == []
