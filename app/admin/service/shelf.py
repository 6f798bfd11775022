"""The catalogue as a site presents it, for its administrators."""

from __future__ import annotations

from app.accounts import service as accounts
from app.admin.schemas import Shelf, ShelfItem
from app.billing import service as billing
from app.performance import service as performance
from app.performance.schemas import RobotRecord
from app.robots import service as catalogue
from app.robots.schemas import PresentationIn, ShelfRobot


def robots(site_id: str) -> Shelf:
    """Return every robot with its facts and how this site presents it."""
    shelf = catalogue.shelf(site_id)
    records = performance.robot_records([each.facts.id for each in shelf])
    return Shelf(items=[_item(each, records.get(each.facts.id)) for each in shelf])


def robot(site_id: str, plugin_id: str) -> ShelfItem:
    """Return one robot, hidden or not."""
    found = catalogue.shelf_robot(site_id, plugin_id)
    return _item(found, performance.robot_records([plugin_id]).get(plugin_id))


def present(
    site_id: str, plugin_id: str, given: PresentationIn, *, version: int, by: int
) -> ShelfItem:
    """Change how this site presents a robot."""
    found = catalogue.present(site_id, plugin_id, given, version=version, by=by)
    accounts.audit("shelf.changed", site_id=site_id, subject=f"robot:{plugin_id}", wp_user=by)
    return _item(found, performance.robot_records([plugin_id]).get(plugin_id))


def _item(shelf: ShelfRobot, record: RobotRecord | None) -> ShelfItem:
    metrics = record.metrics if record else None
    presented = shelf.model_dump(exclude={"facts", "robot"})
    return ShelfItem(
        facts=shelf.facts,
        strategy_label=shelf.facts.strategy_label,
        plan=billing.get_plan(shelf.facts.min_tier).name,
        kinds=record.kinds if record else [],
        accounts=record.account_count if record else 0,
        trades=metrics.trade_count if metrics else 0,
        record_days=record.days if record else 0,
        **presented,
    )
