"""The gateway to models: the front door of the slice."""

from app.ai.rules.settings import OWN_SITE
from app.ai.service.alarms import watch
from app.ai.service.calls import prune, sweep
from app.ai.service.checkups import ask_check as ask_model_check
from app.ai.service.checkups import check_model, health, try_check
from app.ai.service.gateway import run
from app.ai.service.keys import (
    FEATURE,
    ask_check,
    check_key,
    delete_key,
    key_use,
    limit_key,
    list_keys,
    save_key,
)
from app.ai.service.own_keys import (
    ModelKeys,
    act_on_model_keys,
    change_limits,
    check_again,
    model_keys,
    show_keys,
    take_key,
)
from app.ai.service.progress import Progress, ask_to_stop
from app.ai.service.progress import read as read_progress
from app.ai.service.prompts import (
    add_prompt,
    choose_prompt,
    get_prompt,
    keep_own,
    list_prompts,
    prompt,
    register_prompt,
)
from app.ai.service.settings import change as change_setting
from app.ai.service.settings import known_models, list_settings, providers
from app.ai.service.usage import list_alarms, own_use, runs, runs_file, usage
from app.ai.service.versions import get_task as prompt_versions
from app.ai.service.versions import get_text as prompt_version
from app.ai.service.versions import list_tasks as list_prompt_tasks

__all__ = [
    "FEATURE",
    "OWN_SITE",
    "ModelKeys",
    "Progress",
    "act_on_model_keys",
    "add_prompt",
    "ask_check",
    "ask_model_check",
    "ask_to_stop",
    "change_limits",
    "change_setting",
    "check_again",
    "check_key",
    "check_model",
    "choose_prompt",
    "delete_key",
    "get_prompt",
    "health",
    "keep_own",
    "key_use",
    "known_models",
    "limit_key",
    "list_alarms",
    "list_keys",
    "list_prompt_tasks",
    "list_prompts",
    "list_settings",
    "model_keys",
    "own_use",
    "prompt",
    "prompt_version",
    "prompt_versions",
    "providers",
    "prune",
    "read_progress",
    "register_prompt",
    "run",
    "runs",
    "runs_file",
    "save_key",
    "show_keys",
    "sweep",
    "take_key",
    "try_check",
    "usage",
    "watch",
]
