"""The tab of the coach: parse, call, render."""

from __future__ import annotations

import flask
from flask import Response, make_response, request

from app.billing.errors import EntitlementError
from app.coach import service as coach
from app.coach.schemas import CHART, Message
from app.core.auth import person, user_id
from app.core.errors import ConflictError, NotFoundError, ValidationError
from app.core.i18n import gettext
from app.embed import service
from app.embed.schemas import CoachQuery, PanelQuery
from app.embed.service.asking import site_id
from app.embed.views.blueprint import UNPROCESSABLE, bp, render_template, tagged

Answer = str | tuple[str, int]
FEEDBACK = {"1": 1, "-1": -1, "": None}
UNCHANGED = ("", 204)


def _shown(query: CoachQuery, error: str = "") -> str:
    typed = request.form.to_dict() if error else None
    panel = service.coach_panel(user_id(), query, typed, error)
    return render_template("embed/_dashboard_coach.html", **panel)


def _message(
    message: Message, *, has_come: bool = False, is_drawn: bool = False, draw_error: str = ""
) -> str:
    return render_template(
        "embed/_coach_message.html",
        message=message,
        live_cards=service.live_cards(user_id(), message),
        has_come=has_come,
        is_drawn=is_drawn,
        draw_error=draw_error,
    )


def _query(talk: object) -> CoachQuery:
    return CoachQuery(tab="coach", talk=str(talk))


@bp.get("/dashboard-coach")
@person
def dashboard_coach() -> str:
    """Show the tab of the coach."""
    return _shown(CoachQuery.parse({**request.args.to_dict(), "tab": "coach"}))


@bp.get("/coach", endpoint="coach")
@person
def coach_page() -> str:
    """Show the coach on a page of its own; what it asks for from there on is the tab's."""
    query = CoachQuery.parse({**request.args.to_dict(), "tab": "coach"})
    return render_template("embed/_coach.html", **service.coach_panel(user_id(), query))


@bp.post("/coach")
@person
def ask_coach() -> Answer:
    """Ask a question, in a new conversation where none is named."""
    form = request.form
    given = CoachQuery.parse({**form.to_dict(), "tab": "coach"}).replaced(new="", find="")
    talk = int(given.talk) if given.talk else None
    try:
        sent = coach.ask(
            user_id(), form.get("example") or form.get("question", ""), conversation_id=talk,
            symbol=form.get("symbol", ""), key=form.get("key", ""), site_id=site_id(),
        )  # fmt: skip
    except (ConflictError, EntitlementError, ValidationError) as error:
        query = given if talk else given.replaced(new="1")
        return _shown(query, error.message), UNPROCESSABLE
    return _shown(given.replaced(talk=str(sent.conversation_id)))


@bp.post("/coach/<int:conversation_id>/delete")
@person
def delete_talk(conversation_id: int) -> str:
    """Delete a conversation."""
    coach.delete_conversation(user_id(), conversation_id)
    return _shown(CoachQuery(tab="coach"))


@bp.get("/coach-text/<int:conversation_id>")
@person
def coach_text(conversation_id: int) -> str:
    """Show a conversation as a text to take along."""
    text = coach.export(user_id(), conversation_id)
    # As it is: its empty lines are part of it.
    return flask.render_template(
        "embed/_coach_text.html", text=text, conversation_id=conversation_id
    )


@bp.get("/coach-messages/<int:message_id>")
@person
def coach_message(message_id: int) -> Answer | Response:
    """Show a message; asked again and again while its answer is written."""
    message = coach.get_message(user_id(), message_id)
    if request.args.get("known") == service.known_of(message):
        return make_response(*UNCHANGED)
    return _message(message, has_come="known" in request.args and not message.is_open)


@bp.get("/coach-panel")
@person
def coach_panel() -> str:
    """Show a card at large, or the chart of its symbol, beside the conversation."""
    query = PanelQuery.parse(request.args).replaced(tab="coach")
    return render_template(
        "embed/_coach_panel.html",
        large=service.large_view(user_id(), query),
        coach_query=CoachQuery(**query.model_dump(exclude={"quiet"})),
        is_quiet=query.quiet,
    )


@bp.get("/coach-card")
@person
def coach_card() -> Response:
    """Show a card; asked again and again while its answer is the newest."""
    query = CoachQuery.parse(request.args).replaced(tab="coach")
    card = service.card_of(query)
    if card is None or card.kind == CHART:
        message = gettext("There is no such card.")
        raise NotFoundError(message)
    tag = service.card_tag(user_id(), card)
    if tag in request.if_none_match:
        return tagged(make_response("", 304), tag)
    view = service.card_view(user_id(), card)
    html = render_template("embed/_coach_card.html", view=view, talk=query.talk, marks=query.marks)
    return tagged(make_response(html), tag)


@bp.post("/coach-messages/<int:message_id>/stop")
@person
def stop_answer(message_id: int) -> str:
    """End an answer that is being written."""
    coach.stop(user_id(), message_id)
    return _message(coach.get_message(user_id(), message_id))


@bp.post("/coach-messages/<int:message_id>/again")
@person
def ask_again(message_id: int) -> Answer:
    """Ask a question once more."""
    talk = coach.get_message(user_id(), message_id).conversation_id
    try:
        coach.ask_again(user_id(), message_id, key=request.form.get("key", ""), site_id=site_id())
    except (ConflictError, EntitlementError) as error:
        return _shown(_query(talk), error.message), UNPROCESSABLE
    return _shown(_query(talk))


@bp.post("/coach-messages/<int:message_id>/draw")
@person
def draw_proposal(message_id: int) -> Answer:
    """Put on the chart what an answer proposes; sent twice it is drawn once."""
    try:
        coach.draw(user_id(), message_id)
    except (ConflictError, ValidationError) as error:
        shown = _message(coach.get_message(user_id(), message_id), draw_error=error.message)
        return shown, UNPROCESSABLE
    return _message(coach.get_message(user_id(), message_id), is_drawn=True)


@bp.post("/coach-messages/<int:message_id>/feedback")
@person
def rate_answer(message_id: int) -> str:
    """Keep whether an answer helped."""
    feedback = FEEDBACK.get(request.form.get("feedback", ""), 0)
    coach.give_feedback(user_id(), message_id, feedback)
    return _message(coach.get_message(user_id(), message_id))
