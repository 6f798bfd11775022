"""Following predictions until target, stop or time is reached, by closed bars alone.

Bars count once they are a quarter of an hour old, so that late ones and corrections are in them.
What is written then stays: bars that are corrected later change no outcome.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.analysis import queries
from app.analysis.models import Analysis
from app.analysis.rules.proposing import COST_RATIO
from app.core import clock, outbox
from app.core.db import transaction
from app.ledger import service as ledger
from app.market import service as market

if TYPE_CHECKING:
    from app.quant.bars import BarColumns
    from app.quant.predictions import Plan, State

GRACE = timedelta(minutes=15)
PATIENCE = timedelta(days=4)
"""So long bars of the end are waited for, after which the instrument counts as halted."""
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=6)
LOOKS = 40
"""About so often a prediction is looked at, however long it has."""
A_BATCH, MOST_BATCHES = 200, 50
RULE = 1
"""Of the rule by which outcomes are found; it stands in each."""


def begin(row: Analysis) -> None:
    """Let a prediction with prices be followed."""
    if row.bias == "neutral" or row.ended_at is None:
        return
    row.result, row.followed = "open", []
    row.check_at = row.ended_at + SHORTEST


def follow_due() -> int:
    """Look at all predictions that are due; return how many were looked at."""
    done = 0
    for _ in range(MOST_BATCHES):
        due = queries.list_due(clock.now(), A_BATCH)
        if not due:
            break
        by_instrument: dict[int, list[int]] = defaultdict(list)
        for analysis_id, instrument_id in due:
            by_instrument[instrument_id].append(analysis_id)
        for instrument_id, ids in by_instrument.items():
            done += _follow(instrument_id, ids)
    return done


def _follow(instrument_id: int, ids: Sequence[int]) -> int:
    with transaction():
        outbox.renew_lease()
        rows = queries.lock_open(ids)
        if not rows:
            return 0
        until = clock.now() - GRACE
        timeframe = "M1" if "M1" in market.kept_spans(instrument_id) else "D1"
        after = min(_seen(row) for row in rows)
        bars = market.closed_bars_since([instrument_id], timeframe, after, now=until)
        for row in rows:
            _look(row, bars.get(instrument_id), until)
        return len(rows)


def _seen(row: Analysis) -> datetime:
    """Return until when a prediction has been followed."""
    at = row.followed[-1] if row.followed else None
    if at is not None:
        return market.instant(int(at))
    # From the moment on at which it could be read: what came before cannot be traded any more.
    return row.ended_at or row.asked_at


def _look(row: Analysis, bars: BarColumns | None, until: datetime) -> None:
    from app.quant import predictions
    from app.quant.bars import empty_columns, select

    plan, state = plan_of(row), state_of(row)
    new = empty_columns() if bars is None else bars
    # A bar that had begun before is not whole: part of it lies before the prediction.
    new = select(new, new.opened_at >= market.microseconds(_seen(row)))
    state = predictions.follow(plan, state, new)
    if state.result == predictions.OPEN and _is_over(row, bars, until):
        state = predictions.end(plan, state)
    row.followed = list(state)
    if state.result == predictions.OPEN:
        row.check_at = clock.now() + _pause(row)
        return
    _finish(row, plan, state)


def _is_over(row: Analysis, bars: BarColumns | None, until: datetime) -> bool:
    if row.ends_at is None or until < row.ends_at:
        return False
    newest = 0 if bars is None or not len(bars.closed_at) else int(bars.closed_at[-1])
    return newest >= market.microseconds(row.ends_at) or until > row.ends_at + PATIENCE


def _pause(row: Analysis) -> timedelta:
    length = (row.ends_at or row.asked_at) - (row.ended_at or row.asked_at)
    return min(LONGEST, max(SHORTEST, length / LOOKS))


def _finish(row: Analysis, plan: Plan, state: State) -> None:
    """Keep what became of a prediction, and write it into the ledger: in one transaction."""
    from app.quant.predictions import risk_multiple

    multiple = risk_multiple(plan, state, COST_RATIO)
    row.result, row.check_at = state.result, None
    row.result_at = market.instant(state.ended_at or plan.ends_at)
    row.risk_multiple = None if multiple is None else round(Decimal(repr(multiple)), 4)
    if row.account_id is None:
        return
    body: dict[str, Any] = {
        "prediction": f"analysis:{row.id}",
        "result": row.result,
        "entered_at": _instant(state.entered_at),
        "entry_price": _number(state.entry_price),
        "ended_at": _instant(state.ended_at),
        "exit_price": _number(state.exit_price),
        "risk_multiple": None if row.risk_multiple is None else str(row.risk_multiple),
        "cost_ratio": str(COST_RATIO),
        "rule": RULE,
    }
    ledger.record_outcome(
        row.account_id, f"analysis:{row.id}:outcome", row.result_at, body, source="analysis"
    )


def _instant(at: int | None) -> str | None:
    return None if at is None else market.instant(at).isoformat()


def _number(value: float | None) -> str | None:
    return None if value is None else repr(value)


def plan_of(row: Analysis) -> Plan:
    """Return what an analysis predicted."""
    from app.quant.predictions import Plan

    return Plan(
        1 if row.bias == "long" else -1,
        float(row.price or 0),
        float(row.entry or 0),
        float(row.target or 0),
        float(row.stop or 0),
        market.microseconds(row.ends_at or row.asked_at),
    )


def state_of(row: Analysis) -> State:
    """Return how far an analysis has been followed."""
    from app.quant.predictions import State

    return State(*row.followed) if row.followed else State()
