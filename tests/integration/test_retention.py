"""What is kept has an end: rows go when their time is over, and not before (docs/operations.md)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from app.accounts import service as accounts
from app.core import clock
from app.core.db import db, transaction
from workers import core, notifications, privacy, screenshots

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NUMBERS = count(1)
# Table, what makes a row's end known, how old that is when the row must still be there, and when
# it must be gone; what else such a row has.
KEPT = [
    ("outbox", "done_at", 6 * DAY, 8 * DAY, {"state": "done"}),
    ("outbox", "available_at", 89 * DAY, 91 * DAY, {"state": "dead"}),
    ("log_entries", "at", 29 * DAY, 31 * DAY, {}),
    ("idempotent_answers", "created_at", 6 * DAY, 8 * DAY, {}),
    ("ai_answers", "expires_at", -HOUR, HOUR, {}),
    ("used_tokens", "expires_at", -HOUR, HOUR, {}),
    ("sign_in_steps", "expires_at", -HOUR, HOUR, {}),
    ("token_families", "expires_at", -HOUR, HOUR, {}),
    ("refresh_tokens", "expires_at", -HOUR, HOUR, {}),
    ("user_sessions", "expires_at", -HOUR, HOUR, {"revoked_at": None}),
    ("user_sessions", "revoked_at", 6 * DAY, 8 * DAY, {}),
    ("account_mails", "expires_at", 6 * DAY, 8 * DAY, {}),
    ("mails", "created_at", 399 * DAY, 401 * DAY, {"state": "dead"}),
    ("attempt_counts", "last_at", 23 * HOUR, 25 * HOUR, {}),
    ("connect_codes", "expires_at", 29 * DAY, 31 * DAY, {}),
    ("screenshots", "expires_at", -HOUR, HOUR, {"state": "done"}),
    ("ended_sessions", "expires_at", -HOUR, HOUR, {}),
    ("call_clicks", "day", 399 * DAY, 401 * DAY, {"place": "pricing"}),
    ("usage_refs", "created_at", 69 * DAY, 71 * DAY, {}),
    ("webhook_events", "created_at", 29 * DAY, 31 * DAY, {}),
    ("webhook_attempts", "at", 29 * DAY, 31 * DAY, {}),
]
WORDS = {"kind": "reset", "state": "pending", "level": "error", "status": 200}
CHOICES = {
    ("privacy_requests", "kind"): "export",
    ("privacy_requests", "state"): "ready",
    ("webhook_endpoints", "state"): "active",
    ("webhook_deliveries", "state"): "delivered",
}
FUTURE = datetime(2100, 1, 1, tzinfo=UTC)


def put(name: str, **given) -> dict:
    """Insert a row of a table, with made-up values and parents where none are given."""
    table = db.metadata.tables[name]
    values = dict(given)
    for column in table.columns:
        if column.name in values or (column.nullable and not column.primary_key):
            continue
        value = made_up(table, column)
        if value is not None:
            values[column.name] = value
    done = db.session.execute(sa.insert(table).values(values).returning(*table.primary_key.columns))
    return {**values, **done.one()._mapping}


def made_up(table: sa.Table, column: sa.Column):
    for key in column.foreign_keys:
        if key.column.table.name == "users":
            return accounts.create_user(f"user{next(NUMBERS)}@example.test").id
        parent = put(key.column.table.name)
        return parent[key.column.name]
    if (table.name, column.name) in CHOICES:
        return CHOICES[table.name, column.name]
    if column.name in WORDS:
        return WORDS[column.name]
    return plain(column)


def plain(column: sa.Column):
    number, kind = next(NUMBERS), column.type
    if isinstance(kind, sa.JSON):
        return {}
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.LargeBinary):
        return b"x"
    if isinstance(kind, sa.String):
        return f"{number:x}"[: kind.length or 20]
    if isinstance(kind, sa.Integer | sa.BigInteger):
        return None if column.primary_key and column.autoincrement is not False else number
    return FUTURE


def left(name: str, key: dict) -> bool:
    table = db.metadata.tables[name]
    mine = [column == key[column.name] for column in table.primary_key.columns]
    return db.session.execute(sa.select(sa.literal(1)).where(*mine)).first() is not None


def one_night() -> None:
    for job in (
        core.prune,
        notifications.prune_webhooks,
        notifications.settle_mails,
        privacy.run_due,
        screenshots.prune,
    ):
        job()


@pytest.mark.req("S4-33")
@pytest.mark.parametrize(("name", "since", "young", "old", "given"), KEPT)
def test_a_row_goes_when_its_time_is_over_and_not_before(engine_app, name, since, young, old, given):  # fmt: skip
    now = clock.now()
    with transaction():
        kept = put(name, **{since: now - young, **given})
        gone = put(name, **{since: now - old, **given})
    one_night()
    assert (left(name, kept), left(name, gone)) == (True, False)


def test_a_copy_s_pieces_go_after_a_week_and_what_was_asked_stays(engine_app):
    now = clock.now()
    with transaction():
        asked = {}
        for label, due in (("young", now + DAY), ("old", now - HOUR)):
            request = put("privacy_requests", due_at=due)
            asked[label] = request, put("privacy_parts", request_id=request["id"], number=0)
    one_night()
    assert left("privacy_parts", asked["young"][1])
    assert not left("privacy_parts", asked["old"][1])
    state = db.session.scalar(
        sa.text("SELECT state FROM privacy_requests WHERE id = :id"), {"id": asked["old"][0]["id"]}
    )
    assert state == "expired"


def test_what_waits_for_an_endpoint_outlives_its_month(engine_app):
    with transaction():
        event = put("webhook_events", created_at=clock.now() - 40 * DAY)
        delivery = put("webhook_deliveries", event_id=event["id"], state="pending")
    one_night()
    assert left("webhook_events", event)
    assert left("webhook_deliveries", delivery)
    with transaction():
        db.session.execute(sa.text("UPDATE webhook_deliveries SET state = 'dead'"))
    one_night()
    assert not left("webhook_events", event)
    assert not left("webhook_deliveries", delivery)


def test_every_table_that_is_not_kept_for_ever_is_tried_here():
    """The list in docs/operations.md and this one agree."""
    tried = {name for name, *_ in KEPT} | {
        "webhook_deliveries",
        "privacy_requests",
        "privacy_parts",
    }
    elsewhere = {
        "screenshot_contents",  # with its picture, test_screenshots.py
        "import_contents",  # test_ledger_import.py
        "imports",  # with their account
        "macro_facts",  # test_macro.py
        "charts",
        "chart_revisions",
        "chart_shares",  # test_chart_api.py
    }
    from tests.conftest import ROOT

    text = (ROOT / "docs/operations.md").read_text().split("## What is kept, and for how long")[1]
    lines = [line for line in text.split("\n## ")[0].splitlines() if line.startswith("| `")]
    timed = {
        name
        for line in lines
        if any(word in line.split("|")[2] for word in ("day", "expire"))
        for name in line.split("|")[1].replace("`", "").replace(" ", "").split(",")
    }
    timed = {name for name in timed if name in db.metadata.tables}
    assert timed - tried - elsewhere == set()
