"""Reactions to accounts: a new member is the first step of the funnel."""

from __future__ import annotations

from app.accounts.events import SignedUp
from app.billing.service.conversions import note_conversion
from app.billing.service.plans import free_plan
from app.core import events


def register() -> None:
    """Listen to new accounts."""
    events.subscribe(SignedUp, note_sign_up)


def note_sign_up(event: SignedUp) -> None:
    """Count a new member; the demo's are nobody's."""
    free = free_plan()
    note_conversion(
        "sign_up",
        key=f"sign_up:{event.user_id}",
        user_id=event.user_id,
        site_id=event.site_id,
        source=event.door,
        plan_to=free.tier if free else None,
    )
