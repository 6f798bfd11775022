"""What an answer proposes for a chart, and putting it there once the member says so.

The coach changes no chart by itself: a proposal is data of the answer. The member's click applies
it, as the drawing of a model, which the chart marks and can undo.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from app.ai.schemas import OFFLINE
from app.charts import service as charts
from app.charts.schemas import Author, Changed, ChartIn, ChartQuery, OperationsIn
from app.coach import queries
from app.coach.rules.proposing import ChartProposal, read_proposals
from app.core.db import transaction
from app.core.parse import parse

BY_RULES = "offline analyst"
"""Who draws where no model was used."""


def draw(user_id: int, message_id: int) -> list[Changed]:
    """Apply what an answer proposes for charts; a second time it changes nothing.

    Raises:
        NotFoundError: there is no such answer, or it is another member's.
        ValidationError: something lies outside of the chart's data.
    """
    with transaction():
        # A second click at the same moment waits, and finds the drawings there.
        row = queries.get_message(user_id, message_id, lock=True)
        model = row.model if row.model != OFFLINE else BY_RULES
        proposals = read_proposals(row.showing.get("charts")) if row.state == "done" else ()
        made = [apply_proposal(user_id, one, model) for one in proposals if one.kind == "draw"]
    return [one for one in made if one is not None]


def apply_proposal(user_id: int, proposal: ChartProposal, model: str) -> Changed | None:
    """Put a proposal's drawings on the member's chart of its symbol, making one where there is none.

    What stands there already, drawn by the same hand, is not drawn twice; None: nothing was left.

    Raises:
        ValidationError: something lies outside of the chart's data.
    """
    actor = charts.Actor(user_id, Author(kind="model", name=model))
    with transaction():
        chart_id = _chart_of(user_id, actor, proposal)
        document = charts.get_chart(user_id, chart_id).document
        known = [_shape(one) for one in (*document.drawings, *document.indicators)]
        wanted = [one for one in proposal.operations if _shape(_made(one)) not in known]
        if not wanted:
            return None
        body = {"operations": [one.model_dump(mode="json", exclude_none=True) for one in wanted]}
        return charts.apply(actor, chart_id, parse(OperationsIn, body))


def _chart_of(user_id: int, actor: charts.Actor, proposal: ChartProposal) -> int:
    """Return the member's chart of a symbol that was changed last."""
    found = charts.list_charts(user_id, ChartQuery(symbol=proposal.symbol, limit=1))
    if found:
        return found[0].id
    document = {"symbol": proposal.symbol}
    if proposal.timeframe:
        document["timeframe"] = proposal.timeframe
    return charts.create_chart(actor, ChartIn(document=document)).id


def _made(operation: BaseModel) -> dict[str, Any]:
    """Return the piece that an operation makes."""
    told = operation.model_dump(mode="json", exclude_none=True)
    kind = told.pop("kind")
    if kind == "add_indicator":
        return {**told, "kind": told.pop("indicator")}
    return {**told, "kind": kind.removeprefix("draw_").removeprefix("add_")}


def _shape(piece: BaseModel | dict[str, Any]) -> dict[str, Any]:
    """Return a piece without what only tells it from its like."""
    told = piece if isinstance(piece, dict) else piece.model_dump(mode="json", exclude_none=True)
    return {
        name: value
        for name, value in told.items()
        if name not in {"id", "by", "drawn_at", "is_proposed", "ratios", "extends"}
    }
