"""Any order of plans taken, ended and waited out leaves a member with what the history says."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from app.accounts import service as accounts
from app.billing import service as billing
from app.billing.errors import EntitlementError
from app.billing.models import Subscription, UsageCount
from app.billing.rules.entitlements import gives
from app.billing.schemas import LADDERS
from app.core import clock
from app.core.db import db, transaction
from tests.conftest import make_app

START = datetime(2026, 3, 1, tzinfo=UTC)
PLACES = sorted(billing.read_plans().by_key)


class Plans(RuleBasedStateMachine):
    """A member, the clock, and a model of both in plain dictionaries."""

    database: Path

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.mkdtemp()
        shutil.copy(self.database, Path(self.folder) / "service.sqlite3")
        self.app = make_app(Path(self.folder))
        self.context = self.app.app_context()
        self.context.push()
        self.now = START
        self.clock = patch.object(clock, "now", lambda: self.now)
        self.clock.start()
        with transaction():
            self.user_id = accounts.create_user("member@example.test").id
        self.newest: dict[str, tuple[str, str, datetime | None]] = {}
        self.uses: dict[str, int] = {}

    def teardown(self) -> None:
        if hasattr(self, "clock"):
            self.clock.stop()
            db.session.remove()
            db.engine.dispose()
            self.context.pop()
            shutil.rmtree(self.folder)

    @rule(place=st.sampled_from(PLACES), days=st.one_of(st.none(), st.integers(1, 40)))
    def take(self, place: tuple[str, str], days: int | None) -> None:
        ladder, tier = place
        ends = None if days is None else self.now + timedelta(days=days)
        with transaction():
            billing.subscribe(self.user_id, tier, source="operator", ladder=ladder, ends_at=ends)
        self.newest[ladder] = tier, "active", ends

    @rule(place=st.sampled_from(PLACES))
    def take_and_fail(self, place: tuple[str, str]) -> None:
        with pytest.raises(RuntimeError), transaction():  # noqa: PT012 - fails halfway
            billing.subscribe(self.user_id, place[1], source="operator", ladder=place[0])
            raise RuntimeError

    @rule(ladder=st.sampled_from(LADDERS), status=st.sampled_from(["cancelled", "expired"]),
          days=st.integers(-3, 20))  # fmt: skip
    def end(self, ladder: str, status: str, days: int) -> None:
        if ladder not in self.newest:
            return
        row = billing.find_subscription(self.user_id, ladder)
        with transaction():
            found = db.session.get_one(Subscription, row.id)
            found.status, found.ends_at = status, self.now + timedelta(days=days)
        self.newest[ladder] = found.tier, status, found.ends_at

    @rule(hours=st.integers(1, 900))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def wait_for_an_end(self) -> None:
        """Go to the very moment at which a plan ends."""
        ends = [end for _, _, end in self.newest.values() if end is not None and end > self.now]
        self.now = min(ends, default=self.now)

    @rule(amount=st.integers(1, 60))
    def use(self, amount: int) -> None:
        month = f"{self.now:%Y-%m}"
        most, used = self.given("coach_questions"), self.uses.get(month, 0)
        ref = f"{self.now.isoformat()}:{used}:{amount}"
        if used + amount > (most or 0):
            with pytest.raises(EntitlementError):
                billing.use(self.user_id, "coach_questions", amount, ref=ref)
            return
        for _ in range(2):
            assert billing.use(self.user_id, "coach_questions", amount, ref=ref).used == (
                used + amount
            )
        self.uses[month] = used + amount

    def given(self, key: str) -> object:
        """Return what the model says the member has: the best of the plans that count."""
        file, found = billing.read_plans(), []
        for ladder in LADDERS:
            tier, status, ends = self.newest.get(ladder, ("", "expired", None))
            if status == "expired" or (ends is not None and ends <= self.now):
                free = file.ladder(ladder).free
                tier = free.tier if free else ""
            if tier and key in file.values[ladder, tier]:
                found.append(file.values[ladder, tier][key])
        if any(value is None for value in found):
            return None
        if found and isinstance(found[0], frozenset):
            return frozenset().union(*found)
        rank = ["none", "basic", "advanced"].index if found and isinstance(found[0], str) else int
        return max(found, key=rank, default=0)

    @invariant()
    def has_what_the_history_gives(self) -> None:
        if not hasattr(self, "newest"):
            return
        mine = billing.entitlements(self.user_id)
        for key in billing.features():
            expected = self.given(key)
            assert mine.can(key) is gives(expected), key
            if gives(expected):
                assert mine.values[key] == expected, key

    @invariant()
    def has_never_used_more_than_counted(self) -> None:
        if not hasattr(self, "newest"):
            return
        rows = {row.period: row.used for row in db.session.query(UsageCount)}
        assert rows == self.uses


@pytest.mark.req("S4-30", "S4-98", "S0-71")
def test_what_a_member_may_do_follows_the_history_alone(migrated_database):
    Plans.database = migrated_database
    run_state_machine_as_test(
        Plans,
        settings=settings(
            max_examples=10,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
