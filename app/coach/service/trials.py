"""Dry runs of a version of a prompt: asked by the operator, written in a worker, seen by no member."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from app.ai import service as ai
from app.ai.schemas import OFFLINE, Outcome
from app.analysis import service as analysis
from app.coach import queries
from app.coach.models import CoachTrial
from app.coach.schemas.trials import Trial, TrialAnswer, TrialIn
from app.coach.service import answering, writing
from app.coach.service.conversations import LOST_AFTER, checked_question, checked_symbol
from app.core import backlog, clock, long_jobs, outbox
from app.core.db import db, transaction
from app.core.errors import AppError, ValidationError
from app.screenshots import service as screenshots

NEWEST = 10


def ask_trial(
    user_id: int, task: str, number: int, given: TrialIn, *, site_id: str | None = None
) -> Trial:
    """Let a worker answer by a version of a task's prompt.

    What it is tried on is safe: a question whose tools look into the account of `user_id`, who tries
    it, a plain chart, or a picture of ours.

    Raises:
        NotFoundError: there is no such version.
        ValidationError: the question or the symbol is none.
    """
    question, symbol = _sample(task, given)
    ai.keep_own(task)
    ai.get_prompt(task, number)
    with transaction():
        row = CoachTrial(
            task=task, number=number, asked_by=user_id, site_id=site_id, question=question,
            symbol=symbol, state="waiting", asked_at=clock.now(),
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        outbox.enqueue("coach.try_prompt", {"trial_id": row.id}, key=_job_key(row), queue="ai")
        return _view(row)


def _sample(task: str, given: TrialIn) -> tuple[str, str]:
    if task == answering.TASK:
        return checked_question(given.question), checked_symbol(given.symbol)
    if task == analysis.TASK:
        return "", analysis.sample_symbol(checked_symbol(given.symbol))
    return "", ""


def _job_key(row: CoachTrial) -> str:
    return f"coach.try_prompt:{row.mark}"


def list_trials(user_id: int, task: str, number: int) -> list[Trial]:
    """Return a person's own newest dry runs of a version: they hold what is in that person's account."""
    mine = CoachTrial.asked_by == user_id
    rows = db.session.scalars(
        select(CoachTrial)
        .where(CoachTrial.task == task, CoachTrial.number == number, mine)
        .order_by(CoachTrial.id.desc())
        .limit(NEWEST)
        .execution_options(populate_existing=True)
    )
    return [_view(row) for row in rows]


def write_trial(trial_id: int) -> None:
    """Answer a dry run that waits for it; for a worker, safe to run twice and to be cut."""
    row = _begin(trial_id)
    if row is None:
        return
    try:
        with long_jobs.renewed():
            kept, outcome = _answered(row)
    except AppError as error:
        _end(trial_id, "failed", _word(error))
    except Exception:
        _end(trial_id, "failed", "fault")
        raise
    else:
        result = {**kept, "model": outcome.model, "cost": str(outcome.cost)}
        _end(trial_id, "done", "", result)


def _word(error: AppError) -> str:
    return "bars" if isinstance(error, ValidationError) else writing.word_of(error)


def _answered(row: CoachTrial) -> tuple[dict[str, Any], Outcome]:
    """Return what came of a dry run, as it is kept, by what its task is tried on."""
    who, site_id = row.asked_by, row.site_id
    if row.task == analysis.TASK:
        return analysis.try_prompt(who, row.symbol, row.mark, row.number, site_id=site_id)
    if row.task == screenshots.TASK:
        return screenshots.try_prompt(who, row.mark, row.number, site_id=site_id)
    if row.task != answering.TASK:
        outcome = ai.try_check(who, row.mark, row.number, site_id=site_id)
        return {"parts": [outcome.text]}, outcome
    answer = answering.try_prompt(
        who, row.question, row.mark, row.number, symbol=row.symbol, site_id=site_id
    )
    return _kept(answer), answer.outcome


def _begin(trial_id: int) -> CoachTrial | None:
    with transaction():
        outbox.renew_lease()
        row = db.session.get(CoachTrial, trial_id, populate_existing=True, with_for_update=True)
        if row is None or row.state not in queries.OPEN:
            return None
        row.state = "writing"
        return row


def _end(trial_id: int, state: str, reason: str, result: dict[str, Any] | None = None) -> None:
    with transaction():
        # "lost" is said by a second worker that came while the first one still held its answer.
        is_open = CoachTrial.state.in_(queries.OPEN) | (CoachTrial.reason == "lost")
        db.session.execute(
            update(CoachTrial)
            .where(CoachTrial.id == trial_id, is_open)
            .values(state=state, reason=reason, result=result, ended_at=clock.now())
        )


def _kept(answer: answering.Answer) -> dict[str, Any]:
    kept = writing.proven(answer.checked)
    return {
        "parts": kept["parts"],
        "facts": kept["facts"],
        "removed": list(answer.checked.removed),
        "tools": [one.name for one in answer.outcome.tool_calls],
    }


def _view(row: CoachTrial) -> Trial:
    state, reason = row.state, row.reason
    if state in queries.OPEN and row.asked_at < clock.now() - LOST_AFTER:
        state, reason = "failed", "lost"  # its job was given up
    is_open = state in queries.OPEN
    progress = ai.read_progress(row.task, row.mark) if is_open else None
    return Trial(
        id=row.id, number=row.number, question=row.question, symbol=row.symbol,
        state=state, reason=reason, asked_at=row.asked_at, ended_at=row.ended_at,
        ahead=backlog.ahead_of(_job_key(row)) if is_open else None,
        doing=progress.doing if progress else "", characters=len(progress.text) if progress else 0,
        answer=None if row.result is None else _answer(row.result),
    )  # fmt: skip


def _answer(kept: dict[str, Any]) -> TrialAnswer:
    facts = kept.get("facts", [])
    numbers = {fact["id"]: number for number, fact in enumerate(facts, start=1)}
    pieces = [
        {"text": part, "source": 0}
        if isinstance(part, str)
        else {"text": part[0], "source": numbers[part[1]]}
        for part in kept.get("parts", [])
    ]
    return TrialAnswer.model_validate(
        {
            "pieces": pieces,
            "sources": facts,
            "groups": kept.get("groups", []),
            "removed": kept.get("removed", []),
            "tools": kept.get("tools", []),
            "model": kept["model"],
            "is_offline": kept["model"] == OFFLINE,
            "cost": kept["cost"],
        }
    )
