"""What the operator does with commands, and what a site's administrators see and decide."""

from typing import Any

from app.admin.service.ai import (
    ai_change_setting,
    ai_check,
    ai_health,
    ai_runs,
    ai_runs_file,
    ai_settings,
    ai_usage,
)
from app.admin.service.audit import audit_log
from app.admin.service.business import business, business_file, business_rows
from app.admin.service.cases import decide, moderation
from app.admin.service.invariants import Checked, check_invariants, check_nightly
from app.admin.service.logs import logs
from app.admin.service.money import (
    cancel_plan,
    change_plan,
    check_member,
    gift_plan,
    hold_creator,
    member_money,
    operation,
    preview_change,
    refund,
    replay,
)
from app.admin.service.overview import overview
from app.admin.service.people import (
    begin_view,
    end_view,
    member,
    members,
    running_view,
    set_disabled,
)
from app.admin.service.prompts import (
    add_prompt,
    choose_prompt,
    prompt_detail,
    prompts,
    try_prompt,
)
from app.admin.service.shelf import present, robot, robots

# These bring numpy along, which the web process does not need: found when they are first asked for.
LATE = (
    "DemoError",
    "Seeded",
    "create_user",
    "seed",
    "give_plan",
    "seed_at_work",
    "seed_options",
    "seed_demo",
    "seed_sample",
)

__all__ = [
    "Checked",
    "DemoError",
    "Seeded",
    "add_prompt",
    "ai_change_setting",
    "ai_check",
    "ai_health",
    "ai_runs",
    "ai_runs_file",
    "ai_settings",
    "ai_usage",
    "audit_log",
    "begin_view",
    "business",
    "business_file",
    "business_rows",
    "cancel_plan",
    "change_plan",
    "check_invariants",
    "check_member",
    "check_nightly",
    "choose_prompt",
    "create_user",
    "decide",
    "end_view",
    "gift_plan",
    "give_plan",
    "hold_creator",
    "logs",
    "member",
    "member_money",
    "members",
    "moderation",
    "operation",
    "overview",
    "present",
    "preview_change",
    "prompt_detail",
    "prompts",
    "refund",
    "replay",
    "robot",
    "robots",
    "running_view",
    "seed",
    "seed_at_work",
    "seed_demo",
    "seed_options",
    "seed_sample",
    "set_disabled",
    "try_prompt",
]


def __getattr__(name: str) -> Any:
    if name not in LATE:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from app.admin.service import demo

    return getattr(demo, name)
