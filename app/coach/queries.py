"""Reading conversations: every query names the member."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select

from app.coach.models import CoachConversation, CoachMessage
from app.core.db import db
from app.core.errors import NotFoundError
from app.core.i18n import gettext

OPEN = ("waiting", "writing")


def get_conversation(
    user_id: int, conversation_id: int, *, lock: bool = False
) -> CoachConversation:
    """Return one of a member's own conversations; NotFoundError for anybody else's."""
    query = select(CoachConversation).where(
        CoachConversation.id == conversation_id, CoachConversation.user_id == user_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError(gettext("There is no such conversation."))
    return found


def get_message(user_id: int, message_id: int, *, lock: bool = False) -> CoachMessage:
    """Return one of a member's own messages; NotFoundError for anybody else's."""
    query = (
        select(CoachMessage)
        .join(CoachConversation)
        .where(CoachMessage.id == message_id, CoachConversation.user_id == user_id)
    )
    if lock:
        query = query.with_for_update(of=CoachMessage).execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError(gettext("There is no such answer."))
    return found


def find_sent(sent_key: str) -> CoachMessage | None:
    """Return what this very form has asked already."""
    return db.session.scalars(
        select(CoachMessage).where(CoachMessage.sent_key == sent_key)
    ).one_or_none()


def list_messages(conversation_id: int) -> Sequence[CoachMessage]:
    """Return the messages of a conversation in order."""
    return db.session.scalars(
        select(CoachMessage)
        .where(CoachMessage.conversation_id == conversation_id)
        .order_by(CoachMessage.number)
        .execution_options(populate_existing=True)
    ).all()


def has_open(conversation_id: int, since: datetime) -> bool:
    """Whether an answer of a conversation, asked for since then, is still to come."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    CoachMessage.conversation_id == conversation_id,
                    CoachMessage.state.in_(OPEN),
                    CoachMessage.asked_at > since,
                )
            )
        )
    )


def list_lost(user_id: int, before: datetime) -> Sequence[CoachMessage]:
    """Return a member's messages, asked before then, whose answers are still to come; locked."""
    return db.session.scalars(
        select(CoachMessage)
        .join(CoachConversation)
        .where(
            CoachConversation.user_id == user_id,
            CoachMessage.state.in_(OPEN),
            CoachMessage.asked_at < before,
        )
        .with_for_update(of=CoachMessage)
        .execution_options(populate_existing=True)
    ).all()


def list_turns(conversation_id: int, before: int, most: int) -> list[CoachMessage]:
    """Return the last answered messages before one, in order."""
    query = (
        select(CoachMessage)
        .where(
            CoachMessage.conversation_id == conversation_id,
            CoachMessage.number < before,
            CoachMessage.state == "done",
        )
        .order_by(CoachMessage.number.desc())
        .limit(most)
    )
    return list(reversed(db.session.scalars(query).all()))


def find_conversations(user_id: int, text: str, limit: int) -> Sequence[CoachConversation]:
    """Return a member's conversations in which a text stands, the newest first; all without one."""
    query = select(CoachConversation).where(CoachConversation.user_id == user_id)
    if text:
        said = exists().where(
            CoachMessage.conversation_id == CoachConversation.id,
            or_(
                CoachMessage.question.icontains(text, autoescape=True),
                CoachMessage.answer.icontains(text, autoescape=True),
            ),
        )
        query = query.where(or_(CoachConversation.title.icontains(text, autoescape=True), said))
    newest = query.order_by(CoachConversation.changed_at.desc(), CoachConversation.id.desc())
    return db.session.scalars(newest.limit(limit)).all()
