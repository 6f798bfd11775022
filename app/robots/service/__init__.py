"""Use cases of robots: the catalogue, a site's shelf, who runs what, and backtests."""

from app.robots.queries import list_access
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
from app.robots.service.deployments import (
    change_parameters,
    deploy,
    erase_person,
    get_deployment,
    list_deployments,
    list_orders,
    list_public,
    pause,
    positions,
    resume,
    stop,
    working_orders,
)
from app.robots.service.permission import may_deploy
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
from app.robots.service.runs import (
    cancel_run,
    get_run,
    list_runs,
    run_trades_csv,
    start_run,
)
from app.robots.service.shelf import present, shelf, shelf_robot, shown_robot

__all__ = [
    "active_robots",
    "cancel_run",
    "change_parameters",
    "check_parameters",
    "deploy",
    "erase_person",
    "get_deployment",
    "get_plugin",
    "get_robot",
    "get_run",
    "get_version",
    "keep_version",
    "list_access",
    "list_deployments",
    "list_orders",
    "list_page",
    "list_public",
    "list_robots",
    "list_runs",
    "list_versions",
    "load_catalogue",
    "may_deploy",
    "names",
    "pause",
    "positions",
    "present",
    "read_catalogue",
    "resume",
    "run_trades_csv",
    "shelf",
    "shelf_robot",
    "shown_robot",
    "start_run",
    "stop",
    "strategies",
    "sync_catalogue",
    "sync_versions",
    "version_of",
    "working_orders",
]
