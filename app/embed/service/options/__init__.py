"""The tab of options: positions, chain and builder, curves, LEAPS, macro."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.core.i18n import lazy_gettext
from app.embed.schemas import OptionsQuery
from app.embed.service.links import Target
from app.embed.service.options.chain import chain_panel, curves_panel
from app.embed.service.options.leaps import leaps_panel
from app.embed.service.options.macro import macro_page
from app.embed.service.options.positions import Typed, positions_panel
from app.embed.service.options.screenshots import screenshots_panel

OPTIONS = Target("/embed/dashboard-options", "dashboard-options", "dashboard")
PARTS = [
    ("positions", lazy_gettext("Positions")),
    ("chain", lazy_gettext("Chain")),
    ("curves", lazy_gettext("Volatility")),
    ("leaps", lazy_gettext("LEAPS")),
    ("macro", lazy_gettext("Macro")),
]

__all__ = ["Typed", "macro_page", "options_panel"]


def options_panel(user_id: int, query: OptionsQuery, typed: Typed | None = None) -> dict[str, Any]:
    """Return what the tab of options shows; `typed` is a form that was refused."""
    panels: dict[str, Callable[[], dict[str, Any]]] = {
        "positions": lambda: positions_panel(user_id, query, typed),
        "screenshots": lambda: screenshots_panel(user_id, query),
        "chain": lambda: chain_panel(query),
        "curves": lambda: curves_panel(query),
        "leaps": lambda: leaps_panel(user_id, query),
        "macro": lambda: {"macro": macro_page(query)},
    }
    part = query.part if query.part in panels else "positions"
    return {
        "options_query": query.replaced(part=part),
        "options_target": OPTIONS,
        "options_parts": PARTS,
        **panels[part](),
    }
