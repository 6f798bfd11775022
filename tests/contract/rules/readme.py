"""The readme.txt that the directory shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scripts.settings import NEWEST_WORDPRESS, OLDEST_WORDPRESS
from tests.contract.rules.base import MAIN, Plugin, Rule, one

SECTIONS = (
    *("Description", "Installation", "External services", "Frequently Asked Questions"),
    *("Screenshots", "Changelog", "Upgrade Notice"),
)
FIELDS = (
    *("Contributors", "Tags", "Requires at least", "Tested up to", "Requires PHP", "Stable tag"),
    *("License", "License URI"),
)
MOST_TAGS = 5
LONGEST_SHORT = 150
LONGEST_NOTICE = 300
# What the directory asks of each outside service: what is sent, when, where to, on whose terms.
SERVICE = {
    "what": r"sends|sent",
    "when": r"\b[Ww]hen\b",
    "where": r"address",
    "terms": r"terms",
    "privacy": r"privacy policy",
    "consent": r"[Nn]othing is sent before you connect",
    "live updates": r"browser .* connects directly",
}


def fields_of(text: str) -> dict[str, str]:
    """Return the fields of the head."""
    return dict(re.findall(r"^([A-Z][\w ]+): (.+)$", text.partition("\n\n")[0], re.MULTILINE))


def sections_of(text: str) -> dict[str, str]:
    """Return the sections by title."""
    parts = re.split(r"^== (.+?) ==$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def head(plugin: Plugin) -> Iterator[str]:
    """The head is complete and agrees with the plugin's header and with what is tested."""
    text = plugin.text("readme.txt")
    said = fields_of(text)
    main = dict(re.findall(r"^ \* ([A-Z][\w ]+): +(.+)$", plugin.text(MAIN), re.MULTILINE))
    yield from (f"no {field}" for field in FIELDS if not said.get(field))
    for mine, theirs in (
        *(
            ("Requires at least",) * 2,
            ("Requires PHP",) * 2,
            ("License",) * 2,
            ("License URI",) * 2,
        ),
        ("Stable tag", "Version"),
    ):
        if said.get(mine) != main.get(theirs):
            yield f"{mine} is not the header's {theirs}"
    if not text.startswith(f"=== {main.get('Plugin Name')} ==="):
        yield "the title is not the plugin's name"
    if (said.get("Requires at least"), said.get("Tested up to")) != (
        OLDEST_WORDPRESS,
        NEWEST_WORDPRESS,
    ):
        yield "claims other versions of WordPress than the tests run on"
    if len(said.get("Tags", "").split(",")) > MOST_TAGS:
        yield "too many tags"
    short = text.split("\n\n")[1] if text.count("\n\n") else ""
    if not 20 <= len(short) <= LONGEST_SHORT:
        yield f"short description of {len(short)} characters"


def sections(plugin: Plugin) -> Iterator[str]:
    """All sections are there, and the newest version is in the two that list versions."""
    text = plugin.text("readme.txt")
    found, version = sections_of(text), fields_of(text).get("Stable tag", "?")
    yield from (f"no section {name}" for name in SECTIONS if not found.get(name, "").strip())
    for name in ("Changelog", "Upgrade Notice"):
        if not re.search(rf"^= {re.escape(version)} =$", found.get(name, ""), re.MULTILINE):
            yield f"{name} says nothing of {version}"
    for notice in re.split(r"^= .+ =$", found.get("Upgrade Notice", ""), flags=re.MULTILINE):
        if len(notice.strip()) > LONGEST_NOTICE:
            yield "an upgrade notice is too long"
    if not re.findall(r"^\d+\. \S", found.get("Screenshots", ""), re.MULTILINE):
        yield "no list of screenshots"
    if re.search(r"five.?star|5.?star|rate us|/reviews", text, re.IGNORECASE):
        yield "asks for a rating"


def services(plugin: Plugin) -> Iterator[str]:
    """The outside service is described: what, when, where, on whose terms."""
    text = sections_of(plugin.text("readme.txt")).get("External services", "")
    yield from (
        f"External services: {name}" for name, sign in SERVICE.items() if not re.search(sign, text)
    )
    if not re.search(r"https://\S+", text):
        yield "External services: no link to terms and privacy policy"


BARE = """=== Robots ===
Tags: a, b, c, d, e, f
Stable tag: 1.0

Short.

== Description ==
Please rate us with five stars.
"""

RULES = (
    Rule(
        "readme head",
        head,
        bad=(one(BARE, "readme.txt"), one(BARE.replace(", f", ""), "readme.txt")),
    ),
    Rule("readme sections", sections, bad=(one(BARE, "readme.txt"),)),
    Rule(
        "readme names the outside service",
        services,
        bad=(
            one("== External services ==\nNothing is sent before you connect.\n", "readme.txt"),
            one(BARE, "readme.txt"),
        ),
    ),
)
