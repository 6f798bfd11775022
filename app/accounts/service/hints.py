"""Hints that a user wants to see no more."""

from __future__ import annotations

from app.accounts.models import DismissedHint
from app.core import clock
from app.core.db import db, transaction


def is_dismissed(user_id: int, name: str) -> bool:
    """Whether a user has put a hint away."""
    return db.session.get(DismissedHint, (user_id, name)) is not None


def dismiss(user_id: int, name: str) -> None:
    """Show a hint to a user no more; twice is as good as once."""
    with transaction():
        if not is_dismissed(user_id, name):
            db.session.add(DismissedHint(user_id=user_id, name=name, dismissed_at=clock.now()))
