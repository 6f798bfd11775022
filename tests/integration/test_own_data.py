"""A copy of everything, and the erasure of the account: asked for by the member or the operator."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import time
import zipfile

import pytest
import time_machine
from sqlalchemy import LargeBinary, inspect, select

from app.accounts import service as accounts
from app.accounts.models import User
from app.core import cells, outbox
from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.schemas import FillIn
from app.moderation import service as moderation
from app.moderation.schemas import NameIn
from app.privacy import queries, rules, service
from app.privacy.models import PrivacyPart, PrivacyRequest
from tests.conftest import SiteCaller
from tests.person import deliver, mails
from workers import privacy as jobs

EMAIL = "dana.person@example.test"
DOWNLOADS = "/api/privacy/downloads"
PERSONAL = {"user_id", "owner_id", "member_id", "wp_user_id", "user_key", "account_id"}


@pytest.fixture
def site(engine_app):
    """Return a connected site on both engines."""
    return SiteCaller(engine_app)


@pytest.fixture
def person(site, member, api_key):
    """Return the id of a member with a record, a note, a key and a request."""
    user_id = member(EMAIL)
    site.link(7, user_id)
    api_key(user_id)
    with transaction():
        db.session.get_one(User, user_id).username = "=dana.person"
        account = ledger.open_account(user_id, "ma_cross", "journal", name="Dana's retirement")
        moderation.ask_for_name(site.site_id, user_id, NameIn(name="Dana Person"))
        accounts.audit("user.signed_in", user_id=user_id)
    at = "2026-05-20T14:00:00Z"
    fills = [
        FillIn("b", at, "AAPL", "buy", 1, 10, note="Dana's hunch é\t"),
        FillIn("s", at, "AAPL", "sell", 1, 9),
    ]
    ledger.record_fills(account.id, fills, source="test")
    return user_id


def copy_of(user_id: int) -> zipfile.ZipFile:
    file = io.BytesIO()
    service.write_copy(user_id, file)
    return zipfile.ZipFile(file)


def table(archive: zipfile.ZipFile, name: str) -> list[dict]:
    return json.loads(archive.read(f"json/{name}.json"))


def personal_tables() -> set[str]:
    """Return every table that is about a person, directly or through another one."""
    tables, found = db.metadata.tables, {"users"}
    while True:
        more = {
            name
            for name, one in tables.items()
            if {key.column.table.name for key in one.foreign_keys} & found
            or PERSONAL & set(one.columns.keys())
        }
        if more <= found:
            return found
        found |= more


@pytest.mark.req("S0-116", "S3-111", "S3-112")
def test_every_table_about_a_person_is_copied_or_left_out_for_a_reason(app):
    known = set(rules.TABLES) | set(rules.SKIPPED)
    assert personal_tables() <= known, "say in app/privacy/rules.py what becomes of these tables"
    assert known <= set(db.metadata.tables)
    assert not set(rules.TABLES) & set(rules.SKIPPED)
    assert all(held.erase in {"delete", "strip", "keep"} for held in rules.TABLES.values())
    assert all(held.why for held in rules.TABLES.values() if held.erase != "delete")
    assert set(inspect(db.engine).get_table_names()) - {"alembic_version"} <= set(
        db.metadata.tables
    )


@pytest.mark.req("S0-112")
def test_no_column_that_looks_like_a_secret_is_given(app):
    for name in rules.TABLES:
        given, _ = queries.columns_of(db.metadata.tables[name])
        for column in given:
            assert (name, column) in rules.OPEN or not any(
                word in column for word in ("secret", "password", "encrypted", "token", "sealed")
            ), (name, column)
            assert not isinstance(db.metadata.tables[name].c[column].type, LargeBinary)


@pytest.mark.req("S0-116", "S3-111")
def test_the_copy_holds_everything_and_no_secret(site, person, api_key):
    key = api_key(person)
    archive = copy_of(person)
    assert {f"json/{name}.json" for name in rules.TABLES} <= set(archive.namelist())
    assert table(archive, "users")[0]["email"] == EMAIL
    assert "password_hash" not in table(archive, "users")[0]
    assert [row["name"] for row in table(archive, "api_keys")] == ["test", "test"]
    assert len(table(archive, "ledger_events")) == 2
    assert table(archive, "ledger_personal_texts")[0]["value"].startswith("Dana's hunch é")
    assert table(archive, "trades")[0]["net_pnl"].startswith("-1.0")
    assert table(archive, "site_members")[0]["wp_user_id"] == 7
    assert "user.signed_in" in {row["action"] for row in table(archive, "audit_entries")}
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert key.partition(".")[2] not in everything
    for secret in db.session.execute(
        select(db.metadata.tables["api_keys"].c.secret_hash)
    ).scalars():
        assert secret not in everything
    readme = archive.read("README.txt").decode()
    assert "withheld: secret_hash" in readme
    assert EMAIL not in readme


def test_a_spreadsheet_finds_no_formula(site, person):
    archive = copy_of(person)
    rows = list(csv.DictReader(io.StringIO(archive.read("csv/users.csv").decode())))
    assert rows[0]["username"] == "'=dana.person"
    for name in archive.namelist():
        if name.endswith(".csv"):
            for row in csv.reader(io.StringIO(archive.read(name).decode())):
                for cell in row:
                    assert not cell.startswith(cells.FORMULA) or cells.NUMBER.fullmatch(cell)


def test_nothing_of_anybody_else_is_in_it(site, person, member):
    other = member("somebody.else@example.test")
    with transaction():
        account = ledger.open_account(other, "ma_cross", "journal", name="Other's account")
    ledger.record_fills(
        account.id, [FillIn("x", "2026-05-20T14:00:00Z", "MSFT", "buy", 1, 10)], source="test"
    )
    everything = b"".join(
        copy_of(person).read(name) for name in copy_of(person).namelist()
    ).decode()
    assert "somebody.else" not in everything
    assert "Other's account" not in everything
    assert "MSFT" not in everything


@pytest.mark.req("S0-112")
@pytest.mark.parametrize("change", ["nothing", "body", "last"])
def test_whoever_has_the_copy_can_check_the_record_alone(site, person, change, tmp_path):
    copy_of(person).extractall(tmp_path)
    path = tmp_path / "json" / "ledger_events.json"
    events = json.loads(path.read_text())
    if change == "body":
        events[0]["body"] = events[0]["body"].replace("10", "11", 1)
    elif change == "last":
        events.pop()
    path.write_text(json.dumps(events))
    done = subprocess.run(
        [sys.executable, str(tmp_path / "verify.py")], capture_output=True, text=True, check=False
    )
    if change == "nothing":
        assert done.returncode == 0, done.stderr
        assert "2 events in 1 accounts" in done.stdout
    else:
        assert done.returncode == 1
        assert "account" in done.stderr


# --- As the member asks ---


def ask(site, path: str, **form) -> str:
    body = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in form.items()).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    answer = site.post(f"/embed/own-data{path}", wp_user_id=7, data=body, headers=headers)
    # What the request has written is seen only by a new transaction.
    db.session.rollback()
    return answer


def work() -> None:
    """Do what the worker would."""
    for row in db.session.scalars(
        select(outbox.OutboxRow).where(outbox.OutboxRow.name == "privacy.make_copy")
    ):
        jobs.make_copy(**row.payload)


def link_in(html: str) -> str:
    return html.partition("?trp_copy=")[2].partition('"')[0]


@pytest.mark.req("S0-116", "S3-111")
def test_a_member_asks_waits_and_fetches_once(site, person):
    assert "every 2s" in ask(site, "/copy").text
    assert "every 2s" in ask(site, "/copy").text
    assert db.session.query(PrivacyRequest).count() == 1
    work()
    work()
    page = site.get("/embed/own-data", wp_user_id=7).text
    assert "Your copy is ready" in page
    assert "trp_copy" not in page
    token = link_in(ask(site, "/link").text)
    assert len(token) >= 40
    # Somebody else cannot use it, and does not use it up.
    site.link(8, _other())
    assert site.post(DOWNLOADS, wp_user_id=8, json={"token": token}).status_code == 404
    answer = site.post(DOWNLOADS, wp_user_id=7, json={"token": token}, buffered=True)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="trading-data.zip"'
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert table(zipfile.ZipFile(io.BytesIO(answer.data)), "users")[0]["email"] == EMAIL
    assert site.post(DOWNLOADS, wp_user_id=7, json={"token": token}).status_code == 404
    late = link_in(ask(site, "/link").text)
    with time_machine.travel(time.time() + 301):
        assert site.post(DOWNLOADS, wp_user_id=7, json={"token": late}).status_code == 404
    with time_machine.travel(time.time() + 8 * 86_400):
        jobs.run_due()
    assert db.session.query(PrivacyPart).count() == 0
    assert ask(site, "/link").status_code == 422


def _other() -> int:
    with transaction():
        return accounts.create_user("other@example.test").id


def test_a_copy_that_is_cut_begins_again_and_leaves_one(site, person, monkeypatch):
    ask(site, "/copy")
    (row,) = db.session.query(PrivacyRequest)
    monkeypatch.setattr("app.privacy.service.requests._keep", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        service.make_copy(row.id)
    monkeypatch.undo()
    assert db.session.query(PrivacyPart).count() == 0
    work()
    db.session.expire_all()
    assert [one.state for one in db.session.query(PrivacyRequest)] == ["ready"]
    assert db.session.query(PrivacyPart).count() == 1


def test_only_a_member_of_a_site_sees_it(site, client_factory):
    assert client_factory().get("/embed/own-data").status_code == 401
    assert site.get("/embed/own-data").status_code == 401


@pytest.fixture
def client_factory(engine_app):
    """Return a maker of clients."""
    return engine_app.test_client


@pytest.mark.req("S0-116", "S3-111", "S3-112")
def test_an_erasure_is_confirmed_waits_a_week_and_can_be_called_off(site, person):
    name = accounts.get_user(person).pseudonym
    assert ask(site, "/erasure", name="something").status_code == 422
    assert "will be erased" in ask(site, "/erasure", name=f" {name.lower()} ").text
    ask(site, "/erasure", name=name)
    assert db.session.query(PrivacyRequest).count() == 1
    ask(site, "/erasure/cancel")
    with time_machine.travel(time.time() + 8 * 86_400):
        jobs.run_due()
    db.session.expire_all()
    assert accounts.get_user(person).email == EMAIL
    ask(site, "/erasure", name=name)
    with time_machine.travel(time.time() + 6 * 86_400):
        jobs.run_due()
    assert accounts.get_user(person).email == EMAIL
    with time_machine.travel(time.time() + 8 * 86_400):
        jobs.run_due()
        jobs.run_due()
    db.session.expire_all()
    assert accounts.get_user(person).email == f"erased-{person}@erased.invalid"
    assert [one.state for one in db.session.query(PrivacyRequest).order_by("id")] == [
        "cancelled",
        "done",
    ]


@pytest.mark.req("S0-116", "S0-112", "S3-111")
def test_after_it_only_what_must_stay_is_left_and_everything_still_proves_itself(
    site, person, engine_app
):
    ask(site, "/copy")
    work()
    before = {name: len(list(queries.rows_of(name, person))) for name in rules.TABLES}
    service.erase_person(person)
    service.erase_person(person)
    # The last mail is the only place that still knows the address, until it is sent.
    deliver(engine_app)
    farewells = [one for one in mails(engine_app) if one["To"] == EMAIL]
    assert [one["Subject"] for one in farewells] == ["Your account is erased"]
    for name, held in rules.TABLES.items():
        left = len(list(queries.rows_of(name, person)))
        if held.erase == "delete":
            assert left == 0, name
        elif held.erase == "keep":
            assert left >= before[name], name
    for name, by in rules.SKIPPED_BUT_ERASED.items():
        mine = queries.owned(name, by, person)
        assert db.session.execute(select(db.metadata.tables[name]).where(mine)).first() is None
    for one in db.metadata.sorted_tables:
        for row in db.session.execute(select(one)):
            assert not any(word in str(row).lower() for word in ("dana", EMAIL)), one.name
    runner = engine_app.test_cli_runner()
    assert runner.invoke(args=["ledger", "verify"]).exit_code == 0
    assert accounts.verify_audit()[1] is None


def test_a_member_of_the_demo_stays(site, person):
    with transaction():
        db.session.get_one(User, person).is_demo = True
    answer = ask(site, "/erasure", name=accounts.get_user(person).pseudonym)
    assert answer.status_code == 422


# --- As the operator does ---


@pytest.mark.req("S0-116")
def test_the_operator_exports_and_erases(engine_app, person, tmp_path):
    runner, path = engine_app.test_cli_runner(), tmp_path / "dana.zip"
    done = runner.invoke(args=["privacy", "export", EMAIL, str(path)])
    assert done.exit_code == 0, done.output
    assert path.stat().st_mode & 0o777 == 0o600
    assert table(zipfile.ZipFile(path), "users")[0]["email"] == EMAIL
    assert runner.invoke(args=["privacy", "export", EMAIL, str(path)]).exit_code == 1
    assert runner.invoke(args=["privacy", "export", "nobody@example.test", "x.zip"]).exit_code == 1
    assert runner.invoke(args=["privacy", "erase", EMAIL], input="n\n").exit_code == 1
    assert runner.invoke(args=["privacy", "erase", EMAIL, "--yes"]).exit_code == 0
    assert runner.invoke(args=["privacy", "erase", EMAIL, "--yes"]).exit_code == 1
