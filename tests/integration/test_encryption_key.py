"""The encryption key: missing, wrong, short, changed. It fails closed and loses nothing (F27)."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.models import Site
from app.core import installation, security, vault
from app.core.db import db, transaction
from app.core.errors import UnavailableError
from tests.conftest import make_app
from tests.services import free_ports

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW, OTHER = "the-old-key-of-this-house", "the-new-key-of-this-house", "somebody-else-s-key"
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "5"))


def add_sites(count: int) -> None:
    """Store sites with secrets that tell whose they are."""
    now = datetime.now(UTC)
    with transaction():
        for number in range(count):
            name = f"site_{number:05d}"
            db.session.add(
                Site(
                    id=name,
                    name=name,
                    url=f"https://{name}.example",
                    key_id=f"key_{number}",
                    secret_encrypted=security.encrypt(f"secret of {name}", name),
                    previous_secret_encrypted=security.encrypt(f"old of {name}", name),
                    connected_at=now,
                )
            )


def readable(app) -> int:
    """Return how many secrets are right, in an application with its own keys."""
    with app.app_context():
        rows = db.session.scalars(select(Site)).all()
        return sum(
            security.decrypt(site.secret_encrypted, site.id) == f"secret of {site.id}"
            and security.decrypt(site.previous_secret_encrypted, site.id) == f"old of {site.id}"
            for site in rows
        )


def rotate(app):
    """Run the command in an application, not in the one whose context the test stands in."""
    with app.app_context():
        return app.test_cli_runner().invoke(args=["rotate-encryption-key"])


def content(app) -> list[tuple]:
    """Return everything that a start could have written."""
    with app.app_context():
        found = db.session.execute(select(installation.Installation.__table__)).all()
        return [*found, *db.session.execute(select(Site.__table__)).all()]


@pytest.fixture
def house(engine_app):
    """Return a way to start the same installation with other keys."""
    url = engine_app.config["SQLALCHEMY_DATABASE_URI"]
    folder = engine_app.config["DATA_DIR"]
    # What the fixture noted under the key of all tests is not this house's.
    with transaction():
        db.session.delete(installation.lock(""))

    def start(key: str | None, previous: str = ""):
        settings = {"ENCRYPTION_KEY": key, "ENCRYPTION_KEY_PREVIOUS": previous}
        options = engine_app.config["SQLALCHEMY_ENGINE_OPTIONS"]
        return make_app(
            Path(folder),
            SQLALCHEMY_DATABASE_URI=url,
            SQLALCHEMY_ENGINE_OPTIONS=options,
            **settings,
        )

    return start


@pytest.mark.req("S3-103", "S3-106", "S4-106")
@pytest.mark.parametrize("round_", range(5))
def test_a_wrong_missing_or_short_key_stops_the_start_and_writes_nothing(house, round_):
    right = start_with_sites(house)
    before, key_file = content(right), Path(right.config["DATA_DIR"], "secrets/encryption.key")
    for wrong, said in (
        (f"{OTHER}-{round_}", "not the key that this database was made with"),
        (None, "There is no encryption key"),
        ("short", "shorter than 16 characters"),
    ):
        with pytest.raises(vault.WrongKeyError, match=said):
            house(wrong)
    assert not key_file.exists()
    assert content(right) == before
    assert readable(house(OLD)) == 3


def start_with_sites(house):
    app = house(OLD)
    with app.app_context():
        add_sites(3)
    return app


def test_an_installation_from_before_the_marker_is_not_given_a_wrong_key(house):
    app = start_with_sites(house)
    with app.app_context(), transaction():
        installation.lock("").marker_encrypted = None
    with pytest.raises(vault.WrongKeyError):
        house(OTHER)
    assert readable(house(OLD)) == 3
    with pytest.raises(vault.WrongKeyError):  # the start with the right key has noted it
        house(OTHER)


def test_a_fresh_installation_makes_its_key_once(house, tmp_path):
    first = house(None)
    made = first.config["ENCRYPTION_KEY"]
    assert len(made) >= 40
    file = Path(first.config["DATA_DIR"], "secrets/encryption.key")
    assert file.read_text() == made
    assert file.stat().st_mode & 0o077 == 0
    house(made)


def test_of_two_processes_at_the_very_first_start_neither_ends(tmp_path, migrated_database):
    """The second one has read its settings before the first one makes the key."""
    shutil.copy(migrated_database, tmp_path / "service.sqlite3")
    (tmp_path / "secrets/encryption.key").unlink(missing_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vault, "settle", lambda _app: None)
        late = make_app(tmp_path, ENCRYPTION_KEY=None)
    first = make_app(tmp_path, ENCRYPTION_KEY=None)
    vault.settle(late)
    assert late.config["ENCRYPTION_KEY"] == first.config["ENCRYPTION_KEY"]


def test_a_command_with_a_wrong_key_writes_no_secret(house, monkeypatch):
    start_with_sites(house)
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")
    app = house(OTHER)  # starts: `flask restore` has to run
    with app.app_context(), pytest.raises(UnavailableError), transaction():
        security.encrypt("new secret", "anybody")


@pytest.mark.req("S3-106", "S4-106")
def test_the_key_is_changed_without_losing_a_secret(house):
    start_with_sites(house)
    both = house(NEW, previous=OLD)
    assert readable(both) == 3
    # The old key must not be taken away before all is done.
    with pytest.raises(vault.WrongKeyError):
        house(NEW)
    assert rotate(both).output.startswith("Encrypted anew: 1 in installation, 3 in sites.")
    assert "nothing, all have this key" in rotate(both).output
    alone = house(NEW)
    assert readable(alone) == 3
    with pytest.raises(vault.WrongKeyError):
        house(OLD)
    with alone.app_context():
        line = accounts.list_audit(limit=2)[-1]
        assert (line.action, line.detail) == (
            "encryption_key.rotated",
            '{"rows":{"installation":1,"sites":3},"unreadable":0}',
        )


def test_a_secret_that_no_key_reads_is_told_and_left(house):
    app = start_with_sites(house)
    damaged = security.encrypt_with(security.key_of(OTHER), "x", "site_00001")
    with app.app_context(), transaction():
        db.session.get_one(Site, "site_00001").secret_encrypted = damaged
    done = rotate(house(NEW, previous=OLD))
    assert done.exit_code == 1
    assert "1 secrets can be read with none of the keys" in done.output
    with app.app_context():
        assert db.session.get_one(Site, "site_00001").secret_encrypted == damaged


def test_every_encrypted_column_is_known_to_the_rotation(app):
    named = {
        f"{table.name}.{column.name}"
        for table in db.metadata.tables.values()
        for column in table.columns
        if re.search(r"(^|_)encrypted$", column.name)
    }
    known = {
        f"{table.name}.{column.name}"
        for table in vault.sealed_tables()
        for column in vault.sealed_columns(table)
    }
    assert named == known
    for table in vault.sealed_tables():
        for column in vault.sealed_columns(table):
            used = set(re.findall(r"\{(\w+)\}", column.info["sealed"]))
            assert used <= set(table.columns.keys()), f"{table.name}.{column.name}"


def environment(folder: Path, key: str, previous: str = "") -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    return {
        **kept,
        "DATA_DIR": str(folder),
        "ENCRYPTION_KEY": key,
        "ENCRYPTION_KEY_PREVIOUS": previous,
    }


@pytest.fixture
def many(app, tmp_path):
    """Return the folder of an installation with more secrets than one step takes."""
    with transaction():
        db.session.delete(installation.lock(""))
    start = make_app(tmp_path, ENCRYPTION_KEY=OLD)
    with start.app_context():
        add_sites(1500)
    return tmp_path


@pytest.mark.faults
@pytest.mark.req("S3-106")
def test_a_rotation_that_is_killed_is_finished_by_the_next(many):
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "rotate-encryption-key"]
    given = environment(many, NEW, OLD)
    for _ in range(ROUNDS):
        running = subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.DEVNULL)
        time.sleep(random.uniform(0.8, 1.8))
        running.send_signal(signal.SIGKILL)
        running.wait()
        assert readable(make_app(many, ENCRYPTION_KEY=NEW, ENCRYPTION_KEY_PREVIOUS=OLD)) == 1500
    subprocess.run(command, cwd=ROOT, env=given, check=True)
    assert readable(make_app(many, ENCRYPTION_KEY=NEW)) == 1500


@pytest.mark.faults
@pytest.mark.req("S3-106")
@pytest.mark.parametrize(
    "command",
    [
        ["-m", "granian", "--interface", "wsgi", "wsgi:app", "--port", "PORT"],
        ["-m", "workers.clock"],
        ["-m", "workers.run"],
    ],
)
def test_no_process_runs_with_a_wrong_key(many, command):
    port = str(free_ports(1)[0])
    arguments = [port if part == "PORT" else part for part in command]
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(many, OTHER),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "ENCRYPTION_KEY is not the key" in done.stdout + done.stderr
