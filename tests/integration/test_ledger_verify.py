"""The chain: whatever somebody does to the stored events, verifying names the first broken one."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text

from app.core.db import db, transaction
from app.ledger import service
from app.ledger.schemas import FillIn

COLUMNS = {
    "kind": "mark",
    "occurred_at": "2026-05-20T14:00:00.000009Z",
    "received_at": "2026-05-20T14:00:00.000009Z",
    "source": "broker",
    "external_id": "other",
    "prev_hash": "f" * 64,
    "hash": "f" * 64,
    "seq": 99,
}


@pytest.fixture
def account_id(engine_app, member):
    user_id = member("owner@example.test")
    with transaction():
        account = service.open_account(user_id, "ma_cross", "journal")
        other = service.open_account(user_id, "other", "journal")
        for each in (account, other):
            service.record_fills(
                each.id,
                [
                    FillIn(f"{n}", f"2026-05-20T14:0{n}:00Z", "AAPL", "buy", n + 1, 10)
                    for n in range(6)
                ],
                source="api",
            )
    return account.id


def tamper(*statements):
    """Change events as somebody with the database's password could."""
    with transaction():
        if db.engine.dialect.name == "sqlite":
            for event in ("update", "delete"):
                db.session.execute(text(f"DROP TRIGGER IF EXISTS ledger_events_no_{event}"))
        else:
            db.session.execute(
                text("DROP TRIGGER IF EXISTS ledger_events_append_only ON ledger_events")
            )
        for statement in statements:
            db.session.execute(text(statement))


def verify_command(app, *arguments):
    return app.test_cli_runner().invoke(args=["ledger", "verify", *arguments])


@pytest.mark.req("S4-3")
def test_an_untouched_chain_is_whole(engine_app, account_id):
    assert service.verify() is None
    result = verify_command(engine_app)
    assert (result.exit_code, result.output) == (0, "ok: every event is as it was written\n")


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_column_is_found(engine_app, account_id, column):
    tamper(
        f"UPDATE ledger_events SET {column} = '{COLUMNS[column]}' "
        f"WHERE account_id = {account_id} AND seq = 3"
    )
    fault = service.verify()
    assert (fault.account_id, fault.seq) == (account_id, 3)
    result = verify_command(engine_app, "--account", str(account_id))
    assert result.exit_code == 1
    assert f"account {account_id}, event 3:" in result.output


@pytest.mark.parametrize(
    "column", ["occurred_at", "received_at", "source", "external_id", "body", "prev_hash", "hash"]
)
def test_bytes_in_place_of_text_are_found(app, member, column):
    with transaction():
        account = service.open_account(member(), "ma_cross", "journal")
        fill = FillIn("a", "2026-05-20T14:00:00Z", "AAPL", "buy", 1, 10)
        service.record_fills(account.id, [fill], source="api")
        account_id = account.id
    tamper(f"UPDATE ledger_events SET {column} = x'00ff'")
    result = verify_command(app)
    assert result.exit_code == 1
    assert f"account {account_id}, event 1:" in result.output


def test_events_without_their_account_are_found(app, member):
    with transaction():
        account = service.open_account(member(), "ma_cross", "journal")
        fill = FillIn("a", "2026-05-20T14:00:00Z", "AAPL", "buy", 1, 10)
        service.record_fills(account.id, [fill], source="api")
        account_id = account.id
    with closing(sqlite3.connect(db.engine.url.database)) as connection:
        connection.execute("DELETE FROM trading_accounts")
        connection.commit()
    result = verify_command(app)
    assert result.exit_code == 1
    assert f"account {account_id}, event 1:" in result.output


@pytest.mark.parametrize(("old", "new"), [('"qty":"4"', '"qty":"5"'), ('","', '", "')])
def test_a_changed_body_is_found_even_if_only_a_blank_was_added(account_id, old, new):
    tamper(
        f"UPDATE ledger_events SET body = replace(body, '{old}', '{new}') "
        f"WHERE account_id = {account_id} AND seq = 4"
    )
    assert service.verify().seq == 4


def test_an_event_moved_to_another_account_is_found(account_id):
    tamper(
        f"UPDATE ledger_events SET account_id = {account_id + 1}, seq = 7, external_id = 'moved' "
        f"WHERE account_id = {account_id} AND seq = 6"
    )
    assert service.verify(account_id).seq == 6
    assert service.verify(account_id + 1).seq == 7


def test_a_removed_event_is_found(account_id):
    tamper(f"DELETE FROM ledger_events WHERE account_id = {account_id} AND seq = 2")
    fault = service.verify()
    assert fault.seq == 2
    assert "missing" in fault.what


def test_a_missing_last_event_is_found(account_id):
    tamper(f"DELETE FROM ledger_events WHERE account_id = {account_id} AND seq = 6")
    fault = service.verify()
    assert fault.seq == 6
    assert "missing" in fault.what


def test_all_events_gone_is_found(account_id):
    tamper(f"DELETE FROM ledger_events WHERE account_id = {account_id}")
    assert service.verify().seq == 1


def test_swapped_events_are_found(account_id):
    where = f"WHERE account_id = {account_id} AND seq ="
    tamper(
        f"UPDATE ledger_events SET seq = 100 {where} 3",
        f"UPDATE ledger_events SET seq = 3 {where} 4",
        f"UPDATE ledger_events SET seq = 4 {where} 100",
    )
    assert service.verify().seq == 3


def test_an_inserted_event_is_found(account_id):
    columns = "kind, occurred_at, received_at, source, body, prev_hash, hash"
    tamper(
        f"INSERT INTO ledger_events (account_id, seq, external_id, {columns}) "
        f"SELECT account_id, 7, 'inserted', {columns} FROM ledger_events "
        f"WHERE account_id = {account_id} AND seq = 6"
    )
    assert service.verify().seq == 7


def test_a_chain_written_anew_without_the_account_row_is_found(account_id):
    tamper(f"UPDATE trading_accounts SET head_hash = '{'a' * 64}' WHERE id = {account_id}")
    assert service.verify().seq == 6


def test_events_cannot_be_changed_or_deleted(account_id):
    for statement in ("UPDATE ledger_events SET source = 'x'", "DELETE FROM ledger_events"):
        with pytest.raises(Exception, match="append-only"), transaction():
            db.session.execute(text(statement))


def test_verify_of_an_unknown_account_is_one_clear_line(engine_app):
    result = verify_command(engine_app, "--account", "77")
    assert (result.exit_code, result.output) == (1, "Error: There is no such trading account.\n")
