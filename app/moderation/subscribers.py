"""Reactions to the slices below."""

from __future__ import annotations

from app.accounts.events import MembersMoved
from app.core import events
from app.moderation import service


def register() -> None:
    """Listen to members who change their site."""
    events.subscribe(MembersMoved, move_cases)


def move_cases(event: MembersMoved) -> None:
    """Take their questions along at once: the administrators of the old site answer no more."""
    service.move_cases(event.old_site, event.new_site, event.user_ids)
