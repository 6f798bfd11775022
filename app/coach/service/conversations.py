"""Conversations: asking, stopping, asking again, finding, deleting. Answers come from a job."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from app.ai import service as ai
from app.billing import service as billing
from app.coach import queries
from app.coach.models import CoachConversation, CoachDay, CoachMessage
from app.coach.schemas import Allowance
from app.coach.service.answering import TASK
from app.core import clock, outbox, security
from app.core.db import db, is_sqlite, transaction
from app.core.errors import ConflictError, ValidationError
from app.core.i18n import gettext

LONGEST_QUESTION = 2_000
LONGEST_TITLE = 80
FEATURE = "coach_questions"
"""What the plans call it: so many questions in a month of UTC."""
LOST_AFTER = timedelta(minutes=15)
SYMBOL = re.compile(r"[A-Z0-9^/][A-Z0-9 ./:-]{0,39}")
# No text holds them; PostgreSQL refuses the first one.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
KEY = re.compile(r"[A-Za-z0-9_-]{8,40}")


def ask(
    user_id: int, question: str, *,
    conversation_id: int | None = None, symbol: str = "", key: str = "", site_id: str | None = None,
) -> CoachMessage:  # fmt: skip
    """Ask a question, in a new conversation where none is named; the same `key` asks once.

    Raises:
        ValidationError: the question or the symbol is none.
        NotFoundError: the conversation is not there, or not the member's.
        ConflictError: an answer of the conversation is still to come.
        EntitlementError: the month's questions of the member's plans are used up.
    """
    text, meant = checked_question(question), checked_symbol(symbol)
    sent_key = f"{user_id}:{key if KEY.fullmatch(key) else security.random_token(12)}"
    with transaction():
        # The row of the day makes a member's own questions wait for each other.
        _hold_day(user_id)
        sent = queries.find_sent(sent_key)
        if sent is not None:
            return sent
        give_back_lost(user_id)
        billing.use(user_id, FEATURE, ref=sent_key)
        now = clock.now()
        if conversation_id is None:
            talk = CoachConversation(
                user_id=user_id, title=_title(text), created_at=now, changed_at=now
            )
            db.session.add(talk)
            db.session.flush()
        else:
            talk = queries.get_conversation(user_id, conversation_id, lock=True)
            if queries.has_open(talk.id, now - LOST_AFTER):
                raise ConflictError(
                    gettext("The coach is still answering. Wait for it, or stop it.")
                )
            talk.changed_at = now
        return _put(talk, text, meant, sent_key, site_id)


def ask_again(
    user_id: int, message_id: int, *, key: str = "", site_id: str | None = None
) -> CoachMessage:
    """Ask the question of a message once more; see `ask` for what may be raised."""
    old = queries.get_message(user_id, message_id)
    return ask(
        user_id, old.question, conversation_id=old.conversation_id,
        symbol=old.symbol, key=key, site_id=site_id,
    )  # fmt: skip


def stop(user_id: int, message_id: int) -> CoachMessage:
    """End an answer that is still to come; one that has come stays.

    What was written and can be proven is kept by whoever writes it; until then it has not ended. One
    that nobody had begun to write does not count.
    """
    with transaction():
        row = queries.get_message(user_id, message_id, lock=True)
        if row.state not in queries.OPEN:
            return row
        if row.state == "waiting":
            row.ended_at = clock.now()
            give_back(user_id, row)
        row.state = "stopped"
    ai.ask_to_stop(TASK, row.mark)
    return row


def give_feedback(user_id: int, message_id: int, feedback: int | None) -> CoachMessage:
    """Keep whether an answer helped: 1, -1, or None to take it back."""
    if feedback not in {1, -1, None}:
        message = gettext("Say whether the answer helped: yes (1) or no (-1).")
        raise ValidationError(message, field="feedback")
    with transaction():
        row = queries.get_message(user_id, message_id, lock=True)
        if row.state == "done":
            row.feedback = feedback
    return row


def delete_conversation(user_id: int, conversation_id: int) -> None:
    """Delete a conversation with all its messages; what is being written of it is stopped."""
    with transaction():
        talk = queries.get_conversation(user_id, conversation_id, lock=True)
        messages = queries.list_messages(talk.id)
        going = [message.mark for message in messages if message.state in queries.OPEN]
        db.session.execute(delete(CoachMessage).where(CoachMessage.conversation_id == talk.id))
        db.session.execute(delete(CoachConversation).where(CoachConversation.id == talk.id))
    for mark in going:
        ai.ask_to_stop(TASK, mark)


def allowance(user_id: int) -> Allowance:
    """Return how many questions a member has asked this month, of how many; None: as many as one likes."""
    found = billing.usage_of(user_id, FEATURE)
    return Allowance(found.used, found.limit)


def job_key(row: CoachMessage) -> str:
    """Return the key of the job that answers a message."""
    return f"coach.answer:{row.mark}"


def give_back(user_id: int, row: CoachMessage) -> None:
    """Let a question not count that was never answered; in the present transaction."""
    billing.give_back(user_id, FEATURE, ref=row.sent_key)


def give_back_lost(user_id: int) -> None:
    """Close a member's questions whose answers never came, and let them not count."""
    for row in queries.list_lost(user_id, clock.now() - LOST_AFTER):
        row.state, row.reason, row.ended_at = "failed", "lost", clock.now()
        give_back(user_id, row)


def _put(
    talk: CoachConversation, text: str, symbol: str, sent_key: str, site_id: str | None
) -> CoachMessage:
    last = db.session.scalar(
        select(func.max(CoachMessage.number)).where(CoachMessage.conversation_id == talk.id)
    )
    row = CoachMessage(
        conversation_id=talk.id, number=(last or 0) + 1, sent_key=sent_key,
        question=text, symbol=symbol, asked_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    day = db.session.get_one(CoachDay, (talk.user_id, row.asked_at.date()), populate_existing=True)
    day.asked += 1
    db.session.flush()
    outbox.enqueue(
        "coach.answer",
        {"message_id": row.id, "site_id": site_id},
        key=job_key(row),
        queue="ai",
    )
    return row


def _hold_day(user_id: int) -> None:
    """Lock the member's row of today."""
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    statement = (
        insert(CoachDay)
        .values(user_id=user_id, day=clock.now().date(), asked=0)
        .on_conflict_do_update(index_elements=["user_id", "day"], set_={"asked": CoachDay.asked})
    )
    db.session.execute(statement)


def checked_question(text: str) -> str:
    """Return a question as it is kept; ValidationError where it is none."""
    clean = CONTROL.sub("", text.replace("\r\n", "\n")).strip()
    if not clean:
        raise ValidationError(gettext("Write a question first."), field="question")
    if len(clean) > LONGEST_QUESTION:
        message = gettext(
            "A question has at most %(most)s characters; yours has %(count)s. Shorten it.",
            most=LONGEST_QUESTION,
            count=len(clean),
        )
        raise ValidationError(message, field="question")
    return clean


def checked_symbol(text: str) -> str:
    """Return a symbol as it is kept, "" for none; ValidationError where it is none."""
    symbol = text.strip().upper()
    if symbol and not SYMBOL.fullmatch(symbol):
        message = gettext("That is no symbol. Write one such as SPY, or leave it empty.")
        raise ValidationError(message, field="symbol")
    return symbol


def _title(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "\u2026"
