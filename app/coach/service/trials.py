"""Dry runs of a version of the prompt: asked by the operator, written in a worker, seen by no member."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from app.ai import service as ai
from app.ai.schemas import OFFLINE
from app.coach import queries
from app.coach.models import CoachTrial
from app.coach.schemas.trials import Trial, TrialAnswer
from app.coach.service import answering, writing
from app.coach.service.conversations import LOST_AFTER, checked_question, checked_symbol
from app.core import clock, long_jobs, outbox
from app.core.db import db, transaction
from app.core.errors import AppError

NEWEST = 10


def ask_trial(
    user_id: int, number: int, question: str, *, symbol: str = "", site_id: str | None = None
) -> Trial:
    """Let a worker answer a question by a version of the prompt.

    The tools look into the account of `user_id`, who tries it.

    Raises:
        NotFoundError: there is no such version.
        ValidationError: the question or the symbol is none.
    """
    text, meant = checked_question(question), checked_symbol(symbol)
    ai.keep_own(answering.TASK)
    ai.get_prompt(answering.TASK, number)
    with transaction():
        row = CoachTrial(
            number=number, asked_by=user_id, site_id=site_id, question=text, symbol=meant,
            state="waiting", asked_at=clock.now(),
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        outbox.enqueue(
            "coach.try_prompt", {"trial_id": row.id}, key=f"coach.try_prompt:{row.mark}", queue="ai"
        )
        return _view(row)


def list_trials(user_id: int, number: int) -> list[Trial]:
    """Return a person's own newest dry runs of a version: they hold what is in that person's account."""
    rows = db.session.scalars(
        select(CoachTrial)
        .where(CoachTrial.number == number, CoachTrial.asked_by == user_id)
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
            answer = answering.try_prompt(
                row.asked_by, row.question, row.mark, row.number,
                symbol=row.symbol, site_id=row.site_id,
            )  # fmt: skip
    except AppError as error:
        _end(trial_id, "failed", writing.word_of(error))
    except Exception:
        _end(trial_id, "failed", "fault")
        raise
    else:
        _end(trial_id, "done", "", _kept(answer))


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
        "model": answer.outcome.model,
        "cost": str(answer.outcome.cost),
    }


def _view(row: CoachTrial) -> Trial:
    state, reason = row.state, row.reason
    if state in queries.OPEN and row.asked_at < clock.now() - LOST_AFTER:
        state, reason = "failed", "lost"  # its job was given up
    return Trial(
        id=row.id, number=row.number, question=row.question, symbol=row.symbol,
        state=state, reason=reason, asked_at=row.asked_at, ended_at=row.ended_at,
        answer=None if row.result is None else _answer(row.result),
    )  # fmt: skip


def _answer(kept: dict[str, Any]) -> TrialAnswer:
    numbers = {fact["id"]: number for number, fact in enumerate(kept["facts"], start=1)}
    pieces = [
        {"text": part, "source": 0}
        if isinstance(part, str)
        else {"text": part[0], "source": numbers[part[1]]}
        for part in kept["parts"]
    ]
    return TrialAnswer.model_validate(
        {
            "pieces": pieces,
            "sources": kept["facts"],
            "removed": kept["removed"],
            "tools": kept["tools"],
            "model": kept["model"],
            "is_offline": kept["model"] == OFFLINE,
            "cost": kept["cost"],
        }
    )
