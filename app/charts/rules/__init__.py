"""Pure: what an operation makes of a document, how it is taken back, where things may be drawn."""

from app.charts.rules.applying import MACHINES, Hand, apply, claimed, is_machine
from app.charts.rules.changes import Change, diff, revert
from app.charts.rules.documents import read_document, read_settings, size_checked, written
from app.charts.rules.levels import SHORT, level_tone, shown_levels
from app.charts.rules.places import Reach, check_places
from app.charts.rules.replaying import as_known, changes_what_is_hidden

__all__ = [
    "MACHINES",
    "SHORT",
    "Change",
    "Hand",
    "Reach",
    "apply",
    "as_known",
    "changes_what_is_hidden",
    "check_places",
    "claimed",
    "diff",
    "is_machine",
    "level_tone",
    "read_document",
    "read_settings",
    "revert",
    "shown_levels",
    "size_checked",
    "written",
]
