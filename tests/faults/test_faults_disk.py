"""F8: no room on the disk of the database, or of the logs."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from app.accounts import service as accounts
from app.core.db import db, transaction
from tests.conftest import make_app
from tests.cuts import ROUNDS
from tests.factories.plans import with_api
from workers import queues

pytestmark = pytest.mark.faults


@pytest.fixture
def small_disk(tmp_path):
    """Return a folder on a disk of its own with 12 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk; test_outages.py shows a full one without")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill_up(disk: Path) -> Path:
    """Write until there is no room for another page."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast


def fill(number):
    return {
        "external_id": f"d{number}", "executed_at": "2026-05-21T14:00:00Z", "symbol": "IBM",
        "side": "sell" if number % 2 else "buy", "qty": "1", "price": "10", "fee": "0",
        "currency": "USD",
    }  # fmt: skip


def test_f8_a_full_disk_refuses_recovers_and_damages_nothing(
    small_disk, migrated_database, monkeypatch, redis_url
):
    shutil.copy(migrated_database, small_disk / "service.sqlite3")
    app = make_app(small_disk, REDIS_URL=redis_url, LOG_LEVEL="ERROR")
    monkeypatch.setattr(queues, "application", lambda: app)
    client = app.test_client()
    with app.app_context():
        with transaction():
            user_id = accounts.create_user("disk@example.test").id
            headers = {
                "Authorization": f"Bearer {accounts.create_key(with_api(user_id), None, 'disk')}"
            }

        def post(number):
            body = {"plugin_id": "disk", "fills": [fill(number)]}
            return client.post("/api/ledger/fills", json=body, headers=headers)

        sent = kept = 0
        for _ in range(ROUNDS):
            ballast = fill_up(small_disk)
            for _attempt in range(200):
                answer = post(sent)
                if answer.status_code != 200:
                    break
                sent += 1
                kept += 1
            assert (answer.status_code, answer.json["code"]) == (503, "storage_full")
            assert "no room left" in answer.json["detail"]
            assert int(answer.headers["Retry-After"]) > 0
            assert client.get("/api/ledger/trades", headers=headers).status_code == 200
            ballast.unlink()
            assert post(sent).json["results"][0]["status"] == "created"
            sent += 1
            kept += 1
            assert db.session.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
            count = db.session.execute(text("SELECT count(*) FROM ledger_events")).scalar_one()
            db.session.rollback()
            assert count == kept
        whole = app.test_cli_runner().invoke(args=["invariants", "--only", "ledger"])
        assert whole.exit_code == 0, whole.output
        db.session.remove()
        db.engine.dispose()
        app.extensions["redis"].close()


def test_f8_logs_that_cannot_be_written_break_no_request(tmp_path, migrated_database, monkeypatch):
    shutil.copy(migrated_database, tmp_path / "service.sqlite3")
    full = Path("/dev/full").open("w", buffering=1)  # noqa: SIM115 - closing it fails as well
    try:
        monkeypatch.setattr(sys, "stderr", full)
        app = make_app(tmp_path, LOG_LEVEL="DEBUG")
        client = app.test_client()
        with app.app_context():
            with transaction():
                user_id = accounts.create_user("disk@example.test").id
                key = accounts.create_key(with_api(user_id), None, "disk")
            headers = {"Authorization": f"Bearer {key}"}
            # Redis is away, which is told in the log.
            body = {"plugin_id": "disk", "fills": [fill(0)]}
            answer = client.post("/api/ledger/fills", json=body, headers=headers)
            assert answer.json["results"][0]["status"] == "created"
            monkeypatch.setattr("app.ledger.service.door.record_fills", lambda *_a, **_k: 1 / 0)
            body = {"plugin_id": "disk", "fills": [fill(1)]}
            answer = client.post("/api/ledger/fills", json=body, headers=headers)
            assert (answer.status_code, answer.json["code"]) == (500, "internal")
            db.session.remove()
            db.engine.dispose()
    finally:
        monkeypatch.undo()
        with contextlib.suppress(OSError):
            full.close()
