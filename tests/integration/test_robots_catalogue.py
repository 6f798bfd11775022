"""The catalogue in the database, and what members run."""

from decimal import Decimal

import pytest

from app.core.db import transaction
from app.ledger import service as ledger
from app.robots import service
from app.robots.errors import RobotNotFoundError
from app.robots.schemas import STRATEGY_LABELS
from app.robots.service import plugins

IDS = {path.parent.name for path in plugins.BUILTIN.glob("*/robot.py")}


def sync(**options):
    with transaction():
        return service.sync_catalogue(**options)


def test_without_the_demo_only_real_robots_are_listed(app):
    assert sync() == len(IDS)
    assert {robot.id for robot in service.list_robots()} == IDS
    assert len(service.strategies()) == len(STRATEGY_LABELS)
    with pytest.raises(RobotNotFoundError):
        service.get_robot("gap_fade")


def test_with_the_demo_twelve_invented_robots_stand_beside_the_real_one(app):
    assert sync(demo=True) == 12 + len(IDS)
    robots = service.list_robots()
    assert [robot.name for robot in robots] == sorted(robot.name for robot in robots)
    assert {robot.id for robot in robots if not robot.is_demo} == IDS
    assert {robot.min_tier for robot in robots} == {"free", "low", "mid", "premium"}
    assert all("imulated" in robot.market for robot in robots if robot.is_demo)
    assert service.get_robot("null_coin").strategy_label == "Null (random)"


def test_syncing_twice_changes_nothing_and_keeps_the_choice_of_demo(app):
    sync(demo=True)
    assert sync() == 0
    assert len(service.list_robots()) == 12 + len(IDS)
    assert sync(demo=False) == 12
    assert sync() == 0
    assert {robot.id for robot in service.list_robots()} == IDS
    assert service.names(["gap_fade", "elsewhere"]) == {
        "gap_fade": "Gap Fade",
        "elsewhere": "elsewhere",
    }


def test_active_robots_are_those_with_accounts_listed_or_not(app, member):
    sync()
    user_id, other = member(), member("other@example.test")
    with transaction():
        ledger.open_account(user_id, "ma_cross", "journal")
        ledger.open_account(user_id, "ma_cross", "paper", starting_balance=Decimal(100))
        ledger.open_account(user_id, "my_own_robot", "journal")
        ledger.open_account(other, "ma_cross", "paper")
    active = service.active_robots(user_id)
    assert [(robot.plugin_id, robot.name, robot.kinds) for robot in active] == [
        ("ma_cross", "Moving Average Cross", ["journal", "paper"]),
        ("my_own_robot", "my_own_robot", ["journal"]),
    ]
    assert active[1].robot is None
    assert len(active[0].account_ids) == 2
