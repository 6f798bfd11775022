"""Conversations as they are shown, found and taken along."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from app.ai import service as ai
from app.ai.schemas import OFFLINE
from app.coach import queries
from app.coach.models import CoachConversation, CoachMessage
from app.coach.rules import proposing, showing
from app.coach.schemas import Conversation, ConversationLine, Message, Piece, Source
from app.coach.service.answering import TASK
from app.coach.service.conversations import LOST_AFTER, job_key
from app.core import backlog, clock

MOST_LISTED = 50
MARKS = re.compile(r"[\[\]<>`]")


def get_conversation(user_id: int, conversation_id: int) -> Conversation:
    """Return a member's conversation; NotFoundError for anybody else's."""
    return _conversation(queries.get_conversation(user_id, conversation_id))


def newest_conversation(user_id: int) -> Conversation | None:
    """Return the conversation in which a member asked last."""
    found = queries.find_conversations(user_id, "", 1)
    return _conversation(found[0]) if found else None


def get_message(user_id: int, message_id: int) -> Message:
    """Return a member's message; NotFoundError for anybody else's."""
    return _message(queries.get_message(user_id, message_id))


def find_conversations(user_id: int, text: str = "") -> list[ConversationLine]:
    """Return a member's conversations in whose title, questions or answers a text stands."""
    found = queries.find_conversations(user_id, text.strip(), MOST_LISTED)
    return [ConversationLine(one.id, one.title, one.changed_at) for one in found]


def export(user_id: int, conversation_id: int) -> str:
    """Return a conversation as Markdown, with the sources of each answer."""
    talk = get_conversation(user_id, conversation_id)
    parts = [f"# {_inert(_plain(talk.title))}", *(_exported(message) for message in talk.messages)]
    return "\n\n".join(parts) + "\n"


def _conversation(row: CoachConversation) -> Conversation:
    messages = tuple(_message(one) for one in queries.list_messages(row.id))
    return Conversation(row.id, row.title, row.created_at, row.changed_at, messages)


def _message(row: CoachMessage) -> Message:
    state, reason = row.state, row.reason
    if state in queries.OPEN and row.asked_at < clock.now() - LOST_AFTER:
        state, reason = "failed", "lost"  # its job was given up
    ended_at = row.ended_at
    if state == "stopped" and ended_at is None and row.asked_at < clock.now() - LOST_AFTER:
        ended_at = row.asked_at  # nobody writes it any more
    is_open = state in queries.OPEN
    progress = ai.read_progress(TASK, row.mark) if is_open else None
    sources = tuple(_source(fact) for fact in row.facts)
    numbers = {source.id: number for number, source in enumerate(sources, start=1)}
    return Message(
        id=row.id, conversation_id=row.conversation_id, number=row.number,
        question=row.question, symbol=row.symbol, state=state, reason=reason,
        answer=row.answer, model=row.model, is_offline=row.model == OFFLINE,
        removed_count=row.removed_count, feedback=row.feedback,
        asked_at=row.asked_at, ended_at=ended_at,
        pieces=tuple(_piece(part, numbers) for part in row.parts), sources=sources,
        showing=showing.read(row.showing),
        charts=proposing.read_proposals(row.showing.get("charts")),
        text_so_far=progress.text if progress else "", doing=progress.doing if progress else "",
        ahead=backlog.ahead_of(job_key(row)) if state == "waiting" else None,
    )  # fmt: skip


def _piece(part: Any, numbers: dict[str, int]) -> Piece:
    return Piece(part) if isinstance(part, str) else Piece(part[0], numbers[part[1]])


def _source(fact: dict[str, Any]) -> Source:
    ends = {name: None if fact[name] is None else Decimal(fact[name]) for name in ("low", "high")}
    return Source(**{**fact, **ends})


def _exported(message: Message) -> str:
    lines = [f"## {message.number}. {message.asked_at:%Y-%m-%d %H:%M} UTC"]
    lines.append("\n".join(f"> {_inert(line)}" for line in message.question.splitlines()))
    text = "".join(
        f"{_inert(piece.text)}[{piece.source}]" if piece.source else _inert(piece.text)
        for piece in message.pieces
    )
    lines.append(text or f"({message.state})")
    if message.sources:
        listed = [
            f"{number}. {_inert(_plain(_told(source)))}"
            for number, source in enumerate(message.sources, start=1)
        ]
        lines.append("\n".join(listed))
    if message.state == "done":
        by = "No model was used." if message.is_offline else f"Model: {message.model}."
        lines.append(by)
    return "\n\n".join(lines)


def _inert(text: str) -> str:
    """Return what somebody wrote so that no reader of Markdown makes a link or a picture of it."""
    return MARKS.sub(r"\\\g<0>", text).replace("://", r":\//")


def _told(source: Source) -> str:
    told = f"{source.symbol} {source.label}: {source.value}. {source.source}".strip()
    if source.n is not None:
        told += f", n {source.n}"
    if source.low is not None and source.high is not None:
        told += f", 95% {source.low} to {source.high}"
    return told


def _plain(text: str) -> str:
    return " ".join(text.split())
