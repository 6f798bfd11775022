"""The gateway to models: the front door of the slice."""

from app.ai.service.calls import prune, sweep
from app.ai.service.gateway import run
from app.ai.service.keys import check_key, delete_key, list_keys, save_key
from app.ai.service.progress import Progress, ask_to_stop
from app.ai.service.progress import read as read_progress
from app.ai.service.prompts import (
    add_prompt,
    choose_prompt,
    get_prompt,
    list_prompts,
    prompt,
    register_prompt,
)

__all__ = [
    "Progress",
    "add_prompt",
    "ask_to_stop",
    "check_key",
    "choose_prompt",
    "delete_key",
    "get_prompt",
    "list_keys",
    "list_prompts",
    "prompt",
    "prune",
    "read_progress",
    "register_prompt",
    "run",
    "save_key",
    "sweep",
]
