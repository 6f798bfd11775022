"""Tools that propose something for a chart: they read and check, the member's click draws.

Nothing is drawn at a price that no tool of the answer has found, and no text says a number that is
no fact: a line on a chart is a claim like a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.ai.schemas import Tool
from app.charts import service as charts
from app.charts.schemas import Document, LevelName, Point, Timeframe
from app.coach.rules.citing import check
from app.coach.rules.facts import Fact
from app.coach.rules.proposing import MOST_DRAWN, ChartProposal, Drawn
from app.coach.service.evidence import Evidence
from app.coach.service.market_tools import desk_link
from app.core.errors import ValidationError
from app.core.i18n import gettext


class ShowAsked(BaseModel):
    """Which chart."""

    model_config = ConfigDict(extra="forbid")

    symbol: str = Field(min_length=1, max_length=40)
    timeframe: Timeframe | None = None
    levels: list[LevelName] = Field(
        default=[], max_length=20, description="Levels that the answer speaks of: they stand out."
    )


class DrawAsked(BaseModel):
    """What to draw."""

    model_config = ConfigDict(extra="forbid")

    symbol: str = Field(min_length=1, max_length=40)
    operations: list[Drawn] = Field(min_length=1, max_length=MOST_DRAWN)


def chart_tools(evidence: Evidence, *, may_draw: bool) -> list[Tool]:
    """Return the tools; drawing is there only where the member has asked for it."""

    def show(asked: ShowAsked) -> list[Fact]:
        document = _document(asked.symbol, asked.timeframe)
        evidence.charts.append(
            ChartProposal(
                kind="show", symbol=document.symbol, timeframe=asked.timeframe,
                levels=tuple(asked.levels),
            )
        )  # fmt: skip
        return [_said("shown", document.symbol, "The member sees the chart beside the answer.")]

    def draw(asked: DrawAsked) -> list[Fact]:
        document = _document(asked.symbol, None)
        for operation in asked.operations:
            _check(operation, document, evidence.facts)
        evidence.charts.append(
            ChartProposal(kind="draw", symbol=document.symbol, operations=tuple(asked.operations))
        )
        said = "Proposed to the member, who applies or drops it. Nothing is drawn yet."
        return [_said("proposed", document.symbol, said)]

    shown = evidence.tool(
        "show_chart",
        "Show the member the chart of an instrument beside the answer, with levels that stand out.",
        ShowAsked,
        show,
    )
    if not may_draw:
        return [shown]
    return [
        shown,
        evidence.tool(
            "draw_on_chart",
            "Propose drawings for the member's chart: support and resistance lines, trend lines, "
            "retracements, notes, indicators. Prices must have come out of a tool of this answer "
            "about the same instrument; the member applies the proposal or drops it.",
            DrawAsked,
            draw,
        ),
    ]


def _said(key: str, symbol: str, text: str) -> Fact:
    return Fact(
        key, "chart", text, "text", symbol, source=f"Chart of {symbol}", link=desk_link(symbol)
    )


def _document(symbol: str, timeframe: Timeframe | None) -> Document:
    """Return a bare chart of a symbol, which says whether there are bars for it."""
    given: dict[str, Any] = {"symbol": symbol.upper()}
    if timeframe:
        given["timeframe"] = timeframe
    document = Document.model_validate(given)
    charts.instrument_of(document.symbol, document.asset_class)
    return document


def _check(operation: BaseModel, document: Document, facts: list[Fact]) -> None:
    known = {
        fact.value
        for fact in facts
        if fact.symbol == document.symbol
        and fact.unit == "price"
        and isinstance(fact.value, Decimal)
    }
    for price in _prices(operation):
        if price not in known:
            message = gettext(
                "No tool has found a price of %(price)s for %(symbol)s. Look it up first, and draw "
                "it as it was found.",
                price=f"{price:f}",
                symbol=document.symbol,
            )
            raise ValidationError(message, field="price")
    for text in (getattr(operation, "text", ""), getattr(operation, "label", "")):
        if text and check(text, facts).removed:
            message = gettext("A text on the chart tells a number that no tool has found.")
            raise ValidationError(message, field="text")


def _prices(operation: BaseModel) -> Iterator[Decimal]:
    for name in ("price", "start", "end", "at"):
        value = getattr(operation, name, None)
        if isinstance(value, Point):
            yield value.price
        elif isinstance(value, Decimal):
            yield value
