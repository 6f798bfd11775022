"""Reactions to the market: bars that come in late are noted at the robots that are past them."""

from __future__ import annotations

from app.core import events, outbox
from app.market import service as market
from app.market.events import BarsCorrected


def register() -> None:
    """Listen to corrections of bars."""
    events.subscribe(BarsCorrected, note_late)


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
