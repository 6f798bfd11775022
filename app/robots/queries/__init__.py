"""Reading the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from app.core import clock
from app.core.db import db, is_sqlite
from app.core.i18n import gettext
from app.robots.errors import RobotNotFoundError
from app.robots.models import Plugin, PluginAccess, RobotVersion, SiteRobot


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
        message = gettext("There is no such robot.")
        raise RobotNotFoundError(message, plugin_id=plugin_id)
    return plugin


def find_plugins(plugin_ids: Iterable[str]) -> dict[str, Plugin]:
    """Return robots by id, unlisted ones too."""
    ids = list(plugin_ids)
    return {row.id: row for row in db.session.scalars(select(Plugin).where(Plugin.id.in_(ids)))}


def known_versions(code_hashes: Iterable[str]) -> dict[tuple[str, str], RobotVersion]:
    """Return the kept versions of these code hashes, by robot and hash."""
    rows = db.session.scalars(
        select(RobotVersion).where(RobotVersion.code_hash.in_(list(code_hashes)))
    )
    return {(row.plugin_id, row.code_hash): row for row in rows}


def list_versions(plugin_id: str) -> list[RobotVersion]:
    """Return all versions of a robot's code, the newest first."""
    mine = RobotVersion.plugin_id == plugin_id
    newest = (RobotVersion.first_seen_at.desc(), RobotVersion.id.desc())
    return list(db.session.scalars(select(RobotVersion).where(mine).order_by(*newest)))


def keep_version(values: dict[str, Any]) -> bool:
    """Keep a version unless it is kept already; say whether it is new."""
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    statement = insert(RobotVersion).values(**values, first_seen_at=clock.now())
    kept = db.session.execute(statement.on_conflict_do_nothing().returning(RobotVersion.id))
    return kept.scalar() is not None


def list_access(user_id: int) -> list[PluginAccess]:
    """Return which robots a user may use."""
    mine = PluginAccess.user_id == user_id
    return list(db.session.scalars(select(PluginAccess).where(mine).order_by(PluginAccess.id)))


def site_robots(site_id: str) -> dict[str, SiteRobot]:
    """Return what a site has made of the catalogue, by robot."""
    rows = db.session.scalars(select(SiteRobot).where(SiteRobot.site_id == site_id))
    return {row.plugin_id: row for row in rows}


def find_site_robot(site_id: str, plugin_id: str) -> SiteRobot | None:
    """Return what a site has made of one robot."""
    return db.session.get(SiteRobot, (site_id, plugin_id))


def lock_site_robot(site_id: str, plugin_id: str, by: int) -> SiteRobot:
    """Return a site's row of a robot, locked; an untouched one is made at need, as version 0."""
    values = {
        "site_id": site_id,
        "plugin_id": plugin_id,
        "is_featured": False,
        "is_hidden": False,
        "position": 0,
        "version": 0,
        "updated_by": by,
        "updated_at": clock.now(),
    }
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    db.session.execute(insert(SiteRobot).values(values).on_conflict_do_nothing())
    return db.session.execute(
        select(SiteRobot)
        .where(SiteRobot.site_id == site_id, SiteRobot.plugin_id == plugin_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()
