"""Backup and restore on both engines: whole or not at all, held, and true to its moment."""

from __future__ import annotations

import json
import shutil
import threading
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from alembic import command
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.service import sessions
from app.admin.service import backup as backups
from app.admin.service.backup import BackupError, engines, facts
from app.core import clock, hold, outbox, vault
from app.core.cli import alembic_config
from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.schemas import FillIn
from app.performance import service as performance
from tests.conftest import BASE_SETTINGS, make_app
from tests.factories.plans import with_api
from workers import queues
from workers.clock import tick
from workers.schedule import SCHEDULE

NOON = datetime(2025, 12, 19, 17, 0, tzinfo=UTC)
SENT: list[str] = []
PLACE = accounts.Place("203.0.113.0/24", "203.0.113.0/24", "Firefox on Linux")


def fills(first: int, count: int) -> list[FillIn]:
    rows = []
    for number in range(first, first + count):
        at = (NOON + timedelta(seconds=number)).isoformat()
        side, price = ("buy", "100") if number % 2 == 0 else ("sell", "101")
        rows.append(FillIn(f"f{number}", at, "AAPL", side, "10", price, "0", "USD"))
    return rows


def send(to: str) -> None:
    SENT.append(to)


@pytest.fixture
def house(engine_app, member, monkeypatch):
    """Make an installation with a member's record, one job that reaches outside, and a worker."""
    SENT.clear()
    hold.outgoing(engine_app, "notifications.send_mail")
    real = queues.resolve
    mail = queues.Job(send, "default", own_transactions=False)
    monkeypatch.setattr(
        queues, "resolve", lambda name: mail if name == "notifications.send_mail" else real(name)
    )
    monkeypatch.setattr(queues, "application", lambda: engine_app)
    user_id = member()
    with transaction():
        account = ledger.open_account(user_id, "my_robot", "journal")
    record(account.id, 0, 4)
    work()
    return engine_app, user_id, account.id


def record(account_id: int, first: int, count: int) -> None:
    with transaction():
        ledger.record_fills(account_id, fills(first, count), source="api")


def mail(to: str) -> None:
    with transaction():
        outbox.enqueue("notifications.send_mail", {"to": to}, key=f"mail:{to}")


def work() -> None:
    query = select(outbox.OutboxRow.id).where(outbox.OutboxRow.state == "pending")
    waiting = list(db.session.scalars(query))
    db.session.rollback()
    for row_id in waiting:
        queues._perform(row_id)


def figures(user_id: int) -> tuple[int, str]:
    found = performance.get_metrics(user_id, "daily").metrics
    db.session.rollback()
    return found.trade_count, str(found.total_pnl)


def state():
    """Return what the present database holds."""
    db.session.remove()
    with engines.connected(db.engine.url) as connection:
        return facts.read(connection)


@pytest.mark.req("S0-115")
def test_nobody_is_signed_in_by_what_a_backup_remembers(house, tmp_path):
    """Who has signed out, or was shut out, since the backup is not signed in by its return."""
    app, user_id, _account = house
    user = accounts.get_user(user_id)
    with transaction():
        cookie = sessions.open_session(user, is_kept=True, place=PLACE)
        key = accounts.create_key(with_api(user_id), None, "program")
    accounts.ask_for_mail("sign_up", "new@example.test", PLACE)
    headers = {"Authorization": f"Bearer {key}"}
    given = app.test_client().post("/api/tokens", headers=headers).json
    link = accounts.read_letter(1).link

    def counts():
        db.session.rollback()
        token = {"Authorization": f"Bearer {given['access_token']}"}
        refresh = {"refresh_token": given["refresh_token"]}
        return (
            accounts.find_session(cookie) is not None,
            app.test_client().get("/api/me", headers=token).status_code,
            app.test_client().post("/api/tokens/refresh", json=refresh).status_code,
            app.test_client().get(link).status_code,
            app.test_client().get("/api/me", headers=headers).status_code,
        )

    path, _manifest = backups.backup(tmp_path / "backup.zip")
    assert counts() == (True, 200, 200, 200, 200)
    db.session.remove()
    done = app.test_cli_runner().invoke(args=["restore", str(path), "--force"])
    assert done.exit_code == 0, done.output
    assert counts() == (False, 401, 401, 404, 200)
    newest = accounts.list_audit()[0]
    assert (newest.action, json.loads(newest.detail)["sessions_ended"]) == ("backup.restored", 1)


@pytest.mark.req("S0-115", "S3-124")
def test_the_drill(house, tmp_path):
    """Backup, more writes, restore: held, figures as at the backup's moment, then released."""
    app, user_id, account_id = house
    mail("due@example.test")
    path = tmp_path / "backup.zip"
    said = app.test_cli_runner().invoke(args=["backup", str(path)])
    assert said.exit_code == 0, said.output
    assert "4 events of 1 accounts" in said.output
    assert figures(user_id) == (2, "20.00")

    work()
    assert SENT == ["due@example.test"]
    record(account_id, 4, 4)
    mail("later@example.test")
    work()
    assert figures(user_id) == (4, "40.00")

    done = app.test_cli_runner().invoke(args=["restore", str(path), "--force"])
    assert done.exit_code == 0, done.output
    assert "Ledger and audit log are whole." in done.output
    assert figures(user_id) == (2, "20.00")
    assert ledger.verify() is None
    assert accounts.verify_audit()[1] is None
    # What the backup believes to be due has been sent long ago; nobody gets it again unasked.
    SENT.clear()
    work()
    assert SENT == []
    assert hold.state().because == "restored"
    assert [one.subject for one in hold.waiting()] == ["mail:due@example.test"]
    # The service itself works on while it is held.
    record(account_id, 4, 2)
    work()
    assert figures(user_id) == (3, "30.00")

    assert app.test_cli_runner().invoke(args=["release"]).exit_code == 0
    work()
    assert SENT == ["due@example.test"]
    actions = [line.action for line in accounts.list_audit()]
    assert actions[:2] == ["service.released", "backup.restored"]


@pytest.mark.req("S0-115")
def test_a_backup_is_one_moment_while_others_write(house, tmp_path):
    app, _user_id, account_id = house
    stop, made = threading.Event(), []

    def write() -> None:
        number = 100
        with app.app_context():
            while not stop.is_set():
                record(account_id, number, 2)
                made.append(number)
                number += 2
                db.session.remove()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            before = len(made)
            while len(made) < before + 2:
                time.sleep(0.005)
            _path, manifest = backups.backup(tmp_path / f"{number}.zip")
            assert manifest.facts.ledger_events == manifest.facts.rows["ledger_events"]
    finally:
        stop.set()
        writer.join()
    # The restore walks every chain, so a copy torn between two moments would be refused.
    assert backups.restore(tmp_path / "2.zip", force=True).manifest == manifest


@pytest.mark.req("S0-115", "S4-106")
def test_the_file_holds_no_key_and_is_for_us_alone(house, tmp_path):
    app, _user_id, _account_id = house
    path, manifest = backups.backup(tmp_path / "backup.zip")
    assert path.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(path) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert app.config["ENCRYPTION_KEY"].encode() not in content
    assert app.config["SECRET_KEY"].encode() not in content
    assert "encryption key is not in this file" in manifest.note
    assert manifest.key_fingerprint == vault.fingerprints()[0]
    assert [left.name for left in tmp_path.iterdir() if left.name.startswith(".")] == []


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def other_engine() -> str:
    return "postgresql" if db.engine.dialect.name == "sqlite" else "sqlite"


def edit(path: Path, **changes) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    for name, value in changes.items():
        where = manifest["facts"] if name in manifest["facts"] else manifest
        where[name] = value
    members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.req("S0-115")
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (damage, "damaged|not what its manifest says"),
        (cut, "no backup of this service"),
        (lambda path: path.write_bytes(b""), "no backup of this service"),
        (lambda path: edit(path, members={}), "does not name"),
        (lambda path: edit(path, revision="9999"), "Upgrade the service first"),
        (lambda path: edit(path, format=2), "Upgrade the service first"),
        (lambda path: edit(path, key_fingerprint="0" * 16), "another encryption key"),
        (lambda path: edit(path, ledger_events=5), "not what the manifest says"),
        (lambda path: edit(path, ledger_heads="0" * 64), "not what the manifest says"),
        (lambda path: edit(path, engine=other_engine()), "DATABASE_URL names"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_touched(house, tmp_path, spoil, said):
    path, _manifest = backups.backup(tmp_path / "backup.zip")
    spoil(path)
    before = state()
    with pytest.raises(BackupError, match=said):
        backups.restore(path, force=True)
    assert state() == before
    assert not hold.is_held()
    assert list(tmp_path.glob("restore-*")) == []


def test_a_database_that_holds_something_is_replaced_only_by_force(house, tmp_path):
    path, _manifest = backups.backup(tmp_path / "backup.zip")
    before = state()
    with pytest.raises(BackupError, match="not empty"):
        backups.restore(path)
    assert state() == before
    done = backups.restore(path, force=True)
    assert done.kept is not None
    if done.kept.startswith("database "):
        url = db.engine.url.set(database=done.kept.removeprefix("database "))
    else:
        url = engines._sqlite_url(Path(done.kept))
    with engines.connected(url) as connection:
        assert facts.read(connection) == before


def test_an_empty_installation_takes_a_backup_without_force(app, member, tmp_path):
    member()
    path, manifest = backups.backup(tmp_path / "backup.zip")
    with make_app(tmp_path / "fresh").app_context():
        backups.restore(path)
        assert state().ledger_heads == manifest.facts.ledger_heads
        assert hold.is_held()


@pytest.mark.req("S0-115", "S1-113")
def test_an_older_schema_is_brought_up_to_date(house, tmp_path):
    app, user_id, _account_id = house
    db.session.remove()
    command.downgrade(alembic_config(), "0004")
    _path, manifest = backups.backup(tmp_path / "old.zip")
    assert (manifest.facts.revision, manifest.facts.audit_seq) == ("0004", None)
    upgraded = app.test_cli_runner().invoke(args=["db-upgrade"])
    assert "Kept what there was" in upgraded.output, upgraded.output
    kept = list(Path(app.config["BACKUP_DIR"]).glob("before-upgrade-from-0004-*.zip"))
    assert len(kept) == 1
    done = backups.restore(kept[0], force=True)
    assert done.revision == (Path(app.root_path) / "migrations/HEAD").read_text().strip()
    assert figures(user_id) == (2, "20.00")
    assert "Kept" not in app.test_cli_runner().invoke(args=["db-upgrade"]).output


def test_a_damaged_sqlite_file_is_moved_aside(app, member, tmp_path):
    member()
    path, _manifest = backups.backup(tmp_path / "backup.zip")
    db.session.remove()
    db.engine.dispose()
    file = Path(str(db.engine.url.database))
    for ending in ("-wal", "-shm"):
        Path(f"{file}{ending}").unlink(missing_ok=True)
    file.write_bytes(b"no database at all" * 1000)
    with pytest.raises(BackupError, match="cannot be read"):
        backups.restore(path)
    done = backups.restore(path, force=True)
    assert Path(done.kept).read_bytes().startswith(b"no database")
    assert accounts.find_user_by_email("member@example.test") is not None


def test_a_key_that_has_been_changed_since_is_named_as_the_previous(app, member, tmp_path):
    member()
    path, _manifest = backups.backup(tmp_path / "backup.zip")
    settings = {"ENCRYPTION_KEY": "another-key-of-this-house"}
    moved = make_app(tmp_path / "other", **settings)
    with moved.app_context(), pytest.raises(BackupError, match="another encryption key"):
        backups.restore(path)
    previous = BASE_SETTINGS["ENCRYPTION_KEY"]
    moved = make_app(tmp_path / "third", **settings, ENCRYPTION_KEY_PREVIOUS=previous)
    with moved.app_context():
        backups.restore(path)
        assert vault.rotate() == {"installation": 1}


def test_without_postgresql_s_programs_it_says_what_to_install(house, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    if db.engine.dialect.name == "sqlite":
        assert backups.backup(tmp_path / "backup.zip")
        return
    with pytest.raises(BackupError, match="pg_dump is not on the PATH"):
        backups.backup(tmp_path / "backup.zip")
    assert list(tmp_path.glob("*.zip")) == []


@pytest.mark.req("S3-124")
def test_the_clock_backs_up_daily_in_its_window_and_keeps_a_week(app, member, monkeypatch):
    member()
    monkeypatch.setattr(queues, "application", lambda: app)
    own = next(periodic for periodic in SCHEDULE if periodic.name == "admin.daily_backup")
    for month in (1, 3, 7, 11):  # whatever New York's clock says
        start = datetime(2026, month, 8, tzinfo=UTC)
        due = own.due_since(start, start + timedelta(days=3))
        assert [moment.astimezone(UTC).strftime("%H:%M") for moment in due] == ["07:30"] * 3
    folder = Path(app.config["BACKUP_DIR"])
    for day in range(1, 11):
        with time_machine.travel(datetime(2026, 7, day, 7, 30, tzinfo=UTC), tick=False):
            tick(clock.now())
            job = db.session.execute(
                select(outbox.OutboxRow.id).where(outbox.OutboxRow.name == "admin.daily_backup")
                .order_by(outbox.OutboxRow.id.desc())
            ).scalars().first()  # fmt: skip
            db.session.rollback()
            queues._perform(job)
            backups.daily_backup()  # cut before its mark and done again: no second file
    days = sorted(path.name[14:22] for path in folder.glob("trading-robot-*.zip"))
    assert days == [f"202607{day:02d}" for day in range(3, 11)]


def test_the_newest_backup_stays_however_old(app, member):
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False):
        path, _manifest = backups.backup()
    (path.parent / "somebody-else-s.zip").write_text("keep me")
    assert backups.prune(7) == []
    later, _manifest = backups.backup()
    assert backups.prune(7) == [path.name]
    assert sorted(left.name for left in path.parent.iterdir()) == sorted(
        [later.name, "somebody-else-s.zip"]
    )
