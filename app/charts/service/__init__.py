"""Use cases of charts."""

from app.charts.service.actors import Actor, actor_of, member
from app.charts.service.changing import apply, undo
from app.charts.service.charts import (
    create_chart,
    delete_chart,
    get_chart,
    list_charts,
    list_revisions,
    prune,
    rename,
    restore_chart,
)
from app.charts.service.data import instrument_of, reach_of

__all__ = [
    "Actor",
    "actor_of",
    "apply",
    "create_chart",
    "delete_chart",
    "get_chart",
    "instrument_of",
    "list_charts",
    "list_revisions",
    "member",
    "prune",
    "reach_of",
    "rename",
    "restore_chart",
    "undo",
]
