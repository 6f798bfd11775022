"""Markup that lies in the database, however it came there, is shown as text on every page."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from sqlalchemy import text

from app.core.db import db, transaction
from tests.contract.attacks import ATTACKS
from tests.factories import tenants
from tests.factories.tenants import Body
from tests.integration.route_matrix import CALLERS, rows
from tests.integration.route_names import NAMES
from tests.integration.test_route_matrix import PATTERN

MORE = [
    "{{7*7}}",
    "${7*7}",
    "<%= 7*7 %>",
    "{% raw %}",
    '" onfocus=pwn() autofocus x="',
    "'-pwn()-'",
]
EVERYTHING = " ".join((*ATTACKS, *MORE))
# What people, sites and programs may write, and what pages show of it.
COLUMNS = {
    "users": ("username", "pseudonym"),
    "api_keys": ("name",),
    "trading_accounts": ("name",),
    "user_trading_accounts": ("name",),
    "imports": ("file_name",),
    "moderation_cases": ("body", "note"),
    "sites": ("name",),
    "user_sessions": ("browser", "address"),
    "webhook_endpoints": ("description",),
    "log_entries": ("detail",),
}
WHO = {"visitor", "member", "site admin", "browser"}


class Finder(HTMLParser):
    """Collects what could run in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in {
            "script",
            "iframe",
            "object",
            "embed",
            "base",
            "style",
            "template",
            "math",
            "img",
        }:
            self.found.append(tag)
        for name, value in attrs:
            is_handler = name.startswith(("on", "hx-on", "data-hx-", "sse-"))
            if is_handler or name in {"style", "srcdoc", "formaction", "hx-vars", "hx-ext"}:
                self.found.append(f"{tag} {name}")
            word = "".join((value or "").split()).lower()
            if word.startswith(("javascript:", "vbscript:", "data:text")):
                self.found.append(f"{tag} {name}={value}")
            if name in {"hx-get", "hx-post"} and not word.startswith("/embed/"):
                self.found.append(f"{tag} {name}={value}")


@pytest.fixture(scope="module")
def world(tmp_path_factory, migrated_database):
    """Return two sites whose every text is an attack."""
    made = tenants.build(tmp_path_factory.mktemp("markup"), migrated_database)
    with made.app.app_context():
        with transaction():
            for table, columns in COLUMNS.items():
                for column in columns:
                    # Names that must differ get their number before.
                    value = "id || :value" if column == "pseudonym" else ":value"
                    db.session.execute(
                        text(f"UPDATE {table} SET {column} = {value}"), {"value": EVERYTHING}
                    )
            short = "\"><img src=x onerror=pwn()><b hx-on:click='pwn()'>{{7*7}}"
            db.session.execute(
                text("UPDATE site_robots SET title = :x, summary = :x"), {"x": short}
            )
        yield made


def address(world, row, caller) -> str:
    """Return a row's address with the caller's own things in it."""
    own = world.people[caller.person or "ada"].own
    filled = PATTERN.sub(
        lambda found: str(NAMES.get(found[1]) or own.get(row.names, 1)), row.address
    )
    return filled.format(account=own["account"])


@pytest.mark.req("S4-111")
def test_no_page_runs_what_somebody_wrote(world):
    assert len({*ATTACKS, *MORE}) >= 40
    callers = [caller for caller in CALLERS if caller.name in WHO]
    shown = 0
    for row in rows():
        for caller in callers if row.method == "GET" else ():
            answer = caller.send(world, "GET", address(world, row, caller), Body())
            if answer.mimetype != "text/html" or row.address.startswith("/api/docs"):
                answer.close()
                continue
            assert answer.status_code < 500, (row.name, caller.name)
            page = answer.get_data(as_text=True)
            finder = Finder()
            finder.feed(page)
            assert finder.found == [], (row.name, caller.name)
            shown += "pwn()" in page
    assert shown >= 12, "the texts are on pages at all"
