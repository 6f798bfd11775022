"""Analyses on the desk: the proposal beside the chart, all of a member's, and how they did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.analysis import service as analysis
from app.analysis.schemas import AnalysisList, AnalysisQuery, AnalysisView, Calibration
from app.billing import service as billing
from app.charts.schemas import Document
from app.core import security
from app.core.errors import ValidationError
from app.core.i18n import gettext, lazy_gettext
from app.embed.schemas import AnalysesQuery, DeskQuery
from app.embed.service import coach

MOST_LISTED, MOST_COMPARED = 20, 4
REASONS = {
    **coach.REASONS,
    "answer": lazy_gettext(
        "What the model proposed cannot be meant for this market, so it is not shown. Ask again."
    ),
    "lost": lazy_gettext("The analysis was cut off on its way. Ask again."),
    "bars": lazy_gettext("There are too few bars of this length. Choose another length of bars."),
    "refused": lazy_gettext("This could not be analysed. Choose another symbol or length of bars."),
}
BIASES = {
    "long": lazy_gettext("Long"),
    "short": lazy_gettext("Short"),
    "neutral": lazy_gettext("Neutral"),
}
RESULTS = {
    "open": lazy_gettext("still open"),
    "target": lazy_gettext("target reached"),
    "stop": lazy_gettext("stop reached"),
    "time": lazy_gettext("time was over first"),
    "not_entered": lazy_gettext("entry not reached"),
    "no_data": lazy_gettext("no prices came in"),
    "none": lazy_gettext("nothing to follow"),
}


@dataclass(frozen=True)
class AnalysisPanel:
    """What stands beside the chart."""

    query: AnalysesQuery
    found: AnalysisView | None
    is_allowed: bool
    sent_key: str
    said: str = ""
    is_refused: bool = False
    redraws: str = ""
    """Where the chart's own panel is fetched anew, once something was drawn or taken back."""


class Place(NamedTuple):
    """A bin of a calibration curve in percent of the plot: across, up, and its interval."""

    x: float
    y: float
    high: float
    low: float
    n: int


@dataclass(frozen=True)
class Curve:
    """How one model did, with its calibration as places of a plot."""

    figures: Calibration
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Overview:
    """All analyses of a member, some beside each other, and how they did."""

    query: AnalysesQuery
    history: AnalysisList
    compared: list[AnalysisView] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)


def analysis_panel(user_id: int, query: AnalysesQuery, **more: Any) -> AnalysisPanel:
    """Return the panel: the analysis that is named, else the symbol's newest one.

    Raises:
        AnalysisNotFoundError: it names one that is not there, or not the member's.
    """
    if query.analysis:
        found: AnalysisView | None = analysis.get_analysis(user_id, int(query.analysis))
    else:
        found = analysis.newest_analysis(user_id, query.symbol) if query.symbol else None
    allowed = billing.can(user_id, analysis.FEATURE)
    return AnalysisPanel(query, found, allowed, security.random_token(12), **more)


def ask_analysis(
    user_id: int, query: AnalysesQuery, key: str, site_id: str | None
) -> AnalysisPanel:
    """Ask for an analysis of what the desk shows."""
    if not query.chart and not query.symbol:
        raise ValidationError(gettext("Choose a symbol first."), field="symbol")
    row = analysis.ask(
        user_id,
        chart_id=int(query.chart) if query.chart else None,
        document=Document(symbol=query.symbol) if query.symbol else None,
        timeframe=query.timeframe,
        key=key,
        site_id=site_id,
    )
    return analysis_panel(user_id, query.replaced(analysis=str(row.id)))


def draw_analysis(user_id: int, query: AnalysesQuery, *, is_undone: bool = False) -> AnalysisPanel:
    """Draw a proposal onto the chart, or take it back."""
    act = analysis.undo if is_undone else analysis.apply
    chart = act(user_id, int(query.analysis))
    said = gettext("Taken back.") if is_undone else gettext("Drawn, and marked as proposed.")
    shown = DeskQuery(symbol=query.symbol, timeframe=query.timeframe, chart=str(chart.id))
    address = f"/embed/desk-chart/{chart.id}{shown.replaced(chart='').encoded()}"
    asked = query.replaced(chart=str(chart.id))
    return analysis_panel(user_id, asked, said=said, redraws=address)


def overview(user_id: int, query: AnalysesQuery) -> Overview:
    """Return the history, what is to be compared, and how analyses did."""
    asked = AnalysisQuery(text=query.find, limit=MOST_LISTED)
    ids = [int(each) for each in query.ids.split(",") if each]
    figures = analysis.read_calibration(user_id, query.of).items
    return Overview(
        query=query,
        history=analysis.list_analyses(user_id, asked),
        compared=analysis.compare(user_id, ids) if ids else [],
        curves=[Curve(each, places_of(each)) for each in figures],
    )


def places_of(figures: Calibration) -> tuple[Place, ...]:
    """Return where the bins of a calibration stand in a plot, in percent from its top left."""
    return tuple(
        Place(
            round(100 * one.said, 2),
            round(100 - 100 * one.came, 2),
            round(100 - 100 * one.interval_high, 2),
            round(100 - 100 * one.interval_low, 2),
            one.n,
        )
        for one in figures.bins
    )


def known_of(found: AnalysisView) -> str:
    """Return what tells one state of an analysis from another."""
    return security.fingerprint(f"{found.id}:{found.state}:{found.doing}:{found.ahead}")[:16]


def state_text(found: AnalysisView) -> str:
    """Return in words why there is no proposal."""
    if found.state == "stopped":
        return gettext("You stopped this analysis.")
    return str(REASONS.get(found.reason, REASONS["refused"]))


def doing_text(found: AnalysisView) -> str:
    """Return in words how far an analysis is."""
    if found.state == "waiting":
        return coach.ahead_text(found.ahead) or gettext("Waiting for a free worker")
    if found.doing:
        return gettext("Writing the proposal")
    return gettext("Looking at the chart")


def bias_text(bias: str | None) -> str:
    """Return a bias in words."""
    return str(BIASES.get(bias or "", ""))


def result_text(result: str) -> str:
    """Return in words what became of a prediction."""
    return str(RESULTS.get(result, result))


def model_text(model: str) -> str:
    """Return by whom an analysis is."""
    return gettext("Plain rules, no model was used") if model == "offline" else model


def picks(analysis_id: int, ids: str) -> str:
    """Return those that are compared once one more is picked, or put back; four at most."""
    chosen, one = [each for each in ids.split(",") if each], str(analysis_id)
    found = [each for each in chosen if each != one] if one in chosen else [*chosen, one]
    return ",".join(found[-MOST_COMPARED:])


FILTERS = {
    "analysis_known": known_of,
    "analysis_state": state_text,
    "analysis_doing": doing_text,
    "analysis_bias": bias_text,
    "analysis_result": result_text,
    "analysis_model": model_text,
    "analysis_picks": picks,
}
