"""The catalogue: a robot is a row of `plugins` (the name of the public contract)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.types import UtcDateTime
from app.robots.models.running import (
    RobotDeployment,
    RobotOrder,
    RobotRun,
    RobotRunFile,
    RobotRunTry,
)

__all__ = [
    "ACCESS_LEVELS",
    "Plugin",
    "PluginAccess",
    "RobotDeployment",
    "RobotOrder",
    "RobotRun",
    "RobotRunFile",
    "RobotRunTry",
    "SiteRobot",
]

ACCESS_LEVELS = ("full", "limited", "demo")


class Plugin(db.Model):
    """A robot in the catalogue."""

    __tablename__ = "plugins"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The slug in URLs and JSON, such as "ma_cross"."""
    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(Text)
    strategy: Mapped[str] = mapped_column(String(20))
    """trend, reversion, breakout, pairs, arbitrage, market_making, options, null, journal."""
    market: Mapped[str] = mapped_column(String(60))
    """What it trades, in words: "US large cap"."""
    version: Mapped[str] = mapped_column(String(20))
    min_tier: Mapped[str] = mapped_column(String(10), default="free")
    is_listed: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RobotVersion(db.Model):
    """A robot's code as it once ran, kept for ever: an old record can always be read with it."""

    __tablename__ = "robot_versions"
    __table_args__ = (UniqueConstraint("plugin_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plugin_id: Mapped[str] = mapped_column(ForeignKey("plugins.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    """Of the code and the contract that it is written against (`SDK_VERSION`)."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    """metadata.json as it was when this code was seen first."""
    parameters_schema: Mapped[dict[str, Any]] = mapped_column(JSON)
    lookback: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    first_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PluginAccess(db.Model):
    """Which robot a user may use, how far and for how long."""

    __tablename__ = "user_plugin_access"
    __table_args__ = (
        UniqueConstraint("user_id", "plugin_id"),
        CheckConstraint(f"access_level IN {ACCESS_LEVELS}", name="access_level"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    plugin_id: Mapped[str] = mapped_column(ForeignKey("plugins.id"), index=True)
    access_level: Mapped[str] = mapped_column(String(10), default="full")
    purchased_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SiteRobot(db.Model):
    """How one site presents a robot on its shelf; facts and figures are not a site's to change."""

    __tablename__ = "site_robots"

    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    plugin_id: Mapped[str] = mapped_column(ForeignKey("plugins.id"), primary_key=True)
    title: Mapped[str | None] = mapped_column(String(80))
    summary: Mapped[str | None] = mapped_column(String(400))
    is_featured: Mapped[bool] = mapped_column(default=False)
    is_hidden: Mapped[bool] = mapped_column(default=False)
    """Not on the marketplace of this site; the record stays on every board."""
    position: Mapped[int] = mapped_column(default=0)
    """The order among the featured ones."""
    version: Mapped[int] = mapped_column(default=0)
    """Grows with each change, so that two administrators do not undo one another's."""
    updated_by: Mapped[int]
    """The WordPress user of the site."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
