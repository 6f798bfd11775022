"""Paper trading by the clock: due deployments are run over the bars that closed since their last.

Robots are run outside of any transaction. What they did is written in one, for those alone that
nobody else has moved on meanwhile: so a worker that is killed, or two at once, neither miss a bar
nor trade one twice. A worker that was away is late; it goes over the same bars as it would have.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import func, select

from app.core import clock, gather, outbox
from app.core.db import db, transaction
from app.core.errors import AppError
from app.market import service as market
from app.quant.bars import BarColumns
from app.quant.simulation.terms import Terms
from app.robots.host.parent import RobotFault
from app.robots.models import RobotDeployment
from app.robots.queries import running as queries
from app.robots.service import engine, paper_record
from app.robots.service.choosing import Chosen, choose
from app.robots.service.paper_record import Moved

BATCH = 500
"""Deployments of one feed that are run, and written, together."""
WAITED_FOR = timedelta(seconds=90)
"""So long a symbol without a new bar holds up the others of its feed: they may come together."""
HISTORY, MORE_HISTORY, WARM_UP = 640, 20_000, 5_000
"""Bars before the new ones: usually, where that was too little, and at the beginning."""


class Feed(NamedTuple):
    """The bars of some symbols, and up to when they are to be gone over."""

    bars: Mapping[str, BarColumns]
    until: int
    """The newest close, in microseconds."""


def run_due() -> int:
    """Let every deployment be run whose symbols have new closed bars; return how many batches."""
    now = clock.now()
    count = 0
    with transaction(), gather.gathered():
        active = _active_feeds()
        _want_bars(active)
        for timeframe, feeds in active.items():
            for feed in _with_new_bars(timeframe, feeds, now):
                count += _enqueue(timeframe, feed)
    return count


def _active_feeds() -> dict[str, dict[str, datetime]]:
    """Return the feeds that somebody trades, by timeframe, with their earliest watermark."""
    found: dict[str, dict[str, datetime]] = defaultdict(dict)
    rows = db.session.execute(
        select(RobotDeployment.timeframe, RobotDeployment.feed, func.min(RobotDeployment.watermark))
        .where(RobotDeployment.state == "active")
        .group_by(RobotDeployment.timeframe, RobotDeployment.feed)
    )
    for timeframe, feed, watermark in rows:
        found[timeframe][feed] = watermark
    return found


def _want_bars(active: Mapping[str, Mapping[str, datetime]]) -> None:
    """Have the bars of all symbols that somebody trades brought up to date, and of no others.

    What nobody brings is not made an instrument either: whoever imports it says what it is.
    """
    symbols = {symbol for feeds in active.values() for feed in feeds for symbol in feed.split(" ")}
    ids = _instrument_ids(sorted(symbols))
    unknown = sorted(symbols - set(ids))
    out_of_reach = set(market.without_source(unknown))
    new = [market.get_instrument(each).id for each in unknown if each not in out_of_reach]
    market.want_bars([*ids.values(), *new], "robots")


def _with_new_bars(timeframe: str, feeds: Mapping[str, datetime], now: datetime) -> list[str]:
    """Return the feeds of which a symbol has a bar that closed after the watermark."""
    symbols = sorted({symbol for feed in feeds for symbol in feed.split(" ")})
    ids = _instrument_ids(symbols)
    marks: dict[int, datetime] = {}
    for feed, watermark in feeds.items():
        for symbol in feed.split(" "):
            if symbol in ids:
                marks[ids[symbol]] = min(watermark, marks.get(ids[symbol], watermark))
    new = market.closed_bars_since(marks, timeframe, marks, now=now)
    newest = {each: int(bars.closed_at[-1]) for each, bars in new.items()}
    return [
        feed
        for feed, watermark in feeds.items()
        if any(
            newest.get(ids.get(symbol, 0), 0) > market.microseconds(watermark)
            for symbol in feed.split(" ")
        )
    ]


def _instrument_ids(symbols: Sequence[str]) -> dict[str, int]:
    return {symbol: each.id for symbol, each in market.describe_all(symbols).items() if each.id}


def _enqueue(timeframe: str, feed: str) -> int:
    """Ask for the batches of a feed; return how many."""
    ids = db.session.scalars(
        select(RobotDeployment.id)
        .where(
            RobotDeployment.state == "active",
            RobotDeployment.timeframe == timeframe,
            RobotDeployment.feed == feed,
        )
        .order_by(RobotDeployment.id)
    ).all()
    name = hashlib.sha256(feed.encode()).hexdigest()[:16]
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        outbox.enqueue(
            "robots.run_batch",
            {"timeframe": timeframe, "feed": feed, "first_id": batch[0], "last_id": batch[-1]},
            key=f"robots.paper:{timeframe}:{name}:{batch[0]}",
            coalesce=True,
        )
    return -(-len(ids) // BATCH)


def run_batch(timeframe: str, feed: str, first_id: int, last_id: int) -> int:
    """Run the active deployments of a feed with ids in a range; return how many moved on.

    A robot that fails is paused with the reason; the others go on.
    """
    now = clock.now()
    rows = queries.active_of_feed(timeframe, feed, (first_id, last_id))
    # Kept as they were read: by what they say is found out who moved one on meanwhile.
    db.session.expunge_all()
    chosen, moved = _chosen(rows)
    db.session.rollback()
    rows = [row for row in rows if row.id in chosen]
    if not rows:
        return paper_record.write(moved, now)
    history = max(_history(row) for row in rows)
    for size in sorted({history, MORE_HISTORY}):
        done = {each.row.id for each in moved}
        left = [row for row in rows if row.id not in done]
        found = _read_feed(feed.split(" "), timeframe, now, size)
        if found is None or not left:
            break
        moved += _run(left, chosen, found, size)
    return paper_record.write(moved, now)


def _history(row: RobotDeployment) -> int:
    if row.memory is None:
        return WARM_UP
    return int(row.memory.get("history", HISTORY))


def _chosen(rows: Sequence[RobotDeployment]) -> tuple[dict[int, Chosen], list[Moved]]:
    """Return the robots of deployments, each code read once, and what has none to be run any more."""
    codes: dict[tuple[str, str], Chosen | AppError] = {}
    found: dict[int, Chosen] = {}
    missing: list[Moved] = []
    for row in rows:
        key = (row.plugin_id, row.code_hash)
        if key not in codes:
            codes[key] = _read_code(row)
        code = codes[key]
        if isinstance(code, AppError):
            fault = RobotFault("robot", code.message)
            stands = market.microseconds(row.watermark)
            missing.append(Moved(row, fault, stands, _kept_history(row)))
        else:
            found[row.id] = code._replace(parameters=row.parameters)
    return found, missing


def _read_code(row: RobotDeployment) -> Chosen | AppError:
    try:
        return choose(row.plugin_id, row.parameters, row.code_hash)
    except AppError as error:
        return error


def _read_feed(symbols: Sequence[str], timeframe: str, now: datetime, history: int) -> Feed | None:
    """Return the newest bars of some symbols; None where one of them has none at all."""
    ids = _instrument_ids(symbols)
    found = market.read_many(ids.values(), timeframe, last=history, now=now)
    db.session.rollback()
    bars = {symbol: found[each] for symbol, each in ids.items() if each in found}
    if len(bars) < len(symbols) or not all(len(each.close) for each in bars.values()):
        return None
    newest = [int(each.closed_at[-1]) for each in bars.values()]
    waited = market.microseconds(now - WAITED_FOR)
    until = min(max(newest), max(min(newest), waited))
    cut = {
        symbol: each.rows(0, int(np.searchsorted(each.closed_at, until, side="right")))
        for symbol, each in bars.items()
    }
    closes = [int(each.closed_at[-1]) for each in cut.values() if len(each.close)]
    return Feed(cut, max(closes)) if closes else None


def _run(
    rows: Sequence[RobotDeployment], chosen: Mapping[int, Chosen], feed: Feed, history: int
) -> list[Moved]:
    """Run deployments over a feed; those that need more history than it has are left out."""
    due = [row for row in rows if market.microseconds(row.watermark) < feed.until]
    tasks = [_task(row, chosen[row.id], feed) for row in due]
    first = min((row.watermark for row in due), default=None)
    robots = [task.chosen for task in tasks]
    chains = engine.chains_for(robots, list(feed.bars), first)
    db.session.rollback()
    steps = engine.simulate(tasks, feed.bars, chains=chains)
    moved = []
    for row, step in zip(due, steps, strict=True):
        if isinstance(step, RobotFault) and engine.needs_history(step) and history < MORE_HISTORY:
            continue
        moved.append(Moved(row, step, feed.until, max(history, _kept_history(row))))
    return moved


def _kept_history(row: RobotDeployment) -> int:
    return HISTORY if row.memory is None else _history(row)


def _task(row: RobotDeployment, chosen: Chosen, feed: Feed) -> engine.Task:
    """Return what a robot is to do: trade the bars that closed after its watermark, no other."""
    watermark = market.microseconds(row.watermark)
    seen = [
        int(each.opened_at[at - 1])
        for each in feed.bars.values()
        if (at := int(np.searchsorted(each.closed_at, watermark, side="right")))
    ]
    state: dict[str, Any] | None = None
    if row.memory is not None:
        state = dict(row.memory["state"])
        # What came in when its turn was over is not traded on.
        state["after"] = max([state["after"], *seen])
    terms = Terms.model_validate(row.terms)
    starts_at = max(seen) + 1 if seen else None
    return engine.Task(chosen, tuple(row.symbols), terms, state, starts_at)
