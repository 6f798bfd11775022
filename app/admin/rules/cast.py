"""The demo's members: who they are, which robots they follow and what their accounts did."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from app.admin.rules.market import SEED, WARM_UP, Prices
from app.admin.rules.robots import CLOSE, OPEN, Trip

MEMBER_COUNT = 60
TIER_SHARES = (0.22, 0.3, 0.26, 0.22)
"""Of the plans, from the cheapest up."""
BALANCES = (10_000, 25_000, 25_000, 50_000)
LATEST_START = 215
"""The last session of the first year on which a member begins."""
POSITION_SHARE = 0.3
"""Part of the starting balance that a position takes."""
HALF_SPREAD = 0.0001
LEAST_FEE = Decimal("0.35")
FEE_A_SHARE = Decimal("0.005")
SAMPLE_ROBOTS = ("slow_crossing", "mean_harbor", "opening_range_30")
"""What `flask seed-demo --for` lets an existing member follow."""
_CENT = Decimal("0.01")


class Follow(NamedTuple):
    """A robot that a member runs on paper, from a session on."""

    plugin_id: str
    first_session: int
    balance: int
    size: float
    """Of the usual position."""
    seed: tuple[int, ...]

    @property
    def starting_balance(self) -> Decimal:
        """The balance as money."""
        return Decimal(self.balance)


def demo_email(number: int) -> str:
    """Return the address of a member; nobody can have one under .test."""
    return f"demo-{number:02d}@example.test"


class Member(NamedTuple):
    """An invented member."""

    number: int
    email: str
    tier: str
    follows: tuple[Follow, ...]


class DemoFill(NamedTuple):
    """An execution at a step of a session, some seconds after it."""

    external_id: str
    session: int
    step: int
    second: int
    symbol: str
    side: str
    qty: int
    price: Decimal
    fee: Decimal


class DemoMark(NamedTuple):
    """What a held symbol was worth at a session's close."""

    external_id: str
    session: int
    symbol: str
    price: Decimal


def cast_members(robots: Sequence[tuple[str, str]], tiers: Sequence[str]) -> list[Member]:
    """Return the members for robots given as (id, lowest tier); tiers from the cheapest up.

    The first ones follow one robot each from the first session on, so that every robot has a
    full record.
    """
    return [_cast(number, robots, tiers) for number in range(1, MEMBER_COUNT + 1)]


def _cast(number: int, robots: Sequence[tuple[str, str]], tiers: Sequence[str]) -> Member:
    draw = np.random.default_rng([SEED, 5000, number])
    rank = int(draw.choice(len(tiers), p=TIER_SHARES))
    founding = robots[number - 1] if number <= len(robots) else None
    if founding is not None:
        rank = max(rank, tiers.index(founding[1]))
    allowed = [robot for robot in robots if tiers.index(robot[1]) <= rank]
    count = min(int(draw.integers(1, 5)), len(allowed))
    # What costs something is chosen more often by those who may have it.
    weights = np.array([1.0 + 2 * tiers.index(tier) for _, tier in allowed])
    picks = draw.choice(len(allowed), size=count, replace=False, p=weights / weights.sum())
    chosen = [allowed[pick][0] for pick in picks.tolist()]
    if founding is not None:
        chosen = [founding[0], *(name for name in chosen if name != founding[0])][:4]
    follows = tuple(
        Follow(
            plugin_id=plugin_id,
            first_session=0 if founding and place == 0 else int(draw.integers(5, LATEST_START)),
            balance=int(draw.choice(BALANCES)),
            size=float(draw.uniform(0.6, 1.2)),
            seed=(SEED, 6000, number, place),
        )
        for place, plugin_id in enumerate(chosen)
    )
    return Member(number, demo_email(number), tiers[rank], follows)


def sample_follows() -> tuple[Follow, ...]:
    """Return what an existing member gets as a sample."""
    return tuple(
        Follow(plugin_id, 0, 25_000, 1.0, (SEED, 7000, place))
        for place, plugin_id in enumerate(SAMPLE_ROBOTS)
    )


def account_history(
    follow: Follow, trips: Sequence[Trip], prices: dict[str, Prices], session_count: int
) -> tuple[list[DemoFill], list[DemoMark]]:
    """Return the fills and marks of an account, each in order of time."""
    draw = np.random.default_rng(follow.seed)
    fills: list[DemoFill] = []
    marks: dict[tuple[int, str], DemoMark] = {}
    for number, trip in enumerate(trips):
        if trip.entry_session < follow.first_session:
            continue
        # Drawn for both ends at once: an exit that is still to come changes nothing after it.
        luck = draw.random(4).tolist()
        fills.extend(_legs(follow, trip, prices[trip.symbol], number, luck))
        for session in range(trip.entry_session, _last_held(trip, session_count) + 1):
            marks[session, trip.symbol] = _mark(session, trip.symbol, prices)
    fills.sort(key=lambda fill: (fill.session, fill.step, fill.second, fill.external_id))
    return fills, [marks[key] for key in sorted(marks)]


def _last_held(trip: Trip, session_count: int) -> int:
    """The last session at whose close the trip's position stands."""
    if trip.exit_session is None:
        return session_count - 1
    return trip.exit_session - 1


def _legs(
    follow: Follow, trip: Trip, prices: Prices, number: int, luck: list[float]
) -> list[DemoFill]:
    symbol, direction, entry, entry_step, leaving, exit_step = trip
    price = prices[entry + WARM_UP][entry_step]
    qty = max(1, int(100 * follow.balance * POSITION_SHARE * follow.size / price))
    ends = [(entry, entry_step, direction, price, "in", luck[0], luck[1])]
    if leaving is not None:
        price = prices[leaving + WARM_UP][exit_step]
        ends.append((leaving, exit_step, -direction, price, "out", luck[2], luck[3]))
    return [
        DemoFill(
            external_id=f"sim-{number}-{end}",
            session=session,
            step=step,
            second=1 + int(delay * 50),
            symbol=symbol,
            side="buy" if side > 0 else "sell",
            qty=qty,
            price=Decimal(round(price * (1 + side * HALF_SPREAD * 2 * slip))) * _CENT,
            fee=max(LEAST_FEE, (FEE_A_SHARE * qty).quantize(_CENT)),
        )
        for session, step, side, price, end, delay, slip in ends
    ]


def _mark(session: int, symbol: str, prices: dict[str, Prices]) -> DemoMark:
    cents = prices[symbol][session + WARM_UP][CLOSE]
    return DemoMark(f"sim-mark-{session}-{symbol}", session, symbol, Decimal(cents) * _CENT)


def step_instant(opens_us: int, closes_us: int, step: int, second: int) -> int:
    """Return the instant of a step of a session in microseconds; the close falls just before it."""
    if step == CLOSE:
        return closes_us - (60 - second) * 1_000_000
    return opens_us + (closes_us - opens_us) * (step - OPEN) // CLOSE + second * 1_000_000
