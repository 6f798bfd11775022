"""The tab of options: parse, call, render."""

from __future__ import annotations

from flask import request

from app.core.auth import person, user_id
from app.core.errors import ConflictError, ValidationError
from app.core.parse import parse
from app.embed import service
from app.embed.schemas import OptionsQuery
from app.embed.service.options.positions import typed_of
from app.embed.views.blueprint import UNPROCESSABLE, bp, render_template
from app.trading import service as trading
from app.trading.schemas import PositionIn

Answer = str | tuple[str, int]


def _query() -> OptionsQuery:
    return OptionsQuery.parse({**request.args.to_dict(), "tab": "options"})


def _shown(query: OptionsQuery, typed: service.Typed | None = None) -> str:
    panel = service.options_panel(user_id(), query, typed)
    return render_template("embed/_dashboard_options.html", **panel)


@bp.get("/dashboard-options")
@person
def dashboard_options() -> str:
    """Show the tab of options."""
    return _shown(_query())


@bp.get("/macro")
@person
def macro() -> str:
    """Show the economy around the market."""
    return render_template("embed/_macro.html", macro=service.macro_page(_query()))


@bp.post("/positions")
@person
def note_position() -> Answer:
    """Write a position down."""
    return _noted("")


@bp.post("/positions/<key>")
@person
def change_position(key: str) -> Answer:
    """Put other values in the place of a position that was written down."""
    return _noted(key)


@bp.post("/positions/<key>/delete")
@person
def drop_position(key: str) -> str:
    """Take a position that was written down out of effect."""
    trading.drop_position(user_id(), key)
    return _shown(OptionsQuery(tab="options"))


def _noted(key: str) -> Answer:
    values = request.form.to_dict()
    try:
        given = parse(PositionIn, {name: text for name, text in values.items() if text.strip()})
        if key:
            trading.change_position(user_id(), key, given)
        else:
            trading.note_position(user_id(), given)
    except (ConflictError, ValidationError) as error:
        fault = error if isinstance(error, ValidationError) else ValidationError(error.message)
        query = OptionsQuery.parse({"tab": "options", "edit": key})
        return _shown(query, typed_of(values, fault)), UNPROCESSABLE
    return _shown(OptionsQuery(tab="options"))
