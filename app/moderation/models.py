"""Cases: what a member of a site asks the site's administrators to decide."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.types import UtcDateTime

KINDS = ("public_name", "report")
STATES = ("open", "approved", "rejected", "withdrawn", "resolved", "dismissed")
ONE_NAME = text("kind = 'public_name' AND state IN ('open', 'approved')")


class Case(db.Model):
    """A question of one member to the administrators of one site, and their answer."""

    __tablename__ = "moderation_cases"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_moderation_cases_site_id_state_id", "site_id", "state", "id"),
        Index("ix_moderation_cases_user_id", "user_id"),
        # A member has one name at a site, whoever asks twice at the same moment.
        Index(
            "uq_moderation_cases_one_name",
            "site_id",
            "user_id",
            unique=True,
            sqlite_where=ONE_NAME,
            postgresql_where=ONE_NAME,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10), default="open")
    subject: Mapped[str] = mapped_column(String(64))
    """Of a public name the name; of a report the id of the robot."""
    reason: Mapped[str] = mapped_column(String(20), default="")
    body: Mapped[str] = mapped_column(String(1000), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    """What the administrator answered; the member reads it."""
    decided_by: Mapped[int | None]
    """The WordPress user of the site who decided."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
