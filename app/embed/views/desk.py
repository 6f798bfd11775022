"""The market desk: parse, call, render."""

from __future__ import annotations

from flask import Response, make_response, request

from app.core.auth import person
from app.embed import service
from app.embed.schemas import BarsQuery, DeskQuery, SymbolsQuery
from app.embed.views.blueprint import bp, render_template, tagged


@bp.get("/desk")
@person
def desk() -> str:
    """Show an instrument on the desk."""
    query = DeskQuery.parse(request.args)
    return render_template("embed/_desk.html", **service.desk_panel(query))


@bp.get("/desk-now")
@person
def desk_now() -> Response:
    """Show what moves; asked again and again while the page is open and has no stream."""
    query = BarsQuery.parse(request.args)
    tag = service.now_tag(query)
    if tag in request.if_none_match:
        return tagged(make_response("", 304), tag)
    html = render_template("embed/_desk_now.html", now=service.desk_now(query))
    return tagged(make_response(html), tag)


@bp.get("/desk-bars")
@person
def desk_bars() -> str:
    """Hand out older bars for the page's script."""
    query = BarsQuery.parse(request.args)
    return render_template("embed/_desk_bars.html", strip=service.desk_bars(query))


@bp.get("/desk-symbols")
@person
def desk_symbols() -> str:
    """Offer the symbols that fit what is typed."""
    query = SymbolsQuery.parse(request.args)
    symbols = service.find_symbols(query.symbol)
    return render_template("embed/_desk_symbols.html", symbols=symbols)
