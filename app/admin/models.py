"""What the service notes about itself: how the nightly look at its invariants stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.types import BigId, UtcDateTime


class InvariantCheck(db.Model):
    """One invariant: what the last nightly look found, and where the next one goes on."""

    __tablename__ = "invariant_checks"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    """checking, whole, broken or unknown."""
    broken: Mapped[int] = mapped_column(default=0)
    """Faults found in that look."""
    after: Mapped[int] = mapped_column(BigId, default=0)
    """Where the next part begins; 0 from the start."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None while that look is under way, or was cut."""
