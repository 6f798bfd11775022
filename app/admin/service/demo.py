"""The demo: an invented year of invented members, written through the same doors as real fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from flask import current_app

from app.accounts import service as accounts
from app.admin.rules import cast, market, robots
from app.admin.service.demo_options import seed_options
from app.billing import service as billing
from app.core import clock
from app.core.db import transaction
from app.core.errors import AppError
from app.ledger import service as ledger
from app.ledger.schemas import FillIn, FillResult, MarkIn
from app.market import service as venues
from app.performance import service as performance
from app.quant.sessions import SessionCalendar
from app.robots import service as catalogue
from app.robots.schemas.running import DeploymentIn, RunIn

VENUE = "XNYS"
SOURCE = "demo"
ROBOT_VERSION = "sim-1"
AT_WORK_HISTORY = timedelta(days=730)
AT_WORK_TERMS = {
    "cash": 10_000,
    "costs": {"commission_per_unit": 0.005, "spread_ratio": 0.0002, "slippage_ratio": 0.0001},
}
UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Report = Callable[[str], None]


class DemoError(AppError):
    """The demo contradicts what is in the ledger."""


@dataclass
class Seeded:
    """What a run of the seed added."""

    members: int = 0
    accounts: int = 0
    events: int = 0


class Stage:
    """The simulated market from the demo's first session to the last completed one."""

    def __init__(self, first: date, now: datetime) -> None:
        """Lay out the sessions; prices are made when they are first needed."""
        calendar = venues.calendar(VENUE)
        if not isinstance(calendar, SessionCalendar):  # pragma: no cover - XNYS has sessions
            raise TypeError(VENUE)
        last = venues.last_completed_session(VENUE, now) or first
        self.days = calendar.between(first.toordinal(), last.toordinal())
        at = calendar.days.index(self.days[0])
        until = at + len(self.days)
        self._hours = list(
            zip(calendar.opens_us[at:until], calendar.closes_us[at:until], strict=True)
        )
        self._trips: dict[str, list[robots.Trip]] = {}

    @cached_property
    def prices(self) -> dict[str, market.Prices]:
        """The prices of all symbols."""
        return market.simulate(len(self.days))

    def history(self, follow: cast.Follow) -> tuple[list[FillIn], list[MarkIn]]:
        """Return the fills and marks of an account as the ledger takes them."""
        trips = self._trips.get(follow.plugin_id)
        if trips is None:
            trips = self._trips[follow.plugin_id] = robots.trips_of(follow.plugin_id, self.prices)
        fills, marks = cast.account_history(follow, trips, self.prices, len(self.days))
        return [self._fill(fill) for fill in fills], [self._mark(mark) for mark in marks]

    def day(self, session: int) -> date:
        """Return the date of a session."""
        return date.fromordinal(self.days[session])

    def opens_at(self, session: int) -> datetime:
        """Return when a session opened."""
        return _instant(self._hours[session][0])

    def _fill(self, fill: cast.DemoFill) -> FillIn:
        opens, closes = self._hours[fill.session]
        return FillIn(
            external_id=fill.external_id,
            executed_at=_instant(cast.step_instant(opens, closes, fill.step, fill.second)),
            symbol=fill.symbol,
            side=fill.side,
            qty=fill.qty,
            price=fill.price,
            fee=fill.fee,
            currency="USD",
        )

    def _mark(self, mark: cast.DemoMark) -> MarkIn:
        closes_at = _instant(self._hours[mark.session][1])
        return MarkIn(mark.external_id, closes_at, mark.symbol, mark.price, currency="USD")


def _instant(microseconds: int) -> datetime:
    return UNIX_EPOCH + timedelta(microseconds=microseconds)


def create_user(email: str, tier: str) -> int:
    """Make a user on a plan, by the operator's word; return the user's id."""
    user = accounts.create_user(email)
    accounts.audit("user.created", user_id=user.id, tier=tier)
    if billing.get_plan(tier).price:
        billing.subscribe(user.id, tier, source="operator")
    return user.id


def seed(report: Report, email: str | None = None) -> Seeded:
    """Make the demo, give the user with the address `email` a sample, and bring figures up to date.

    A user who is not there yet is made as a member of the demo, whom any connected site may show
    as its own. The workers would make the figures too, but only some time after.
    """
    seeded = seed_demo(report)
    if seeded.events:
        performance.rebuild()
    if email is not None:
        sample = seed_sample(_demo_user(email))
        if sample.events:
            performance.rebuild(_demo_user(email))
        seeded.accounts += sample.accounts
        seeded.events += sample.events
        give_plan(_demo_user(email))
        seed_at_work(_demo_user(email))
        seed_options(_demo_user(email))
    return seeded


def give_plan(user_id: int) -> None:
    """Put a user of the demo on the cheapest plans for programs, analyses and the coach, to try them.

    Whoever has or had a plan of a ladder keeps what that gives.
    """
    with transaction():
        for feature in ("api", "analyses", "coach_questions"):
            plan = billing.next_plan(user_id, feature)
            if plan is not None and billing.find_subscription(user_id, plan.ladder) is None:
                billing.subscribe(user_id, plan.tier, ladder=plan.ladder, source=billing.DEMO)


def seed_at_work(user_id: int) -> None:
    """Give a user of the demo a robot at work on the invented market, and a backtest over it.

    Both go the way of every member: the clock drives the one, a worker does the other. Nothing
    happens where there is no invented market, or where the user has had a robot at work.
    """
    if not current_app.config["MARKET_SIMULATED"] or catalogue.list_deployments(user_id):
        return
    now, instrument = clock.now(), venues.simulated_instruments()[0]
    venues.fill(instrument, "D1", now - AT_WORK_HISTORY, now)
    chosen = {"plugin_id": "ma_cross", "parameters": {"fast": 5, "slow": 20, "qty": 10}}
    given = {**chosen, "symbols": [instrument.symbol], "terms": AT_WORK_TERMS}
    catalogue.start_run(user_id, RunIn.model_validate({**given, "timeframe": "D1"}))
    catalogue.deploy(user_id, DeploymentIn.model_validate({**given, "timeframe": "H1"}))


def _demo_user(email: str) -> int:
    user = accounts.find_user_by_email(email)
    if user is None:
        with transaction():
            user = accounts.create_user(email, is_demo=True)
    return user.id


def seed_demo(report: Report) -> Seeded:
    """Make the demo, or go on with it where it stopped; a finished one is left as it is.

    Each member is one transaction, so a cut loses at most the one at work. Sessions that have
    been completed since the last time are added.
    """
    with transaction():
        catalogue.sync_catalogue(demo=True)
    listed = [robot for robot in catalogue.list_robots() if robot.is_demo]
    members = cast.cast_members(
        [(robot.id, robot.min_tier) for robot in sorted(listed, key=lambda robot: robot.id)],
        billing.plan_keys(),
    )
    stage = Stage(_first_day(members[0].email), clock.now())
    seeded = Seeded()
    for member in members:
        with transaction():
            user_id = _welcome(member, stage, seeded)
            _follow_all(user_id, member.follows, stage, seeded, is_ranked=True)
        if member.number % 10 == 0:
            report(f"demo: {member.number} of {len(members)} members, {seeded.events} new events")
    return seeded


def seed_sample(user_id: int) -> Seeded:
    """Give an existing user a year on paper with three robots of the demo, which must be there."""
    stage = Stage(_first_day(cast.demo_email(1)), clock.now())
    seeded = Seeded()
    with transaction():
        # Not ranked: the public board is for records that somebody has kept.
        _follow_all(user_id, cast.sample_follows(), stage, seeded, is_ranked=False)
    return seeded


def _first_day(first_email: str) -> date:
    """Return the demo's first session: that of the first member, else a year ago.

    All prices are counted from it, so it must stay the same once the demo has begun.
    """
    user = accounts.find_user_by_email(first_email)
    kept = ledger.list_accounts(user.id) if user else []
    known = [account.opened_on for account in kept if account.opened_on and account.is_simulated]
    if known:
        return min(known)
    last = venues.last_completed_session(VENUE, clock.now())
    if last is None:
        message = "The exchange has no session before now: is the clock right?"
        raise DemoError(message)
    return last - timedelta(days=365)


def _welcome(member: cast.Member, stage: Stage, seeded: Seeded) -> int:
    user = accounts.find_user_by_email(member.email)
    if user is None:
        user = accounts.create_user(member.email, is_demo=True, seed=member.email)
        seeded.members += 1
    if billing.find_subscription(user.id) is None:
        first = min(follow.first_session for follow in member.follows)
        billing.subscribe(user.id, member.tier, source=SOURCE, started_at=stage.opens_at(first))
    return user.id


def _follow_all(
    user_id: int,
    follows: tuple[cast.Follow, ...],
    stage: Stage,
    seeded: Seeded,
    *,
    is_ranked: bool,
) -> None:
    for follow in follows:
        account = ledger.open_account(
            user_id,
            follow.plugin_id,
            "paper",
            starting_balance=follow.starting_balance,
            opened_on=stage.day(follow.first_session),
            is_ranked=is_ranked,
            is_simulated=True,
            robot_version=ROBOT_VERSION,
        )
        seeded.accounts += account.head_seq == 0
        fills, marks = stage.history(follow)
        if account.head_seq == len(fills) + len(marks):
            # All of it is there: nobody else writes into these accounts.
            continue
        results = ledger.record_fills(account.id, fills, source=SOURCE)
        results += ledger.record_marks(account.id, marks, source=SOURCE)
        seeded.events += _count_created(results)


def _count_created(results: list[FillResult]) -> int:
    for result in results:
        if result.status == "refused":
            message = f"The ledger refused {result.external_id}: {result.field} {result.reason}"
            raise DemoError(message)
    return sum(result.status == "created" for result in results)
