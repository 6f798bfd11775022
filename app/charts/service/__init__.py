"""Use cases of charts."""

from app.charts.rules import SHORT as LEVELS
from app.charts.rules import as_known, level_tone, shown_levels
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
from app.charts.service.replays import (
    create_replay,
    delete_replay,
    get_replay,
    list_replays,
    replay_csv,
    step,
)
from app.charts.service.screenshot import draw, screenshot
from app.charts.service.sharing import (
    list_shares,
    read_shared,
    share_chart,
    shared_picture,
    unshare_chart,
)

__all__ = [
    "LEVELS",
    "Actor",
    "actor_of",
    "apply",
    "as_known",
    "bars_csv",
    "create_chart",
    "create_replay",
    "delete_chart",
    "delete_replay",
    "draw",
    "get_chart",
    "get_replay",
    "instrument_of",
    "level_tone",
    "list_charts",
    "list_replays",
    "list_revisions",
    "list_shares",
    "member",
    "owner_of",
    "prune",
    "reach_of",
    "read_shared",
    "rename",
    "replay_csv",
    "restore_chart",
    "screenshot",
    "share_chart",
    "shared_picture",
    "shown_levels",
    "step",
    "undo",
    "unshare_chart",
]
