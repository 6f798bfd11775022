"""Tickets for live updates of a member's overview or desk."""

from __future__ import annotations

from urllib.parse import quote

from flask import current_app, g

from app.charts import service as charts
from app.charts.schemas import ChartQuery
from app.core import i18n, live
from app.core.auth import principal
from app.embed.schemas import OpenChartOut, OverviewQuery, TicketIn, TicketOut

OVERVIEW = "/embed/dashboard-overview"


def open_stream(user_id: int, page_url: str, wp_user_id: int, given: TicketIn) -> TicketOut | None:
    """Return where the member's page finds its stream; None where there is none."""
    edge, origin = current_app.config["EDGE_URL"], live.origin_of(page_url)
    if not edge or not origin:
        return None
    is_desk = given.fragment == "desk"
    ticket = live.Ticket(
        user_id=user_id,
        site_id=str(principal().site_id),
        wp_user_id=wp_user_id,
        origin=origin,
        target=live.CHECK if is_desk else OVERVIEW + OverviewQuery(range=given.range).encoded(),
        language=i18n.language(),
        known="" if is_desk else given.known,
        session=g.wp_session,
        signed_at=g.signed_at,
        instruments=given.instruments if is_desk else (),
        charts=given.charts if is_desk else (),
    )
    for chart_id in ticket.charts[:1]:
        live.note_chart(user_id, chart_id)
    text = live.issue(ticket)
    if text is None:
        return None
    return TicketOut(url=f"{edge}/live?ticket={quote(text)}", expires_in=live.TICKET_SECONDS)


def open_chart(user_id: int) -> OpenChartOut:
    """Return the chart that a program means when it names none.

    It is the one that the member opened last on the desk, where it is still there, else the one
    that was changed last.
    """
    lines = charts.list_charts(user_id, ChartQuery(limit=200))
    noted = live.noted_chart(user_id)
    ids = [line.id for line in lines]
    return OpenChartOut(chart_id=noted if noted in ids else next(iter(ids), None))
