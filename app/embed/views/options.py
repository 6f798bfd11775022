"""The tab of options: parse, call, render."""

from __future__ import annotations

from flask import request

from app.core.auth import person
from app.embed import service
from app.embed.schemas import OptionsQuery
from app.embed.views.blueprint import bp, render_template


def _query() -> OptionsQuery:
    return OptionsQuery.parse({**request.args.to_dict(), "tab": "options"})


@bp.get("/dashboard-options")
@person
def dashboard_options() -> str:
    """Show the tab of options."""
    panel = service.options_panel(_query())
    return render_template("embed/_dashboard_options.html", **panel)


@bp.get("/macro")
@person
def macro() -> str:
    """Show the economy around the market."""
    return render_template("embed/_macro.html", macro=service.macro_page(_query()))
