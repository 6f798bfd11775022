"""Use cases of robots: the catalogue, a site's shelf, who runs what, and backtests."""

from app.robots.queries import list_access
from app.robots.service.backtest import MA_CROSS, run_backtest, session_times
from app.robots.service.catalogue import (
    active_robots,
    get_robot,
    list_page,
    list_robots,
    names,
    read_catalogue,
    strategies,
    sync_catalogue,
)
from app.robots.service.plugins import (
    check_parameters,
    get_version,
    keep_version,
    list_versions,
    load_catalogue,
    sync_versions,
    version_of,
)
from app.robots.service.plugins import get_plugin as get_plugin
from app.robots.service.shelf import present, shelf, shelf_robot, shown_robot

__all__ = [
    "MA_CROSS",
    "active_robots",
    "check_parameters",
    "get_plugin",
    "get_robot",
    "get_version",
    "keep_version",
    "list_access",
    "list_page",
    "list_robots",
    "list_versions",
    "load_catalogue",
    "names",
    "present",
    "read_catalogue",
    "run_backtest",
    "session_times",
    "shelf",
    "shelf_robot",
    "shown_robot",
    "strategies",
    "sync_catalogue",
    "sync_versions",
    "version_of",
]
