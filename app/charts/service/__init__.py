"""Use cases of charts."""

from app.charts.service.actors import Actor, actor_of, member
from app.charts.service.changing import apply, undo
from app.charts.service.charts import (
    create_chart,
    delete_chart,
    get_chart,
    list_charts,
    list_revisions,
    owner_of,
    prune,
    rename,
    restore_chart,
)
from app.charts.service.data import instrument_of, reach_of
from app.charts.service.files import bars_csv
from app.charts.service.screenshot import draw, screenshot

__all__ = [
    "Actor",
    "actor_of",
    "apply",
    "bars_csv",
    "create_chart",
    "delete_chart",
    "draw",
    "get_chart",
    "instrument_of",
    "list_charts",
    "list_revisions",
    "member",
    "owner_of",
    "prune",
    "reach_of",
    "rename",
    "restore_chart",
    "screenshot",
    "undo",
]
