"""The catalogue, what a site makes of it, and who runs what."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.core import clock
from app.core.db import db
from app.core.paging import seal
from app.ledger import service as ledger
from app.robots import queries
from app.robots.models import Plugin
from app.robots.schemas import (
    STRATEGY_LABELS,
    ActiveRobot,
    Catalogue,
    PluginQuery,
    Robot,
    RobotPage,
    Strategy,
)
from app.robots.service import plugins

CATALOGUE_PATH = Path(__file__).parents[1] / "catalogue.toml"


@lru_cache(maxsize=1)
def read_catalogue(path: Path = CATALOGUE_PATH) -> Catalogue:
    """Return the checked contents of the catalogue file: the robots of the demo."""
    return Catalogue.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def real_robots() -> list[Robot]:
    """Return the robots that have a folder with code that can be run."""
    fields = set(Robot.model_fields) - {"is_demo"}
    return [
        Robot(**folder.metadata.model_dump(include=fields), is_demo=False)
        for folder in plugins.usable_folders()
    ]


def sync_catalogue(*, demo: bool | None = None) -> int:
    """Bring the table of robots to folders and catalogue file; return how many rows changed.

    Real robots are always listed. Demo robots are listed with `demo` True, hidden with False and
    left as they are with None. A robot that is there no longer, or whose code cannot be run, is
    hidden, never deleted: records refer to it.
    """
    known = {plugin.id: plugin for plugin in queries.list_plugins()}
    changed = 0
    real = real_robots()
    taken = {robot.id for robot in real}
    for robot in [*real, *(each for each in read_catalogue().robots if each.id not in taken)]:
        plugin = known.pop(robot.id, None)
        listed = _listing(robot, plugin, demo=demo)
        if plugin is None and not listed:
            continue
        changed += _write_plugin(plugin, robot, is_listed=listed)
    for plugin in known.values():
        changed += plugin.is_listed
        plugin.is_listed = False
    db.session.flush()
    return changed


def _listing(robot: Robot, plugin: Plugin | None, *, demo: bool | None) -> bool:
    if not robot.is_demo:
        return True
    if demo is None:
        return plugin is not None and plugin.is_listed
    return demo


def _write_plugin(plugin: Plugin | None, robot: Robot, *, is_listed: bool) -> bool:
    values: dict[str, Any] = {**robot.model_dump(), "is_listed": is_listed}
    now = clock.now()
    if plugin is None:
        db.session.add(Plugin(**values, created_at=now, updated_at=now))
        return True
    changes = {name: value for name, value in values.items() if getattr(plugin, name) != value}
    for name, value in changes.items():
        setattr(plugin, name, value)
    if changes:
        plugin.updated_at = now
    return bool(changes)


def list_robots() -> list[Robot]:
    """Return the listed robots by name."""
    return [to_robot(plugin) for plugin in queries.list_listed_plugins()]


def list_page(asked: PluginQuery) -> RobotPage:
    """Return a page of the listed robots, by name and id."""
    found = sorted(
        (robot for robot in list_robots() if asked.strategy in {None, robot.strategy}),
        key=_place,
    )
    rest = [robot for robot in found if asked.cursor is None or _place(robot) > asked.cursor]
    page, more = rest[: asked.limit], len(rest) > asked.limit
    return RobotPage(page, seal("plugins", _place(page[-1])) if more else None)


def _place(robot: Robot) -> list[str]:
    return [robot.name, robot.id]


def get_robot(plugin_id: str) -> Robot:
    """Return a listed robot.

    Raises:
        RobotNotFoundError: there is none of this id.
    """
    return to_robot(queries.get_plugin(plugin_id))


def names(plugin_ids: Iterable[str]) -> dict[str, str]:
    """Return what to call robots; one that is not in the catalogue is called by its id."""
    wanted = set(plugin_ids)
    known = queries.find_plugins(wanted)
    return {key: known[key].name if key in known else key for key in wanted}


def strategies() -> list[Strategy]:
    """Return the strategies that listed robots follow, in the order of STRATEGY_LABELS."""
    followed = {plugin.strategy for plugin in queries.list_listed_plugins()}
    return [
        Strategy(key=key, label=str(label))
        for key, label in STRATEGY_LABELS.items()
        if key in followed
    ]


def active_robots(user_id: int) -> list[ActiveRobot]:
    """Return the robots that a user keeps accounts of, by name; backtests count too."""
    accounts: dict[str, list[Any]] = {}
    for account in ledger.list_accounts(user_id):
        accounts.setdefault(account.plugin_id, []).append(account)
    known = queries.find_plugins(accounts)
    active = [
        ActiveRobot(
            plugin_id=plugin_id,
            name=known[plugin_id].name if plugin_id in known else plugin_id,
            robot=to_robot(known[plugin_id]) if plugin_id in known else None,
            kinds=sorted({account.kind for account in own}),
            account_ids=[account.id for account in own],
            is_simulated=any(account.is_simulated for account in own),
            opened_on=min((a.opened_on for a in own if a.opened_on), default=None),
        )
        for plugin_id, own in accounts.items()
    ]
    return sorted(active, key=lambda robot: robot.name)


def to_robot(plugin: Plugin) -> Robot:
    """Return a row as a robot."""
    return Robot.model_validate({name: getattr(plugin, name) for name in Robot.model_fields})
