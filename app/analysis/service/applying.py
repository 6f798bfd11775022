"""Drawing a proposal onto the member's chart in the name of who made it, and taking it back."""

from __future__ import annotations

from app.ai.schemas import OFFLINE
from app.analysis import queries
from app.analysis.errors import NotDoneError
from app.analysis.models import Analysis
from app.charts import service as charts
from app.charts.errors import ChartNotFoundError
from app.charts.schemas import (
    Author,
    Chart,
    ChartIn,
    OperationsIn,
    Revision,
    RevisionQuery,
    UndoIn,
)
from app.core.db import transaction
from app.core.errors import ConflictError
from app.core.i18n import gettext

OFFLINE_NAME = "plain rules"
LOOKED_BACK = 200


def author_of(row: Analysis) -> Author:
    """Return who is named on what an analysis draws: its model, or that no model was used."""
    if row.model == OFFLINE:
        return Author(kind="program", name=OFFLINE_NAME)
    return Author(kind="model", name=row.model)


def apply(user_id: int, analysis_id: int) -> Chart:
    """Draw a proposal, marked as what it is; one that is drawn already stays as it is.

    Raises:
        NotDoneError: there is nothing to draw.
        ValidationError: the chart has no place for it any more.
    """
    with transaction():
        row = queries.get_analysis(user_id, analysis_id, lock=True)
        if row.state != "done" or not row.drawings:
            raise NotDoneError(gettext("This analysis has nothing to draw."))
        chart = _chart(user_id, row)
        if row.applied_version is not None and _is_drawn(user_id, row):
            return chart
        operations = OperationsIn.model_validate({"operations": row.drawings})
        actor = charts.Actor(user_id, author_of(row))
        changed = charts.apply(actor, chart.id, operations)
        row.chart_id, row.applied_version = chart.id, changed.chart.version
        return changed.chart


def undo(user_id: int, analysis_id: int) -> Chart:
    """Take the drawings of a proposal back; where they are gone already, that is fine.

    Raises:
        NotDoneError: it was never drawn.
        ConflictError: the same author drew something newer.
        ChartChangedError: what it drew has been changed since.
    """
    with transaction():
        row = queries.get_analysis(user_id, analysis_id, lock=True)
        if row.applied_version is None or row.chart_id is None:
            raise NotDoneError(gettext("This analysis is not drawn."))
        chart, author = charts.get_chart(user_id, row.chart_id), author_of(row)
        if _is_drawn(user_id, row):
            newest = next(each for each in _revisions(user_id, row) if _is_by(each, author))
            if newest.version != row.applied_version:
                message = gettext("The same author drew something newer. Undo that first.")
                raise ConflictError(message, code="drawn_over")
            asked = UndoIn(by=author.kind, name=author.name)
            chart = charts.undo(charts.member(user_id), chart.id, asked)
        row.applied_version = None
        return chart


def _chart(user_id: int, row: Analysis) -> Chart:
    """Return the chart that was looked at; where it is gone, or never was kept, a new one."""
    if row.chart_id is not None:
        try:
            return charts.get_chart(user_id, row.chart_id)
        except ChartNotFoundError:
            row.applied_version = None
    document = {"symbol": row.symbol, "timeframe": row.timeframe}
    return charts.create_chart(charts.member(user_id), ChartIn(document=document))


def _revisions(user_id: int, row: Analysis) -> list[Revision]:
    if row.chart_id is None:
        return []
    found = charts.list_revisions(user_id, row.chart_id, RevisionQuery(limit=LOOKED_BACK))
    return [each for each in found if each.kind == "changed" and not each.is_undone]


def _is_by(revision: Revision, author: Author) -> bool:
    return revision.by == author


def _is_drawn(user_id: int, row: Analysis) -> bool:
    return any(each.version == row.applied_version for each in _revisions(user_id, row))
