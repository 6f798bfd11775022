"""What calls of a task to a model usually use: learned from the newest ones, for estimates."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import func, select

from app.ai.models import AiCall
from app.ai.rules.money import Habit
from app.core import clock
from app.core.db import db

NEWEST = 50
ENOUGH = 10
KEPT = timedelta(seconds=20)
"""A habit does not change from one call to the next, and to learn it reads fifty rows."""


def habit_of(model_name: str, task: str) -> Habit:
    """Return what the newest settled calls of a task to a model have used."""
    kept: dict[tuple[str, str], tuple[datetime, Habit]]
    kept = current_app.extensions.setdefault("ai_habits", {})
    now = clock.now()
    known = kept.get((model_name, task))
    if known and known[0] <= now < known[0] + KEPT and known[1].calls >= ENOUGH:
        return known[1]
    found = _learn(model_name, task)
    kept[model_name, task] = (now, found)
    return found


def _learn(model_name: str, task: str) -> Habit:
    newest = (
        select(AiCall.characters, AiCall.input_tokens, AiCall.output_tokens)
        .where(
            AiCall.model == model_name, AiCall.task == task, AiCall.state == "settled",
            AiCall.input_tokens > 0,
        )
        .order_by(AiCall.id.desc())
        .limit(NEWEST)
        .subquery()
    )  # fmt: skip
    sums = (func.coalesce(func.sum(column), 0) for column in newest.c)
    row = db.session.connection().execute(select(*sums, func.count()).select_from(newest)).one()
    return Habit(*(int(value) for value in row))
