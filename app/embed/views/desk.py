"""The market desk: parse, call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, make_response, request

from app.core.auth import person, user_id
from app.core.errors import ConflictError, ValidationError
from app.core.http import with_etag
from app.core.limits import limited
from app.embed import service
from app.embed.schemas import BarsQuery, DeskQuery, SymbolsQuery
from app.embed.views.blueprint import UNPROCESSABLE, bp, render_template, tagged

FAULTS = (ConflictError, ValidationError)
Answer = str | tuple[str, int]


@bp.get("/desk")
@person
def desk() -> str:
    """Show an instrument on the desk."""
    return _desk(DeskQuery.parse(request.args))


@bp.get("/desk-now")
@person
def desk_now() -> Response:
    """Show what moves; asked again and again while the page is open and has no stream."""
    query = BarsQuery.parse(request.args)
    tag = service.now_tag(user_id(), query)
    if tag in request.if_none_match:
        return tagged(make_response("", 304), tag)
    html = render_template("embed/_desk_now.html", now=service.desk_now(user_id(), query))
    return tagged(make_response(html), tag)


@bp.get("/desk-levels")
@person
def desk_levels() -> Response:
    """Show the key levels; asked again and again, as some of them move."""
    query = DeskQuery.parse(request.args)
    levels, orders = service.desk_levels_of(user_id(), query)
    html = render_template("embed/_desk_levels.html", levels=levels, orders=orders)
    return with_etag(make_response(html))


@bp.get("/desk-bars")
@person
def desk_bars() -> str:
    """Hand out older bars for the page's script."""
    query = BarsQuery.parse(request.args)
    return render_template("embed/_desk_bars.html", strip=service.desk_older(query))


@bp.get("/desk-step")
@person
def desk_step() -> str:
    """Hand out the next bars of a replay; what comes after them stays here."""
    query = BarsQuery.parse(request.args)
    return render_template("embed/_desk_step.html", step=service.desk_step(user_id(), query))


@bp.get("/desk-chart/<int:chart_id>")
@person
def desk_chart(chart_id: int) -> str:
    """Show a chart's document: what is drawn, by whom, and the forms that change it."""
    query = DeskQuery.parse(request.args).replaced(chart=str(chart_id))
    return _panel(service.chart_panel(user_id(), query))


@bp.post("/desk-operations")
@person
def change_chart() -> Answer:
    """Change a chart, or make the first one of a symbol with this change."""
    return _changed(lambda fields: service.change_chart(user_id(), fields))


@bp.post("/desk-chart/<int:chart_id>/undo")
@person
def undo_change(chart_id: int) -> Answer:
    """Take back the last change of a chart."""
    return _changed(lambda fields: service.undo_change(user_id(), chart_id, fields))


@bp.post("/desk-chart/<int:chart_id>/title")
@person
def rename_chart(chart_id: int) -> Answer:
    """Give a chart another title."""
    return _changed(lambda fields: service.rename_chart(user_id(), chart_id, fields))


@bp.post("/desk-chart/<int:chart_id>/share")
@person
def share_chart(chart_id: int) -> Answer:
    """Make a link to a chart and show it, this once."""
    return _changed(lambda fields: service.share_chart(user_id(), chart_id, fields))


@bp.post("/desk-chart/<int:chart_id>/unshare")
@person
def unshare_chart(chart_id: int) -> Answer:
    """End the link to a chart."""
    return _changed(lambda fields: service.unshare_chart(user_id(), chart_id, fields))


@bp.get("/desk-picture/<int:chart_id>")
@person
@limited("pictures")
def desk_picture(chart_id: int) -> str:
    """Hand out a chart as a picture, which the page's script saves."""
    name, image = service.chart_picture(user_id(), chart_id, _query())
    return render_template("embed/_desk_picture.html", called=name, image=image)


@bp.get("/desk-csv/<int:chart_id>")
@person
def desk_csv(chart_id: int) -> str:
    """Hand out a chart's bars and indicators as a CSV file, which the page's script saves."""
    name, text = service.bars_file(user_id(), chart_id, _query())
    return render_template("embed/_desk_csv.html", called=name, text=text)


@bp.post("/desk-charts")
@person
def copy_chart() -> Answer:
    """Keep a chart under another title, and show it."""
    fields = request.form.to_dict()
    try:
        chart = service.copy_chart(user_id(), fields)
    except FAULTS as error:
        return _panel(service.refused(user_id(), fields, error)), UNPROCESSABLE
    replay = DeskQuery.parse(fields).replay
    return _desk(DeskQuery(chart=str(chart.id), replay=replay))


@bp.post("/desk-chart/<int:chart_id>/delete")
@person
def delete_chart(chart_id: int) -> str:
    """Delete a chart, and show the symbol's next one."""
    service.delete_chart(user_id(), chart_id)
    return _desk(DeskQuery.parse(request.form).replaced(chart="", timeframe=""))


@bp.get("/desk-symbols")
@person
def desk_symbols() -> str:
    """Offer the symbols that fit what is typed."""
    query = SymbolsQuery.parse(request.args)
    symbols = service.find_symbols(query.symbol)
    return render_template("embed/_desk_symbols.html", symbols=symbols)


def _query() -> DeskQuery:
    return DeskQuery.parse(request.args)


def _desk(query: DeskQuery) -> str:
    return render_template(
        "embed/_desk.html",
        **service.desk_panel(user_id(), query),
        new_indicators=service.new_indicators(),
    )


def _panel(panel: Any) -> str:
    return render_template(
        "embed/_desk_chart.html", panel=panel, new_indicators=service.new_indicators()
    )


def _changed(act: Callable[[dict[str, str]], Any]) -> Answer:
    fields = request.form.to_dict()
    try:
        return _panel(act(fields))
    except FAULTS as error:
        return _panel(service.refused(user_id(), fields, error)), UNPROCESSABLE
