"""Reactions: bars that come in late are noted, robots beyond a plan that fell are paused."""

from __future__ import annotations

from app.billing.events import PlanChanged
from app.core import events, outbox
from app.market import service as market
from app.market.events import BarsCorrected
from app.robots.service.permission import ask_to_hold


def register() -> None:
    """Listen to corrections of bars, and to plans."""
    events.subscribe(BarsCorrected, note_late)
    events.subscribe(PlanChanged, hold_to_plan)


def hold_to_plan(event: PlanChanged) -> None:
    """Ask for a look at what trades beyond the plan."""
    ask_to_hold(event.user_id)


def note_late(event: BarsCorrected) -> None:
    """Ask for the note; nothing is traded on it."""
    from_us, to_us = market.microseconds(event.from_at), market.microseconds(event.to_at)
    count = event.corrected + event.late
    name = f"{event.instrument_id}:{event.timeframe}:{from_us}:{to_us}"
    outbox.enqueue(
        "robots.note_late",
        {"symbol": event.symbol, "from_us": from_us, "count": count},
        key=f"robots.late:{name}",
        coalesce=True,
    )
