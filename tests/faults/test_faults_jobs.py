"""F1: a worker is killed at a random line of each kind of job; its effect is there exactly once."""

from __future__ import annotations

import io
import random
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from flask import current_app
from sqlalchemy import func, select, text

from app.accounts.models import AccountMail
from app.accounts.service import letters
from app.core import outbox
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from app.ledger import service as ledger
from app.ledger.models import LedgerEvent, TradingAccount
from app.ledger.schemas import FillIn
from app.ledger.service import imports
from app.performance.models import PerformanceAlarm
from app.privacy import service as privacy
from app.privacy.models import PrivacyPart, PrivacyRequest
from tests.cuts import ROUNDS, age, broken, open_rows, run_forked
from tests.factories.house import damage, work_off
from workers import queues
from workers.schedule import SCHEDULE

pytestmark = pytest.mark.faults
HEAD = "external_id,executed_at,symbol,side,qty,price,fee,currency"


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def account_id():
    return db.session.scalar(select(TradingAccount.id).where(TradingAccount.kind == "paper"))


class Import:
    """A file of twenty rows in chunks of three."""

    name = "ledger.run_import"

    def start(self, number):
        rows = [
            f"r{number}-{n},2026-05-{n % 9 + 11}T14:{n:02d}:00Z,AAPL,{'sell' if n % 2 else 'buy'},1,{10 + n},0,USD"
            for n in range(20)
        ]
        user_id = db.session.scalar(select(TradingAccount.user_id).limit(1))
        self.before = count(LedgerEvent)
        content = "\n".join([HEAD, *rows]).encode()
        self.id = ledger.preview_import(user_id, "sheet", f"{number}.csv", content).id
        ledger.start_import(user_id, self.id)
        self.user_id = user_id

    def check(self):
        found = ledger.get_import(self.user_id, self.id)
        assert (found.state, found.created_count, found.duplicate_count) == ("done", 20, 0)
        assert count(LedgerEvent) == self.before + 20


class Refold:
    """A round trip that earns a dollar."""

    name = "performance."

    def start(self, number):
        before = self.trades()
        ledger.record_fills(
            account_id(),
            [
                FillIn(f"rb{number}", f"2026-05-{number % 9 + 11}T14:00:00Z", "IBM", "buy", 1, 10),
                FillIn(f"rs{number}", f"2026-05-{number % 9 + 11}T15:00:00Z", "IBM", "sell", 1, 11),
            ],
            source="test",
        )
        self.expected = before + 1

    @staticmethod
    def trades():
        return db.session.scalar(
            text(
                "SELECT trade_count FROM robot_performance_metrics "
                "WHERE metric_type = 'all_time' AND plugin_id = 'ma_cross' AND kind = 'public'"
            )
        )

    def check(self):
        assert self.trades() == self.expected


class Tick:
    """A job of the clock: done once for its key."""

    def __init__(self, name, queue):
        self.name, self.queue = name, queue

    def start(self, number):
        with transaction():
            outbox.enqueue(self.name, self.payload(), key=f"{self.name}:{number}", queue=self.queue)

    def payload(self):
        return {}

    def check(self):
        pass


class Rebuild(Tick):
    def payload(self):
        return {"account_id": account_id()}


class Close(Tick):
    def start(self, number):
        damage("UPDATE performance_scopes SET as_of = last_day")
        super().start(number)


class Reconcile(Tick):
    def start(self, number):
        damage(
            "UPDATE robot_performance_metrics SET total_pnl = 99.99 WHERE metric_type = 'all_time'"
        )
        self.before = count(PerformanceAlarm)
        self.wrong = db.session.scalar(
            text("SELECT count(*) FROM robot_performance_metrics WHERE metric_type = 'all_time'")
        )
        super().start(number)

    def check(self):
        assert count(PerformanceAlarm) == self.before + self.wrong


class Look(Tick):
    def start(self, number):
        damage("DELETE FROM invariant_checks")
        super().start(number)


class Letter:
    """A mail that an account asks for, sent into the folder that stands in for a mail server."""

    name = "notifications.send_account_mail"

    def start(self, number):
        with transaction():
            letters.request_sign_up(f"new{number}@example.test")
        self.id = db.session.scalar(select(func.max(AccountMail.id)))

    def check(self):
        folder = Path(current_app.config["DATA_DIR"]) / "mail"
        sent = [path.read_text() for path in folder.glob("*.eml")]
        # Its receiver drops a second one by this, as the folder does.
        assert sum(f"Message-ID: <account-{self.id}-" in mail for mail in sent) == 1
        assert not list(folder.glob("*.part"))


class Copy:
    """A copy of everything of a member: whole, and one."""

    name = "privacy.make_copy"

    def start(self, number):
        user_id = db.session.scalar(select(TradingAccount.user_id).limit(1))
        with transaction():
            privacy.ask_for_copy(user_id)
        self.id = db.session.scalar(select(func.max(PrivacyRequest.id)))

    def check(self):
        found = db.session.get_one(PrivacyRequest, self.id, populate_existing=True)
        parts = db.session.scalars(
            select(PrivacyPart.content)
            .where(PrivacyPart.request_id == self.id)
            .order_by(PrivacyPart.number)
        )
        archive = zipfile.ZipFile(io.BytesIO(b"".join(parts)))
        assert (found.state, archive.testzip()) == ("ready", None)
        assert found.tables_done == found.tables_all
        # The copy before it was thrown away when this one was asked for.
        holders = select(func.count(PrivacyPart.request_id.distinct()))
        assert db.session.scalar(holders) == 1


SPECIAL = {
    "admin.check_invariants": Look,
    "performance.close_sessions": Close,
    "performance.reconcile_week": Reconcile,
    "performance.reconcile_month": Reconcile,
}
KINDS = {
    "import": Import(),
    "refold": Refold(),
    "rebuild": Rebuild("ledger.rebuild", "bulk"),
    "mail": Letter(),
    "copy": Copy(),
    **{
        each.name: SPECIAL.get(each.name, Tick)(each.name, each.queue)
        for each in SCHEDULE
        if not each.payload
    },
}


def do_all():
    """Do the waiting jobs, as a worker does."""
    for row_id in open_rows():
        queues.perform(row_id)


# The same code writes on both; PostgreSQL is shown where rows are locked and where steps commit.
CASES = [
    *(("sqlite", kind) for kind in KINDS),
    *(("postgresql", kind) for kind in ("import", "refold", "performance.close_sessions")),
]


@pytest.mark.parametrize(("house", "kind"), CASES, indirect=["house"])
def test_a_job_that_is_killed_anywhere_is_done_exactly_once(house, kind, monkeypatch):
    monkeypatch.setattr(queues, "application", lambda: house)
    monkeypatch.setattr(imports, "CHUNK", 3)
    job, rng = KINDS[kind], random.Random(kind)
    job.start(0)
    lines = run_forked(do_all)
    work_off()
    job.check()
    killed = 0
    for number in range(1, ROUNDS + 1):
        job.start(number)
        asked = open_rows()
        assert asked
        ended_after = run_forked(do_all, at=rng.randint(1, lines))
        killed += ended_after is None
        # Some have fewer lines after their first time: later cuts fall into those.
        lines = min(lines, ended_after or lines)
        # The lease of whoever was killed ends; another worker takes it up.
        age(open_rows(), timedelta(seconds=31))
        do_all()
        work_off()
        job.check()
        states = db.session.scalars(select(OutboxRow.state).where(OutboxRow.id.in_(asked)))
        assert set(states) == {"done"}
    assert killed >= ROUNDS / 2
    assert broken() == []
