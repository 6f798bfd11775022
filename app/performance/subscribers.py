"""Reactions to the ledger: put the refolds into the outbox, nothing else."""

from __future__ import annotations

from app.core import events, outbox
from app.ledger.events import DayMoneyChanged
from app.performance.rules import RANKED_KINDS


def register() -> None:
    """Listen to changes of daily money."""
    events.subscribe(DayMoneyChanged, refold)


def refold(event: DayMoneyChanged) -> None:
    """Ask for the owner's figures, then, apart from them, for the robot's public ones.

    Two jobs: the cost of the member's must not grow with the number of other members.
    """
    from_day = event.from_day.isoformat()
    outbox.enqueue(
        "performance.refold_account",
        {"account_id": event.account_id, "currency": event.currency, "from_day": from_day},
        key=f"performance.refold:{event.account_id}:{event.currency}",
        coalesce=True,
    )
    if event.is_ranked and event.kind in RANKED_KINDS:
        outbox.enqueue(
            "performance.refold_robot",
            {"plugin_id": event.plugin_id, "currency": event.currency, "from_day": from_day},
            key=f"performance.robot:{event.plugin_id}:{event.currency}",
            coalesce=True,
        )
