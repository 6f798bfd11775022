"""Use cases of analyses."""

from app.analysis.service.applying import apply, undo
from app.analysis.service.asking import FEATURE, ask, dismiss, stop
from app.analysis.service.calibrating import calibrate, read_calibration
from app.analysis.service.following import follow_due
from app.analysis.service.proposing import PROMPT, TASK
from app.analysis.service.reading import (
    compare,
    get_analysis,
    list_analyses,
    newest_analysis,
    view,
)
from app.analysis.service.trying import sample_symbol, try_prompt
from app.analysis.service.writing import write

__all__ = [
    "FEATURE",
    "PROMPT",
    "TASK",
    "apply",
    "ask",
    "calibrate",
    "compare",
    "dismiss",
    "follow_due",
    "get_analysis",
    "list_analyses",
    "newest_analysis",
    "read_calibration",
    "sample_symbol",
    "stop",
    "try_prompt",
    "undo",
    "view",
    "write",
]
