"""What became of a prediction, by the bars that came after it: as far as they are known.

What bars leave open counts against the prediction: where one bar holds stop and target, the stop
came first; a target in the bar of an entry that lies between the target and the price counts only
where the price must have passed the entry before it.
"""

from __future__ import annotations

from typing import NamedTuple

from app.quant.bars import BarColumns

OPEN, TARGET, STOP, TIME, NOT_ENTERED, NO_DATA = (
    "open", "target", "stop", "time", "not_entered", "no_data",
)  # fmt: skip


class Plan(NamedTuple):
    """What was predicted. Instants are microseconds."""

    sign: int
    """1 long, -1 short."""
    price: float
    """Of the market when it was made."""
    entry: float
    target: float
    stop: float
    ends_at: int
    """When its time is over."""


class State(NamedTuple):
    """How far it has been followed."""

    result: str = OPEN
    entered_at: int | None = None
    entry_price: float | None = None
    ended_at: int | None = None
    exit_price: float | None = None
    last_close: float | None = None
    """Of the newest bar that was seen."""
    last_at: int | None = None


def follow(plan: Plan, state: State, bars: BarColumns) -> State:
    """Return the state after some more closed bars; one that has ended stays as it is.

    Bars that close after the prediction's time are not looked at.
    """
    columns = (bars.open, bars.high, bars.low, bars.close)
    rows = zip(bars.closed_at.tolist(), *(each.tolist() for each in columns), strict=True)
    for closed_at, *bar in rows:
        if state.result != OPEN or closed_at > plan.ends_at:
            break
        state = _step(plan, state, closed_at, bar)
    return state


def end(plan: Plan, state: State) -> State:
    """Return the state once all bars up to the prediction's time have been seen."""
    if state.result != OPEN:
        return state
    if state.last_close is None:
        return state._replace(result=NO_DATA, ended_at=plan.ends_at)
    if state.entered_at is None:
        return state._replace(result=NOT_ENTERED, ended_at=plan.ends_at)
    return state._replace(result=TIME, ended_at=plan.ends_at, exit_price=state.last_close)


def risk_multiple(plan: Plan, state: State, cost_ratio: float) -> float | None:
    """Return what was won in units of what was risked, after costs; None where nothing was held.

    Formula: (s (exit - entry) - c (entry + exit)) / |entry - stop|, s the sign, entry and exit as
    they were reached, c the cost of one side as a ratio of the price; the risk is the planned one.
    """
    if state.entry_price is None or state.exit_price is None:
        return None
    won = plan.sign * (state.exit_price - state.entry_price)
    costs = cost_ratio * (state.entry_price + state.exit_price)
    return (won - costs) / abs(plan.entry - plan.stop)


def _step(plan: Plan, state: State, closed_at: int, bar: list[float]) -> State:
    opened, high, low, close = bar
    seen = state._replace(last_close=close, last_at=closed_at)
    if seen.entered_at is not None:
        return _exit(plan, seen, closed_at, (opened, high, low), is_whole=True)
    at = _entered(plan, opened, high, low)
    if at is None:
        return seen
    entered = seen._replace(entered_at=closed_at, entry_price=at)
    # Entered at the opening, the whole bar comes after it.
    return _exit(plan, entered, closed_at, (opened, high, low), is_whole=at == opened)


def _entered(plan: Plan, opened: float, high: float, low: float) -> float | None:
    """Return at which price a bar enters, None where it does not reach the entry."""
    if plan.entry == plan.price:
        return opened
    if plan.entry < plan.price:
        return min(opened, plan.entry) if low <= plan.entry else None
    return max(opened, plan.entry) if high >= plan.entry else None


def _exit(
    plan: Plan, state: State, at: int, bar: tuple[float, float, float], *, is_whole: bool
) -> State:
    opened, high, low = bar
    worst, best = (low, high) if plan.sign > 0 else (high, low)
    if plan.sign * (worst - plan.stop) <= 0:
        # Beyond the stop at the opening nobody gets the stop's price.
        beyond = is_whole and plan.sign * (opened - plan.stop) < 0
        return state._replace(result=STOP, ended_at=at, exit_price=opened if beyond else plan.stop)
    # An entry on the way from the price to the target is passed before the target.
    is_on_the_way = plan.sign * (plan.entry - plan.price) > 0
    if plan.sign * (best - plan.target) >= 0 and (is_whole or is_on_the_way):
        return state._replace(result=TARGET, ended_at=at, exit_price=plan.target)
    return state
