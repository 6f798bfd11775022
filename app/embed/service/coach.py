"""The tab of the coach: a conversation, the list of all, what an answer is doing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from markupsafe import Markup, escape

from app.charts import service as charts
from app.charts.schemas import ChartQuery
from app.coach import service as coach
from app.coach.schemas import Allowance, Card, Conversation, Message, Piece
from app.core import security
from app.core.i18n import gettext, lazy_gettext, ngettext
from app.embed.schemas import CoachQuery, PanelQuery
from app.embed.service import coach_cards
from app.embed.service.links import Target, page
from app.embed.service.prompts import Prompt, limit_prompt

COACH = Target("/embed/dashboard-coach", "dashboard-coach", "dashboard")
PANEL = Target("/embed/coach-panel", "coach-panel", "dashboard")
# The coach understands and answers English, so what may be asked is not translated.
EXAMPLES = (
    "Where are PDH and PDL of SPY?",
    "Show me the chart of SPY with levels",
    "What is my win rate?",
    "What are my positions?",
    "Is the market open?",
)
REASONS = {
    "budget": lazy_gettext(
        "This would cost more than may be spent now. Limits of a day begin anew at midnight UTC; "
        "those of a key of your own stand beside it."
    ),
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
    "get_bars": lazy_gettext("Looking up bars"),
    "get_indicators": lazy_gettext("Computing an indicator"),
    "get_changes": lazy_gettext("Comparing prices"),
    "get_long_term": lazy_gettext("Looking at the long run"),
    "get_distances": lazy_gettext("Measuring distances to levels"),
    "get_contract_greeks": lazy_gettext("Looking up an option contract"),
    "get_portfolio_greeks": lazy_gettext("Adding up your Greeks"),
    "get_robots": lazy_gettext("Looking up your robots"),
    "get_robot": lazy_gettext("Looking up a robot"),
    "get_leaderboard": lazy_gettext("Looking up the leaderboard"),
    "find_patterns": lazy_gettext("Testing your trades for patterns"),
    "show_chart": lazy_gettext("Opening a chart"),
    "draw_on_chart": lazy_gettext("Preparing a drawing"),
    "explain_term": lazy_gettext("Looking up a word"),
    "search_docs": lazy_gettext("Searching the documentation"),
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
    allowance = coach.allowance(user_id)
    last = talk.messages[-1] if talk and talk.messages else None
    return {
        "coach_query": query,
        "large": large_view(user_id, _opened(query, last)),
        "live_cards": {last.id: cards_of(user_id, last)} if last else {},
        "coach_target": COACH,
        "talk": talk,
        "talks": coach.find_conversations(user_id, query.find),
        "allowance": allowance,
        "coach_prompt": _prompt(user_id, allowance),
        "examples": EXAMPLES,
        "sent_key": security.random_token(12),
        "typed": typed or {"symbol": _symbol(user_id, talk)},
        "error": error,
    }


def _prompt(user_id: int, allowance: Allowance) -> Prompt | None:
    """Return what is said where the month's questions are used up: what the next plan gives."""
    if not allowance.is_used_up:
        return None
    reached = gettext("Your %(most)s questions of this month are used up.", most=allowance.most)
    return limit_prompt(user_id, "coach_questions", reached)


def _symbol(user_id: int, talk: Conversation | None) -> str:
    """Return the instrument that is likely meant: of the last question, else of the open chart."""
    if talk is not None and talk.messages:
        return talk.messages[-1].symbol
    newest = charts.list_charts(user_id, ChartQuery(limit=1))
    return newest[0].symbol if newest else ""


def _opened(query: CoachQuery, last: Message | None) -> CoachQuery:
    """Return what the panel shows: what the address names, else what the newest answer opened."""
    if query.show or last is None or last.showing.panel is None:
        return query
    return panel_query(last.conversation_id, last.showing.panel, marks_of(last))


def large_view(user_id: int, query: CoachQuery) -> coach_cards.Large | None:
    """Return what the panel shows; None while nothing is opened."""
    card = card_of(query)
    return coach_cards.large(user_id, card, query.marks) if card else None


def card_of(query: CoachQuery) -> Card | None:
    """Return the card that an address names; None for none, or one that cannot be."""
    of = query.of if query.show == "robot" else query.of.upper()
    card = Card(query.show, of)
    return card if card.is_known else None


def cards_of(user_id: int, message: Message) -> list[coach_cards.CardView]:
    """Return the cards beside an answer with their figures of now."""
    return [coach_cards.card_view(user_id, card) for card in message.showing.cards]


def live_cards(user_id: int, message: Message) -> dict[int, list[coach_cards.CardView]]:
    """Return the cards beside an answer if it is the newest of its conversation: those move."""
    if message.is_open or not message.showing.cards:
        return {}
    talk = coach.get_conversation(user_id, message.conversation_id)
    return {message.id: cards_of(user_id, message)} if talk.messages[-1].id == message.id else {}


def panel_query(talk: int | str, card: Card, marks: str = "", **more: str) -> PanelQuery:
    """Return the address of a card's large view beside a conversation."""
    named = {"tab": "coach", "talk": str(talk or ""), "show": card.kind, "of": card.of}
    return PanelQuery.parse({**named, "marks": marks, **more})


def open_link(card: Card, talk: int | str, marks: str) -> Markup:
    """Return the attributes of a link that opens a card in the panel, also without a script."""
    query = panel_query(talk, card, marks)
    return Markup(
        'href="{}" hx-get="{}" hx-target="#coach-panel" hx-swap="outerHTML show:top" hx-push-url="true"'
    ).format(escape(f"{PANEL.href(query)}#coach-panel"), escape(PANEL.path + query.encoded()))


def card_path(card: Card, talk: int | str, marks: str) -> str:
    """Return where a card is asked for again and again."""
    return "/embed/coach-card" + panel_query(talk, card, marks).encoded()


def drawings_of(message: Message) -> list[str]:
    """Return the instruments on whose charts an answer would draw."""
    return list(dict.fromkeys(one.symbol for one in message.charts if one.kind == "draw"))


def marks_of(message: Message) -> str:
    """Return the levels that an answer names, as an address has them."""
    return ".".join(message.showing.marks)


def opens(message: Message) -> str:
    """Return where the panel gets what an answer that has just come opens; "" for nothing."""
    if message.showing.panel is None:
        return ""
    talk, card = message.conversation_id, message.showing.panel
    query = panel_query(talk, card, marks_of(message), quiet="1")
    return PANEL.path + query.encoded()


def known_of(message: Message) -> str:
    """Return what tells one state of an answer from another."""
    words = len(message.text_so_far.split())
    told = (message.state, message.doing, words, message.is_ending, message.ahead)
    return security.fingerprint(":".join(map(str, told)))[:16]


def state_text(message: Message) -> str:
    """Return in words why a message has no answer."""
    if message.state == "stopped":
        if message.is_ending:
            return gettext("You stopped this answer; what was written is being checked.")
        if message.answer:
            return gettext("You stopped this answer. What was written and could be proven is kept.")
        return gettext("You stopped this answer.")
    return str(REASONS.get(message.reason, REASONS["refused"]))


def ahead_text(ahead: int | None) -> str:
    """Return in words how many wait before what somebody has asked; "" where nobody does."""
    if not ahead:
        return ""
    return ngettext(
        "Waiting: %(num)d other request is before yours",
        "Waiting: %(num)d other requests are before yours",
        ahead,
    )


def doing_text(message: Message) -> str:
    """Return in words how far an answer is. Its text is not shown before its numbers are checked."""
    if message.state == "waiting":
        return ahead_text(message.ahead) or gettext("Waiting for the coach")
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


def page_of(link: str) -> str:
    """Return the address of a page that a fact names by its query; "" where it is none of ours."""
    name, _, params = link.partition("?")
    if name not in {"dashboard", "desk", "performance"}:
        return ""
    address = page(name, **dict(parse_qsl(params)))
    return "" if address == "?" else address
