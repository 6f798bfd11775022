"""Pure: which steps of a funnel there are, and which one a change of plan is."""

from __future__ import annotations

import re
from dataclasses import dataclass

KINDS = (
    "sign_up",
    "pricing_viewed",
    "limit_reached",
    "prompt_shown",
    "prompt_followed",
    "contact_asked",
    "checkout_started",
    "trial_started",
    "plan_started",
    "upgraded",
    "downgraded",
    "paused",
    "resumed",
    "cancelled",
    "ended",
)
SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
FREE = "free"


@dataclass(frozen=True)
class Standing:
    """Where a member stands on a ladder."""

    plan: str
    rank: int
    """The place of the plan on its ladder, the free one first."""
    is_trial: bool = False
    is_paused: bool = False
    is_leaving: bool = False
    """Cancelled: usable until it ends."""


NOWHERE = Standing(FREE, 0)


def is_source(text: str) -> bool:
    """Whether a text names a source: short, and no place for a person's words."""
    return SOURCE.fullmatch(text) is not None


def step(before: Standing, after: Standing) -> str | None:
    """Return which step of the funnel a change of plan is; None when it is none.

    What becomes of the plan counts before what becomes of its price: who leaves a paused plan has
    left, and who comes back from a pause on a higher plan has gone up.
    """
    changed = (
        (
            before.rank == 0 and after.rank > 0,
            "trial_started" if after.is_trial else "plan_started",
        ),
        (before.rank > 0 and after.rank == 0, "ended"),
        (after.rank > before.rank, "upgraded"),
        (after.rank < before.rank, "downgraded"),
        (after.is_leaving and not before.is_leaving, "cancelled"),
        (after.is_paused and not before.is_paused, "paused"),
        (before.is_leaving and not after.is_leaving, "resumed"),
        (before.is_paused and not after.is_paused, "resumed"),
        (before.is_trial and not after.is_trial and after.rank > 0, "plan_started"),
    )
    return next((kind for is_so, kind in changed if is_so), None)
