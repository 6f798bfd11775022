"""What an operation makes of a document. Nothing is altered: a new document comes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from app.charts import schemas as s
from app.charts.errors import DocumentError, MemberOnlyError
from app.charts.rules.documents import read_settings, size_checked
from app.core.errors import NotFoundError, ValidationError
from app.core.i18n import gettext

MOST_INDICATORS = 20
MOST_DRAWINGS = 300
MACHINES = ("program", "model", "replica")


class Hand(NamedTuple):
    """Who changes a chart, when, and what the next new piece is called."""

    author: s.Author
    at: datetime
    new_id: str
    as_of: datetime | None = None
    """Up to when the market is seen by who does it; None for up to now."""


Applied = tuple[s.Document, str | None]


def is_machine(author: s.Author) -> bool:
    """Whether no person drew it."""
    return author.kind in MACHINES


def apply(document: s.Document, operation: s.Operation, hand: Hand) -> Applied:
    """Return the document after an operation, and the id of what was added.

    Raises:
        ValidationError: it cannot be done; the message names the field and what to do.
        NotFoundError: the chart has no such piece.
        MemberOnlyError: a program asks for what only the member may do.
    """
    changed, new_id = _HOW[type(operation)](document, operation, hand)
    return size_checked(changed), new_id


def claimed(document: s.Document, author: s.Author, at: datetime) -> s.Document:
    """Return a document that somebody brings along, with the authors that it may name.

    A member's may hold what machines drew, and says so; a program drew all of its own.
    """

    def by(part: Any) -> s.Author:
        kept: s.Author = part.by
        return kept if is_machine(kept) and not is_machine(author) else author

    return document.model_copy(
        update={
            "indicators": [one.model_copy(update={"by": by(one)}) for one in document.indicators],
            "drawings": [
                one.model_copy(
                    update={
                        "by": by(one),
                        "drawn_at": min(one.drawn_at, at),
                        "as_of": min(one.as_of, at) if one.as_of else None,
                    }
                )
                for one in document.drawings
            ],
        }
    )


# --- Indicators ---


def _add_indicator(document: s.Document, asked: s.AddIndicator, hand: Hand) -> Applied:
    if len(document.indicators) >= MOST_INDICATORS:
        raise _full(gettext("indicators"), MOST_INDICATORS)
    made = s.Indicator(
        id=hand.new_id,
        kind=asked.indicator,
        settings=read_settings(asked.indicator, asked.settings),
        by=hand.author,
    )
    indicators = [*document.indicators, made]
    return document.model_copy(update={"indicators": indicators}), made.id


def _remove_indicator(document: s.Document, asked: s.RemoveIndicator, _hand: Hand) -> Applied:
    left = [
        one
        for one in document.indicators
        if (one.id != asked.id if asked.id is not None else one.kind != asked.indicator)
    ]
    if len(left) == len(document.indicators):
        message = gettext(
            "The chart has no indicator '%(name)s'. It has: %(known)s.",
            name=asked.id or asked.indicator or "",
            known=", ".join(f"{one.id} ({one.kind})" for one in left) or gettext("none"),
        )
        raise NotFoundError(message)
    return document.model_copy(update={"indicators": left}), None


# --- Drawings ---


def _draw(kind: type[Any]) -> Callable[[s.Document, Any, Hand], Applied]:
    def draw(document: s.Document, asked: Any, hand: Hand) -> Applied:
        if len(document.drawings) >= MOST_DRAWINGS:
            raise _full(gettext("drawings"), MOST_DRAWINGS)
        given = {
            name: getattr(asked, name)
            for name in type(asked).model_fields
            if name != "kind" and getattr(asked, name) is not None
        }
        made = kind(id=hand.new_id, by=hand.author, drawn_at=hand.at, as_of=hand.as_of, **given)
        drawings = [*document.drawings, made]
        return document.model_copy(update={"drawings": drawings}), made.id

    return draw


def _find(document: s.Document, drawing_id: str) -> s.Drawing:
    found = next((one for one in document.drawings if one.id == drawing_id), None)
    if found is None:
        message = gettext("The chart has no drawing '%(id)s'.", id=drawing_id)
        raise NotFoundError(message)
    return found


def _replaced(document: s.Document, made: s.Drawing) -> Applied:
    drawings = [made if one.id == made.id else one for one in document.drawings]
    return document.model_copy(update={"drawings": drawings}), None


def _move(document: s.Document, asked: s.MoveDrawing, hand: Hand) -> Applied:
    old, given = _find(document, asked.drawing.id), asked.drawing
    if old.kind != given.kind:
        message = gettext(
            "'%(id)s' is a %(kind)s and stays one. Remove it and draw anew.",
            id=old.id,
            kind=old.kind,
        )
        raise ValidationError(message, field="drawing/kind")
    if is_machine(hand.author) and not is_machine(old.by):
        # It would say of itself that the member drew it there.
        message = gettext("Only the member moves what the member drew. Draw one of your own.")
        raise MemberOnlyError(message)
    kept = {
        "by": old.by,
        "drawn_at": old.drawn_at,
        "is_proposed": old.is_proposed,
        # Where it lies by now, nobody knew when it was drawn.
        "as_of": hand.as_of or hand.at,
    }
    return _replaced(document, given.model_copy(update=kept))


def _remove_drawing(document: s.Document, asked: s.RemoveDrawing, _hand: Hand) -> Applied:
    gone = _find(document, asked.id)
    left = [one for one in document.drawings if one is not gone]
    return document.model_copy(update={"drawings": left}), None


def _take_over(document: s.Document, asked: s.TakeOver, hand: Hand) -> Applied:
    found = _find(document, asked.id)
    if is_machine(hand.author):
        message = gettext("Only the member takes a proposal over.")
        raise MemberOnlyError(message)
    return _replaced(document, found.model_copy(update={"is_proposed": False}))


def _full(what: str, most: int) -> DocumentError:
    message = gettext(
        "A chart has at most %(most)s %(what)s. Remove one first.", most=most, what=what
    )
    return DocumentError(message, field="operations", code="chart_full")


# --- What is shown ---


def _set_symbol(document: s.Document, asked: s.SetSymbol, _hand: Hand) -> Applied:
    if document.drawings and asked.symbol != document.symbol:
        message = gettext(
            "This chart has drawings on %(symbol)s, and drawings stay with their symbol. Open "
            "another chart for %(other)s.",
            symbol=document.symbol,
            other=asked.symbol,
        )
        raise ValidationError(message, field="symbol", code="has_drawings")
    update = {"symbol": asked.symbol, "asset_class": asked.asset_class}
    return document.model_copy(update=update), None


def _set_padding(document: s.Document, asked: s.SetYaxisPadding, _hand: Hand) -> Applied:
    settings = document.settings.model_copy(update={"yaxis_padding": asked.padding})
    return document.model_copy(update={"settings": settings}), None


def _set(name: str) -> Callable[[s.Document, Any, Hand], Applied]:
    def put(document: s.Document, asked: Any, _hand: Hand) -> Applied:
        return document.model_copy(update={name: getattr(asked, name)}), None

    return put


_HOW: dict[type[Any], Callable[[s.Document, Any, Hand], Applied]] = {
    s.AddIndicator: _add_indicator,
    s.RemoveIndicator: _remove_indicator,
    s.DrawTrendline: _draw(s.Trendline),
    s.DrawFibonacci: _draw(s.Fibonacci),
    s.DrawSupportResistance: _draw(s.SupportResistance),
    s.AddPriceTarget: _draw(s.PriceTarget),
    s.AddAnalysisNote: _draw(s.AnalysisNote),
    s.MoveDrawing: _move,
    s.RemoveDrawing: _remove_drawing,
    s.TakeOver: _take_over,
    s.SetYaxisPadding: _set_padding,
    s.SetChartType: _set("chart_type"),
    s.SetSymbol: _set_symbol,
    s.SetTimeframe: _set("timeframe"),
    s.ChangeSettings: _set("settings"),
}
