"""How models do: their breakers, the last hour and day, and a check by hand."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any, Literal

from flask import current_app
from sqlalchemy import select

from app.accounts import service as accounts
from app.ai.errors import ModelAwayError
from app.ai.models import AiBreaker, AiCall, AiRun
from app.ai.rules.catalogue import read_catalogue
from app.ai.rules.words import why
from app.ai.schemas import Ask, Outcome
from app.ai.schemas.owner import Health, ModelHealth, Window
from app.ai.service import gateway, keys, settings
from app.core import backlog, clock, outbox
from app.core.db import db, transaction
from app.core.errors import AppError, NotFoundError
from app.core.i18n import gettext

TASK = "check"
PROMPT = "Answer with the one word: ok."
QUEUE = "ai"
NEWEST = 1_000
"""So many calls of a model's last day are looked at."""


def health() -> Health:
    """Return how each model does, and how many questions wait for a worker."""
    breakers = {row.model: row for row in db.session.scalars(select(AiBreaker))}
    off, passed_over, now = settings.switched_off(), keys.passed_over(), clock.now()
    depth = next((one for one in backlog.depths() if one.queue == QUEUE), None)
    return Health(
        models=[
            _model(name, breakers.get(name), passed_over.get(name, []), is_off=name in off, now=now)
            for name in read_catalogue().models
        ],
        waiting=depth.waiting if depth else 0,
        oldest_seconds=depth.oldest_seconds if depth else 0,
    )


def ask_check(model: str, *, by: int | None) -> None:
    """Let a worker ask a model the cheapest question there is: once a minute at most."""
    _known(model)
    with transaction():
        minute = int(clock.now().timestamp()) // 60
        key = f"{model}:{minute}"
        outbox.enqueue("ai.check_model", {"model": model, "key": key}, key=key, queue=QUEUE)
        accounts.audit("ai.model_checked", subject=f"ai-model:{model}", wp_user=by)


def check_model(model: str, key: str) -> str:
    """Ask a model one word, whatever its breaker says; return done or why not. For a worker."""
    _known(model)
    _half_open(model)
    ask = Ask(task=TASK, request_key=key, text="ok?", only=(model,))
    try:
        gateway.run(ask)
    except ModelAwayError as error:
        return error.reason
    except AppError as error:
        return str(error.code)
    return "done"


def try_check(user_id: int, request_key: str, number: int, *, site_id: str | None) -> Outcome:
    """Ask the first model that can answer the one word by a version of the prompt, as a dry run."""
    ask = Ask(
        task=TASK, request_key=request_key, text="ok?", user_id=user_id, site_id=site_id,
        prompt_number=number, is_trial=True,
    )  # fmt: skip
    return gateway.run(ask)


def _known(model: str) -> None:
    if model not in read_catalogue().models:
        raise NotFoundError(gettext("There is no such model."))


def _half_open(model: str) -> None:
    """Let one call through; if it fails the breaker opens anew, and for longer."""
    with transaction():
        row = db.session.get(AiBreaker, model, populate_existing=True, with_for_update=True)
        if row is not None and row.open_until is not None:
            row.open_until = clock.now()


def _model(
    name: str, row: AiBreaker | None, passed_over_by: list[str], *, is_off: bool, now: datetime
) -> ModelHealth:
    catalogue = read_catalogue()
    model = catalogue.models[name]
    provider, days_left = model.provider, model.days_left(now.date())
    newest = _newest_check(name)
    calls = _calls(name, now - timedelta(days=1))
    return ModelHealth(
        model=name, provider=provider, provider_label=catalogue.providers[provider].label,
        has_key=bool(current_app.config.get(f"{provider.upper()}_API_KEY")), is_off=is_off,
        state=_state(row, now), open_until=row.open_until if row else None,
        failures=row.failures if row else 0, reason=row.reason if row else "",
        why=why(row.reason) if row and row.reason else "",
        succeeded_at=row.succeeded_at if row else None, failed_at=row.failed_at if row else None,
        hour=_window([one for one in calls if one.started_at >= now - timedelta(hours=1)]),
        day=_window(calls),
        checked_at=newest.started_at if newest else None,
        checked="" if newest is None else why(newest.reason) if newest.reason else newest.state,
        ends_on=None if days_left is None else model.ends_on, days_left=days_left,
        successor=None if days_left is None else model.successor,
        passed_over_by=passed_over_by,
    )  # fmt: skip


def _state(row: AiBreaker | None, now: datetime) -> Literal["closed", "half_open", "open"]:
    if row is None or row.failures < read_catalogue().breaker.failures:
        return "closed"
    return "open" if row.open_until is not None and row.open_until > now else "half_open"


def _calls(name: str, since: datetime) -> list[Any]:
    rows = db.session.execute(
        select(AiCall.state, AiCall.started_at, AiCall.ended_at)
        .where(AiCall.model == name, AiCall.state != "reserved")
        .order_by(AiCall.id.desc())
        .limit(NEWEST)
    )
    return [row for row in rows if row.started_at >= since]


def _window(calls: list[Any]) -> Window:
    seconds = sorted(
        (one.ended_at - one.started_at).total_seconds()
        for one in calls
        if one.state == "settled" and one.ended_at is not None
    )
    failed = sum(1 for one in calls if one.state != "settled")
    p95 = seconds[math.ceil(0.95 * len(seconds)) - 1] if seconds else None
    return Window(calls=len(calls), failed=failed, p95_seconds=p95)


def _newest_check(name: str) -> AiRun | None:
    prefix = f"{name}:"
    return db.session.scalars(
        select(AiRun)
        .where(AiRun.task == TASK, AiRun.request_key.startswith(prefix, autoescape=True))
        .order_by(AiRun.id.desc())
        .limit(1)
    ).one_or_none()
