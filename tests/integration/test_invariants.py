"""What must always hold is found whole, and each kind of damage is found and told."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select, text

from app.admin import service
from app.admin.models import InvariantCheck
from app.core import clock
from app.core.db import db, is_sqlite, transaction
from app.core.invariants import list_invariants
from app.core.logbook import LogEntry
from app.core.outbox import OutboxRow
from tests.conftest import SiteCaller
from tests.factories.house import damage, drop_rules
from workers.schedule import SCHEDULE

AGO = "2026-01-02 03:04:05"


def look(*names):
    return {each.name: each for each in service.check_invariants(names)}


def run(app, *arguments):
    return app.test_cli_runner().invoke(args=["invariants", *arguments])


@pytest.mark.req("S0-110")
def test_a_sound_house_is_whole(house):
    found = look()
    assert {each.name: (each.examples, each.unknown) for each in found.values()} == {
        each.name: ([], "") for each in list_invariants()
    }
    done = run(house)
    assert done.exit_code == 0
    assert done.output.splitlines()[-1] == f"0 of {len(found)} broken, 0 not checked"


ROW = (
    "(key, name, queue, payload, coalesce, state, attempts, publications, created_at, available_at"
)
KEY = "UPDATE api_keys SET {} WHERE id = (SELECT min(id) FROM api_keys)"
LATER = "2026-01-03 00:00:00"
MAIL = (
    "INSERT INTO mails (user_id, topic, key, language, facts, state, attempts, created_at,"
    f" sent_at, claimed_at) SELECT min(id), 'limit_reached', 'k', 'en', '{{{{}}}}', {{}}, 1, '{AGO}',"
    " {}, {} FROM users"
)
DAMAGE = {
    "a job that nobody publishes": ("outbox.rows", [
        f"INSERT INTO outbox {ROW}) VALUES ('k', 'core.prune', 'default', '{{}}', FALSE, 'pending', 0, 0, '{AGO}', '{AGO}')"]),
    "a job without an end": ("outbox.rows", ["UPDATE outbox SET done_at = NULL"]),
    "a job in no known state": ("outbox.rows", ["UPDATE outbox SET state = 'lost'"]),
    "a dead job that nobody was told of": ("outbox.rows", [
        "UPDATE outbox SET state = 'dead', done_at = NULL"]),
    "a secret in a job": ("core.texts", [
        "UPDATE outbox SET error = 'trp_live_abcdefgh.ABCDEFGHIJKLMNOPQRSTUVWXYZ'"]),
    "a secret in the log": ("core.texts", [
        f"INSERT INTO log_entries (at, level, event, request_id, method, route, status, detail) VALUES ('{AGO}', 'error', 'x', '', '', '', 500, 'our test-secret-key')"]),
    "a secret that cannot be read": ("core.secrets", [
        "UPDATE sites SET secret_encrypted = 'AAAA' || substr(secret_encrypted, 5)"]),
    "a row that points at nothing": ("database.foreign_keys", [
        "UPDATE user_plugin_access SET user_id = 999", "DELETE FROM instruments"]),
    "a key that is kept as it is": ("accounts.keys", [KEY.format("secret_hash = 'plain'")]),
    "a key that was used when it was revoked": ("accounts.keys", [
        KEY.format(f"revoked_at = '{AGO}', last_used_at = '2026-01-03 00:00:00'")]),
    "a key with a scope of its own": ("accounts.keys", [KEY.format("scopes = '[\"all\"]'")]),
    "a secret that outlived its connection": ("accounts.sites", [
        "UPDATE sites SET state = 'disconnected'"]),
    "a changed line of the audit log": ("accounts.audit", [
        "UPDATE audit_entries SET actor = 'user:7' WHERE seq = 2"]),
    "a missing last line of the audit log": ("accounts.audit", [
        "DELETE FROM audit_entries WHERE seq = (SELECT max(seq) FROM audit_entries)"]),
    "a secret in the audit log": ("accounts.audit_texts", [
        "UPDATE audit_entries SET detail = 'bearer abcdefghijklmnopqrst' WHERE seq = 1"]),
    "a person who is half erased": ("accounts.erased", [
        f"UPDATE users SET erased_at = '{AGO}' WHERE email = 'one@example.test'"]),
    "a case of an erased person": ("moderation.erased", [
        f"UPDATE users SET erased_at = '{AGO}' WHERE email = 'one@example.test'"]),
    "a plan that nobody subscribed to": ("billing.tiers", [
        "UPDATE users SET subscription_tier = 'premium' WHERE email = 'one@example.test'"]),
    "a payment for somebody else": ("billing.owners", [
        f"INSERT INTO transactions (user_id, subscription_id, kind, amount_minor, currency, status, created_at) SELECT max(user_id), min(id), 'charge', 100, 'USD', 'paid', '{AGO}' FROM subscriptions"]),
    "a mail without an end": ("mails.ends", [MAIL.format("'sent'", "NULL", f"'{AGO}'")]),
    "a mail that waits for nobody": ("mails.sent", [MAIL.format("'pending'", "NULL", "NULL")]),
    "a mail to who had ended it": ("mails.unwanted", [
        MAIL.format("'sent'", f"'{LATER}'", f"'{LATER}'"),
        f"INSERT INTO mail_preferences SELECT min(id), 'limit_reached', FALSE, '{AGO}' FROM users"]),
    "a changed event": ("ledger.chains", ["UPDATE ledger_events SET source = 'x' WHERE seq = 3"]),
    "a missing last event": ("ledger.chains", ["DELETE FROM ledger_events WHERE seq = 5"]),
    "events without their account": ("ledger.chains", [
        "DELETE FROM trading_accounts WHERE id = (SELECT max(id) FROM trading_accounts)"]),
    "a trade that no event made": ("ledger.derived", ["UPDATE trades SET net_pnl = net_pnl + 1"]),
    "a trade that is gone": ("ledger.derived", ["DELETE FROM trades WHERE open_seq = 1"]),
    "money that no event made": ("ledger.derived", ["UPDATE account_days SET fees = fees + 1"]),
    "a day that is gone": ("ledger.derived", [
        "DELETE FROM account_days WHERE day = (SELECT min(day) FROM account_days)"]),
    "a position that is forgotten": ("ledger.derived", [
        "UPDATE trading_accounts SET positions = '{}'"]),
    "events that nobody derived from": ("ledger.derived", [
        "UPDATE trading_accounts SET derived_seq = 1"]),
    "money in another's name": ("ledger.owners", ["UPDATE account_days SET user_id = 999"]),
    "an import into another's account": ("ledger.owners", [
        "UPDATE imports SET user_id = (SELECT max(id) FROM users)"]),
    "an import that lost a row": ("ledger.imports", [
        "UPDATE imports SET created_count = created_count - 1"]),
    "an import that ended early": ("ledger.imports", ["UPDATE imports SET row_count = 9"]),
    "a wrong figure": ("performance.figures", [
        "UPDATE user_performance_metrics SET total_pnl = 99.99 WHERE metric_type = 'weekly'"]),
    "a missing figure": ("performance.figures", [
        "DELETE FROM robot_performance_metrics WHERE metric_type = 'monthly'"]),
    "a wrong count of accounts": ("performance.figures", [
        "UPDATE performance_scopes SET account_count = 7"]),
    "a scope of somebody else": ("performance.scopes", [
        "UPDATE performance_scopes SET user_key = user_key + 50 WHERE account_id <> 0"]),
    "a missing scope": ("performance.scopes", [
        "DELETE FROM performance_scopes WHERE kind = 'public'"]),
    "figures of no scope": ("performance.scopes", [
        "UPDATE user_performance_metrics SET kind = 'copy' WHERE kind = 'journal'"]),
}  # fmt: skip


@pytest.mark.req("S0-110")
@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_found(house, what):
    name, statements = DAMAGE[what]
    assert look(name)[name].state == "whole"
    damage(*statements)
    found = look(name)[name]
    assert (found.state, found.unknown) == ("broken", "")
    assert 1 <= len(found.examples) <= min(found.broken, 5)
    done = run(house, "--only", name)
    assert done.exit_code == 1
    assert done.output.startswith("broken")
    assert "trp_live_" not in done.output


def test_a_key_that_is_done_twice_and_a_rule_that_is_gone_are_found(house):
    drop_rules("outbox")
    assert look("database.schema")["database.schema"].state == "broken"
    assert look("outbox.keys")["outbox.keys"].state == "whole"
    columns = ROW[1:].partition(", ")[2]
    damage(f"INSERT INTO outbox (id, key, {columns}) SELECT id + 1000, key, {columns} FROM outbox")
    assert look("outbox.keys")["outbox.keys"].state == "broken"


def test_a_missing_table_is_found(house):
    damage("DROP TABLE import_contents")
    found = look("database.schema")["database.schema"]
    assert found.examples == ["table import_contents is missing: run flask db-upgrade"]


def test_a_damaged_file_or_index_is_found(house):
    if is_sqlite():
        connection = db.engine.raw_connection()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        page = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_outbox_state_available_at'"
        ).fetchone()[0]
        connection.close()
        db.session.remove()
        db.engine.dispose()
        with Path(db.engine.url.database).open("r+b") as file:
            file.seek((page - 1) * size)
            file.write(b"\xff" * 200)
    else:
        damage(
            "UPDATE pg_index SET indisvalid = false "
            "WHERE indexrelid = 'ix_outbox_state_available_at'::regclass"
        )
    assert look("database.files")["database.files"].state == "broken"


def test_jobs_in_redis_that_the_outbox_does_not_know_are_found(house):
    client = house.extensions["redis"]
    row_id = db.session.scalar(select(OutboxRow.id).limit(1))
    later = int((clock.now() + timedelta(hours=1)).timestamp())
    client.zadd("rq:failed:default", {f"outbox-{row_id}-0": later})
    assert look("outbox.queues")["outbox.queues"].state == "whole"
    client.zadd("rq:failed:default", {"outbox-999999-0": later, f"outbox-{row_id}-9": later})
    client.rpush("rq:queue:bulk", "somebody-else")
    client.zadd("rq:wip:default", {"outbox-888888-0:abc": later})
    found = look("outbox.queues")["outbox.queues"]
    assert found.broken == 4, found.examples


def test_without_redis_its_queues_are_not_checked_and_nothing_else_suffers(house):
    house.extensions["redis"] = Redis.from_url("unix:///nonexistent/redis.sock")
    done = run(house, "--json")
    told = json.loads(done.output)
    assert (done.exit_code, told["broken"], told["unknown"]) == (0, 0, 1)
    (unknown,) = [each for each in told["invariants"] if each["state"] == "unknown"]
    assert (unknown["name"], unknown["broken"]) == ("outbox.queues", 0)
    assert "Redis does not answer" in unknown["unknown"]


def test_the_exit_code_is_the_number_broken_and_an_area_can_be_chosen(house):
    damage("UPDATE trades SET net_pnl = net_pnl + 1", "UPDATE imports SET row_count = 9")
    done = run(house, "--json", "--only", "ledger", "--only", "outbox.keys")
    told = json.loads(done.output)
    assert done.exit_code == told["broken"] == 2
    assert {each["name"].partition(".")[0] for each in told["invariants"]} == {"ledger", "outbox"}
    unknown = run(house, "--only", "nothing")
    assert unknown.exit_code != 0
    assert "ledger.chains" in unknown.output


# --- By night ---


@pytest.mark.req("S0-110")
def test_the_clock_looks_each_night_and_tells_administrators(house):
    planned = {each.name: each for each in SCHEDULE}
    assert planned["admin.check_invariants"].queue == "bulk"
    assert planned["admin.check_invariants"].cron == "30 2 * * *"
    assert service.check_nightly() == 0
    assert db.session.scalars(select(LogEntry)).all() == []
    damage("UPDATE trades SET net_pnl = net_pnl + 1")
    assert service.check_nightly() == 0  # it has looked tonight
    _another_night()
    assert service.check_nightly() == 1
    (line,) = db.session.scalars(select(LogEntry)).all()
    assert (line.level, line.event, line.route) == ("error", "invariant_broken", "ledger.derived")
    site = SiteCaller(house, "https://other.example")
    shown = site.get("/api/admin/logs", wp_user_id=1, caps=["manage_options"]).json
    told = [each for each in shown["items"] if each["event"] == "invariant_broken"]
    assert [(each["route"], each["detail"]) for each in told] == [("ledger.derived", "")]


def _another_night():
    with transaction():
        for row in db.session.scalars(select(InvariantCheck)):
            row.started_at -= timedelta(hours=20)
            row.ended_at -= timedelta(hours=20)


def test_a_night_has_an_end_and_the_next_goes_on_from_there(house, monkeypatch):
    from app.admin.service import invariants as nightly
    from app.ledger.service import invariants as of_ledger

    looked = []
    real = of_ledger.verify_account
    monkeypatch.setattr(of_ledger, "ACCOUNTS_AT_ONCE", 1)
    monkeypatch.setattr(of_ledger, "verify_account", lambda each: looked.append(each) or real(each))
    monkeypatch.setattr(nightly, "NIGHTLY_SECONDS", -1.0)
    chains = [each for each in list_invariants() if each.name == "ledger.chains"]
    monkeypatch.setattr(nightly, "list_invariants", lambda: chains)
    accounts = db.session.execute(text("SELECT id FROM trading_accounts ORDER BY id")).scalars()
    accounts = list(accounts)
    db.session.rollback()
    for night in range(len(accounts)):
        service.check_nightly()
        assert looked == accounts[: night + 1]
        _another_night()
    service.check_nightly()  # the empty part at the end
    _another_night()
    service.check_nightly()
    assert looked == [*accounts, accounts[0]]


def test_a_look_that_is_cut_goes_on_and_tells_once(house, monkeypatch):
    from app.ledger.service import invariants as of_ledger

    monkeypatch.setattr(of_ledger, "ACCOUNTS_AT_ONCE", 1)
    damage("UPDATE ledger_events SET source = 'x' WHERE seq = 1")
    real, looked = of_ledger.verify_account, []

    def cut(account_id):
        looked.append(account_id)
        if len(looked) == 2:
            raise KeyboardInterrupt
        return real(account_id)

    monkeypatch.setattr(of_ledger, "verify_account", cut)
    with pytest.raises(KeyboardInterrupt):
        service.check_nightly()
    service.check_nightly()
    assert looked[1] == looked[2] != looked[0]
    row = db.session.get(InvariantCheck, "ledger.chains", populate_existing=True)
    assert (row.state, row.broken) == ("broken", len(set(looked)))
    lines = db.session.scalars(select(LogEntry).where(LogEntry.route == "ledger.chains")).all()
    assert len(lines) == 1
