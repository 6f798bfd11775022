"""Writing the answer to a message: in a worker, once, whatever is cut where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import select

from app.ai.errors import AnswerError, BudgetError, ModelAwayError, StoppedError
from app.ai.schemas import Turn
from app.coach import queries
from app.coach.models import CoachConversation, CoachMessage
from app.coach.rules import proposing, showing
from app.coach.rules.citing import Checked, Citation
from app.coach.rules.facts import Fact
from app.coach.service import answering, conversations
from app.core import clock, long_jobs, outbox
from app.core.db import db, transaction
from app.core.errors import AppError, ConflictError

TURNS = 6
"""So many earlier questions are told to a model."""


def write(message_id: int, site_id: str | None) -> None:
    """Answer a message that waits for it; one that was answered, stopped or deleted is left alone."""
    row = _begin(message_id)
    if row is None:
        return
    user_id, mark, question, symbol, history = row
    try:
        # A model may take longer than a lease: a second worker would ask, and pay, once more.
        with long_jobs.renewed():
            answer = answering.answer(
                user_id, question, mark, site_id=site_id, symbol=symbol, history=history
            )
    except answering.CutError as cut:
        _end(message_id, "stopped", **proven(cut.checked))
    except StoppedError:
        _end(message_id, "stopped")
    except AppError as error:
        _end(message_id, "failed", reason=word_of(error))
    except Exception:
        # A fault of ours: the member hears of it now, and the log has it once the job fails.
        _end(message_id, "failed", reason="fault")
        raise
    else:
        _end(message_id, "done", **_stored(answer), showing=_shown(question, symbol, answer))


def _begin(message_id: int) -> tuple[int, str, str, str, tuple[Turn, ...]] | None:
    with transaction():
        outbox.renew_lease()
        row = _locked(message_id)
        if row is None or row.state not in queries.OPEN:
            return None
        row.state = "writing"
        talk = db.session.get_one(CoachConversation, row.conversation_id)
        turns = [
            Turn(by, text)
            for one in queries.list_turns(talk.id, row.number, TURNS)
            for by, text in (("member", one.question), ("assistant", one.answer))
        ]
        return talk.user_id, row.mark, row.question, row.symbol, tuple(turns)


def _end(message_id: int, state: str, **values: Any) -> None:
    with transaction():
        row = _locked(message_id)
        # "lost" is said by a second worker that came while the first one still held its answer.
        is_cut = row is not None and row.state == "stopped" and row.ended_at is None
        if row is None or not (row.state in queries.OPEN or is_cut or row.reason == "lost"):
            return
        # Stopped stays stopped, with as much as has come of it.
        row.state = "stopped" if is_cut else state
        row.reason, row.ended_at = "", clock.now()
        for name, value in values.items():
            setattr(row, name, value)
        if row.state == "failed":
            talk = db.session.get_one(CoachConversation, row.conversation_id)
            conversations.give_back(talk.user_id, row)


def _locked(message_id: int) -> CoachMessage | None:
    return db.session.scalars(
        select(CoachMessage)
        .where(CoachMessage.id == message_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def word_of(error: AppError) -> str:
    """Return in a word of ours why there is no answer."""
    if isinstance(error, BudgetError):
        return "budget"
    if isinstance(error, ModelAwayError):
        return "away"
    if isinstance(error, AnswerError):
        return "answer"
    # The gateway has answered this request before, and the worker was cut before it was kept.
    return "lost" if isinstance(error, ConflictError) else "refused"


def _stored(answer: answering.Answer) -> dict[str, Any]:
    return {
        **proven(answer.checked),
        "model": answer.outcome.model,
        "prompt": answer.outcome.prompt,
    }


def proven(checked: Checked) -> dict[str, Any]:
    """Return what is kept of a checked answer."""
    cited = {part.fact.id: part.fact for part in checked.parts if isinstance(part, Citation)}
    return {
        "answer": checked.text,
        "parts": [
            part if isinstance(part, str) else [part.text, part.fact.id] for part in checked.parts
        ],
        "facts": [_fact(fact) for fact in cited.values()],
        "removed_count": len(checked.removed),
    }


def _shown(question: str, symbol: str, answer: answering.Answer) -> dict[str, Any]:
    """Return which cards stand beside an answer, and what it opens."""
    called = [
        showing.Called(one.name, one.arguments)
        for one in answer.outcome.tool_calls
        if not one.error
    ]
    cited = [part.fact.id for part in answer.checked.parts if isinstance(part, Citation)]
    shown = showing.decide(question, called, cited, symbol, _robots(answer.facts)).kept()
    return {**shown, "charts": proposing.kept(answer.charts)}


def _robots(facts: Iterable[Fact]) -> list[str]:
    """Return the robots that the tools' answers are about, by the pages that they lead to."""
    links = (dict(parse_qsl(fact.link.partition("?")[2])) for fact in facts)
    return list(dict.fromkeys(link["robot"] for link in links if link.get("robot")))


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.id,
        "label": fact.label,
        "value": str(fact.told()["value"]),
        "unit": fact.unit,
        "symbol": fact.symbol,
        "source": fact.source,
        "link": fact.link,
        "n": fact.n,
        "low": None if fact.low is None else str(fact.low),
        "high": None if fact.high is None else str(fact.high),
    }
