"""How members come, try, pay and leave: what the owner's funnel is counted from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.billing.rules.conversions import KINDS
from app.core.db import db
from app.core.types import BigId, UtcDateTime


class ConversionEvent(db.Model):
    """One step of a member, or of a visitor whose name nobody asked for. Rows are never changed."""

    __tablename__ = "conversion_events"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        Index("ix_conversion_events_kind_happened_at", "kind", "happened_at"),
        Index("ix_conversion_events_user_id_happened_at", "user_id", "happened_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    """What happened, so that telling it twice counts once: checkout:12, subscription:88."""
    kind: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """None: a visitor, of whom nothing is kept."""
    site_id: Mapped[str | None] = mapped_column(ForeignKey("sites.id"))
    """The site on whose pages it happened; None: on the service's own, or at the provider."""
    ladder: Mapped[str] = mapped_column(String(20))
    plan_from: Mapped[str | None] = mapped_column(String(20))
    plan_to: Mapped[str | None] = mapped_column(String(20))
    source: Mapped[str | None] = mapped_column(String(40))
    """Where it came from: a page (pricing), a prompt (limit.robots), a campaign."""
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
