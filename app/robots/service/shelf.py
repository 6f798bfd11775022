"""A site's own shelf: which robots it presents, in which words, and which first.

Robots, their facts and their figures belong to the service; nothing here changes them, and what
one site decides no other site sees. A robot that a site hides keeps its place on every board:
leaving out those who lose is what a record must not do.
"""

from __future__ import annotations

from app.core import clock
from app.core.db import db
from app.core.errors import ConflictError
from app.core.i18n import gettext
from app.robots import queries
from app.robots.errors import RobotNotFoundError
from app.robots.models import Plugin, SiteRobot
from app.robots.schemas import PresentationIn, Robot, ShelfRobot
from app.robots.service.catalogue import to_robot


def shelf(site_id: str | None) -> list[ShelfRobot]:
    """Return every listed robot as a site presents it, hidden ones too, by the robot's own name.

    Without a site it is the bare catalogue.
    """
    own = queries.site_robots(site_id) if site_id else {}
    return [_shelf_robot(plugin, own.get(plugin.id)) for plugin in queries.list_listed_plugins()]


def shelf_robot(site_id: str | None, plugin_id: str) -> ShelfRobot:
    """Return one robot as a site presents it, hidden or not.

    Raises:
        RobotNotFoundError: the catalogue has none of this id.
    """
    plugin = queries.get_plugin(plugin_id)
    return _shelf_robot(plugin, queries.find_site_robot(site_id, plugin_id) if site_id else None)


def shown_robot(site_id: str | None, plugin_id: str) -> ShelfRobot:
    """Return a robot that a site shows.

    Raises:
        RobotNotFoundError: there is none of this id, or the site hides it.
    """
    found = shelf_robot(site_id, plugin_id)
    if found.is_hidden:
        message = gettext("There is no such robot.")
        raise RobotNotFoundError(message, plugin_id=plugin_id)
    return found


def present(
    site_id: str, plugin_id: str, given: PresentationIn, *, version: int, by: int
) -> ShelfRobot:
    """Change how a site presents a robot, if nobody changed it since `version`.

    Sending the same again is fine.

    Raises:
        RobotNotFoundError: the catalogue has none of this id.
        ConflictError: somebody else changed it; `current` of the details is what they made.
    """
    plugin = queries.get_plugin(plugin_id)
    row = queries.lock_site_robot(site_id, plugin_id, by)
    wanted = given.model_dump()
    if all(getattr(row, name) == value for name, value in wanted.items()):
        return _shelf_robot(plugin, row)
    if row.version != version:
        message = gettext("Somebody else has changed this robot meanwhile.")
        current = _shelf_robot(plugin, row)
        raise ConflictError(
            message, code="changed_meanwhile", current=current.model_dump(mode="json")
        )
    for name, value in wanted.items():
        setattr(row, name, value)
    row.version, row.updated_by, row.updated_at = row.version + 1, by, clock.now()
    db.session.flush()
    return _shelf_robot(plugin, row)


def _shelf_robot(plugin: Plugin, row: SiteRobot | None) -> ShelfRobot:
    facts = to_robot(plugin)
    if row is None or not row.version:
        return ShelfRobot(facts=facts, robot=facts)
    changes = {"name": row.title or facts.name, "description": row.summary or facts.description}
    return ShelfRobot(
        facts=facts,
        robot=Robot.model_validate({**facts.model_dump(), **changes}),
        title=row.title,
        summary=row.summary,
        is_featured=row.is_featured,
        is_hidden=row.is_hidden,
        position=row.position,
        version=row.version,
        updated_by=row.updated_by,
        updated_at=row.updated_at,
    )
