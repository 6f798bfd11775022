"""Dry runs of a version of the prompt on a chart: counted and limited, and no prediction of anybody."""

from __future__ import annotations

from typing import Any

from app.ai.schemas import Outcome
from app.analysis.service import proposing
from app.analysis.service.looking import followed_by, stored
from app.charts import service as charts
from app.charts.schemas import Document
from app.core import clock
from app.core.citing.checking import Citation
from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.market import service as market

USUAL = "SPY"


def sample_symbol(asked: str) -> str:
    """Return of which symbol's chart a dry run is: the one that is asked for, else one with bars.

    Raises:
        ValidationError: there are no bars of it, or of anything.
    """
    if asked:
        return charts.instrument_of(asked, None).symbol
    found = market.search_instruments(USUAL, 1) or market.search_instruments("", 1)
    if not found:
        message = gettext("There are no bars of anything yet: bring some in first.")
        raise ValidationError(message, field="symbol")
    return found[0].symbol


def try_prompt(
    user_id: int, symbol: str, request_key: str, number: int, *, site_id: str | None = None
) -> tuple[dict[str, Any], Outcome]:
    """Return what a version of the prompt makes of a plain chart of a symbol; nothing is kept of it.

    See `proposing.make` for what may be raised.
    """
    instrument = charts.instrument_of(symbol, None)
    plain = Document(symbol=instrument.symbol)
    if followed_by(instrument.id) == "D1":
        plain = plain.model_copy(update={"timeframe": "D1"})
    made = proposing.make(
        instrument, plain, request_key, clock.now(),
        user_id=user_id, site_id=site_id, prompt_number=number,
    )  # fmt: skip
    return _kept(made), made.outcome


def _kept(made: proposing.Made) -> dict[str, Any]:
    proposal, parts = made.proposal, made.text.parts
    cited = {part.fact.id: part.fact for part in parts if isinstance(part, Citation)}
    said: dict[str, Any] = {
        name: getattr(proposal, name) for name in ("bias", "entry", "target", "stop", "confidence")
    }
    said |= {"horizon_bars": proposal.horizon_bars, "drawings": len(proposal.drawings)}
    return {
        "parts": [part if isinstance(part, str) else [part.text, part.fact.id] for part in parts],
        "facts": [stored(fact) for fact in cited.values()],
        "removed": list(made.text.removed),
        "groups": [
            {
                "title": f"{made.moment.symbol} {made.moment.timeframe}",
                "fields": [
                    {"name": name, "value": str(value)}
                    for name, value in said.items()
                    if value is not None
                ],
            }
        ],
    }
