"""Reading the catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from app.core.db import db
from app.robots.errors import RobotNotFoundError
from app.robots.models import Plugin


def list_plugins() -> list[Plugin]:
    """Return all robots, unlisted ones too."""
    return list(db.session.scalars(select(Plugin).order_by(Plugin.name)))


def list_listed_plugins() -> list[Plugin]:
    """Return the robots that the marketplace shows, by name."""
    return list(
        db.session.scalars(select(Plugin).where(Plugin.is_listed.is_(True)).order_by(Plugin.name))
    )


def get_plugin(plugin_id: str) -> Plugin:
    """Return a listed robot; RobotNotFoundError when there is none."""
    plugin = db.session.get(Plugin, plugin_id)
    if plugin is None or not plugin.is_listed:
        message = "There is no such robot."
        raise RobotNotFoundError(message, plugin_id=plugin_id)
    return plugin


def find_plugins(plugin_ids: Iterable[str]) -> dict[str, Plugin]:
    """Return robots by id, unlisted ones too."""
    ids = list(plugin_ids)
    return {row.id: row for row in db.session.scalars(select(Plugin).where(Plugin.id.in_(ids)))}
