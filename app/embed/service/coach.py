"""The tab of the coach: a conversation, the list of all, what an answer is doing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from app.charts import service as charts
from app.charts.schemas import ChartQuery
from app.coach import service as coach
from app.coach.schemas import Conversation, Message, Piece, Source
from app.core import security
from app.core.i18n import gettext, lazy_gettext, ngettext
from app.embed.schemas import CoachQuery
from app.embed.service.links import Target, page

COACH = Target("/embed/dashboard-coach", "dashboard-coach", "dashboard")
# The coach understands and answers English, so what may be asked is not translated.
EXAMPLES = (
    "Where are PDH and PDL of SPY?",
    "What is my win rate?",
    "What are my positions?",
    "Is the market open?",
)
REASONS = {
    "budget": lazy_gettext("What may be spent on answers is used up for now. Try again tomorrow."),
    "away": lazy_gettext("No model could answer at the moment. Try again in a minute."),
    "answer": lazy_gettext("The model's answer could not be used. Ask again."),
    "lost": lazy_gettext("The answer was cut off on its way. Ask again."),
    "refused": lazy_gettext("This could not be answered. Ask in other words."),
    "fault": lazy_gettext("Something went wrong on our side; we have been told. Ask again."),
}
DOING = {
    "get_key_levels": lazy_gettext("Looking up key levels"),
    "get_current_price": lazy_gettext("Looking up a price"),
    "get_market_status": lazy_gettext("Looking up the market's hours"),
    "get_performance": lazy_gettext("Looking up your figures"),
    "get_positions": lazy_gettext("Looking up your positions"),
    "get_trades": lazy_gettext("Looking up your trades"),
}


def coach_panel(
    user_id: int, query: CoachQuery, typed: Mapping[str, str] | None = None, error: str = ""
) -> dict[str, Any]:
    """Return what the tab shows; `typed` is a question that was refused, `error` says why.

    Raises:
        NotFoundError: the address names a conversation that is not there, or not the member's.
    """
    talk: Conversation | None = None
    if query.talk:
        talk = coach.get_conversation(user_id, int(query.talk))
    elif not query.new:
        talk = coach.newest_conversation(user_id)
    return {
        "coach_query": query,
        "coach_target": COACH,
        "talk": talk,
        "talks": coach.find_conversations(user_id, query.find),
        "allowance": coach.allowance(user_id),
        "examples": EXAMPLES,
        "sent_key": security.random_token(12),
        "typed": typed or {"symbol": _symbol(user_id, talk)},
        "error": error,
    }


def _symbol(user_id: int, talk: Conversation | None) -> str:
    """Return the instrument that is likely meant: of the last question, else of the open chart."""
    if talk is not None and talk.messages:
        return talk.messages[-1].symbol
    newest = charts.list_charts(user_id, ChartQuery(limit=1))
    return newest[0].symbol if newest else ""


def known_of(message: Message) -> str:
    """Return what tells one state of an answer from another."""
    words = len(message.text_so_far.split())
    return security.fingerprint(f"{message.state}:{message.doing}:{words}")[:16]


def state_text(message: Message) -> str:
    """Return in words why a message has no answer."""
    if message.state == "stopped":
        return gettext("You stopped this answer.")
    return str(REASONS.get(message.reason, REASONS["refused"]))


def doing_text(message: Message) -> str:
    """Return in words how far an answer is. Its text is not shown before its numbers are checked."""
    if message.state == "waiting":
        return gettext("Waiting for the coach")
    if message.doing:
        return str(DOING.get(message.doing, gettext("Looking something up")))
    words = len(message.text_so_far.split())
    if not words:
        return gettext("Thinking")
    return ngettext(
        "Writing: %(num)d word so far, shown once its numbers are checked",
        "Writing: %(num)d words so far, shown once their numbers are checked",
        words,
    )


def paragraphs(pieces: tuple[Piece, ...]) -> list[list[Piece]]:
    """Return the pieces of an answer by its lines, without empty ones."""
    lines: list[list[Piece]] = [[]]
    for piece in pieces:
        first, *more = [piece.text] if piece.source else piece.text.split("\n")
        lines[-1].append(Piece(first, piece.source))
        lines += [[Piece(text)] for text in more]
    return [line for line in lines if any(piece.text.strip() for piece in line)]


def link_of(source: Source) -> str:
    """Return the address of the page where a fact can be looked at; "" where there is none."""
    name, _, params = source.link.partition("?")
    if name not in {"dashboard", "desk"}:
        return ""
    address = page(name, **dict(parse_qsl(params)))
    return "" if address == "?" else address
