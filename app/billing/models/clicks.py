"""How often calls to action were followed: counts of a day, and nothing of who did."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, String
from sqlalchemy.orm import Mapped, mapped_column

from app.billing.rules.clicks import PLACES
from app.core.db import db


class CallClicks(db.Model):
    """How often the button of a plan was pressed on a day, at a site and a place of it."""

    __tablename__ = "call_clicks"
    __table_args__ = (CheckConstraint(f"place IN {PLACES}", name="place"),)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    """In UTC."""
    site_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    ladder: Mapped[str] = mapped_column(String(20), primary_key=True)
    plan: Mapped[str] = mapped_column(String(20), primary_key=True)
    place: Mapped[str] = mapped_column(String(10), primary_key=True)
    count: Mapped[int]
