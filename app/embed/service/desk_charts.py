"""A member's chart on the desk: the document with its drawings, and every change of it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.charts import schemas
from app.charts import service as charts
from app.charts.errors import ChartChangedError, ChartNotFoundError
from app.core.db import transaction
from app.core.errors import AppError, ValidationError
from app.core.i18n import gettext, lazy_gettext
from app.core.parse import parse
from app.embed import rules
from app.embed.schemas import DeskQuery
from app.embed.service import desk_bars, desk_levels, desk_lists
from app.market import service as market

MOST_LISTED = 50
MOST_DIGITS = 10
BARS_OF_FILE = 2_000
MEANT_FOR_NOW = frozenset({"move_drawing", "remove_drawing", "take_over", "remove_indicator"})
"""Changes of what somebody else may have changed meanwhile: they are not tried again unseen."""
UTC_ZONE, NEW_YORK_ZONE = "UTC", "America/New_York"
SWITCHES = {
    "shows_volume": lazy_gettext("Volume"),
    "shows_sessions": lazy_gettext("Shading of the hours around the market"),
    "shows_extended_hours": lazy_gettext("Bars of the hours around the market"),
    "shows_trades": lazy_gettext("Your trades"),
}


@dataclass(frozen=True)
class Panel:
    """A chart's document beside the chart."""

    chart: schemas.Chart | None
    document: schemas.Document
    timeframe: str
    zone: str
    digits: int
    drawings: Sequence[desk_lists.Drawn]
    indicators: Sequence[desk_lists.Shown]
    others: Sequence[schemas.ChartLine] = ()
    said: str = ""
    """What was done, or why it was not."""
    is_refused: bool = False
    url: str = ""
    """Where a chart that was just shared is seen; it is not told again."""
    moment: datetime | None = None
    """Of the replay in which the chart is shown; what was drawn later is not here."""
    levels: Sequence[tuple[str, str, bool]] = ()
    """Every key level that can be shown: its key, its name, and whether it is."""

    @property
    def levels_shown(self) -> str:
        """Name the levels that are shown as the page sends them back."""
        return ".".join(key for key, _, is_shown in self.levels if is_shown)

    @property
    def replay(self) -> str:
        """Return the moment as the page sends it back, in seconds; empty for now."""
        return str(int(self.moment.timestamp())) if self.moment else ""

    @property
    def by_machines(self) -> int:
        """How many drawings are not the member's own."""
        return sum(1 for each in self.drawings if each.by)


def find_chart(user_id: int, query: DeskQuery) -> schemas.Chart | None:
    """Return the chart that a page asks for, or the one of its symbol that was changed last.

    Raises:
        ChartNotFoundError: it names one that is not there, or not the member's.
    """
    if query.chart:
        return charts.get_chart(user_id, int(query.chart))
    asked = schemas.ChartQuery(symbol=query.symbol or None, limit=1)
    found = charts.list_charts(user_id, asked)
    return charts.get_chart(user_id, found[0].id) if found else None


def chart_or_none(user_id: int, query: DeskQuery) -> schemas.Chart | None:
    """Return the chart that a page names; None for none, also where it has been deleted."""
    try:
        return charts.get_chart(user_id, int(query.chart)) if query.chart else None
    except ChartNotFoundError:
        return None


def version_of(user_id: int, chart: str) -> int:
    """Return the version of a member's chart; 0 for none, also where it has been deleted."""
    found = chart_or_none(user_id, DeskQuery(chart=chart))
    return found.version if found else 0


def panel(
    user_id: int,
    query: DeskQuery,
    *,
    said: str = "",
    is_refused: bool = False,
    chart: schemas.Chart | None = None,
    url: str = "",
) -> Panel:
    """Return a chart's document as the page shows it; an empty one where none is kept yet."""
    found = chart or find_chart(user_id, query)
    document = found.document if found else _empty(query)
    zone, digits = _place(document)
    moment = desk_bars.moment(query.replay)
    document = charts.as_known(document, moment)
    timeframe = query.timeframe or document.timeframe
    return Panel(
        chart=found,
        document=document,
        timeframe=timeframe,
        zone=zone,
        digits=digits,
        drawings=[desk_lists.drawn(each, zone, digits) for each in document.drawings],
        indicators=[desk_lists.shown(each) for each in document.indicators],
        others=charts.list_charts(user_id, schemas.ChartQuery(limit=MOST_LISTED)),
        said=said,
        is_refused=is_refused,
        url=url,
        moment=moment,
        levels=desk_levels.choices(document.model_copy(update={"timeframe": timeframe})),
    )


def _empty(query: DeskQuery) -> schemas.Document:
    return schemas.Document(symbol=query.symbol or "-", timeframe=query.timeframe or "M5")


def _place(document: schemas.Document) -> tuple[str, int]:
    """Return the clock of an instrument's exchange, and the decimals of its prices."""
    found = market.find_with_bars([document.symbol]).get(document.symbol)
    if found is None:
        return NEW_YORK_ZONE, rules.digits_of("equity", 1.0)
    newest = market.read_many([found.id], "D1", last=1, include_open=True).get(found.id)
    level = float(newest.close[-1]) if newest is not None and len(newest.close) else 1.0
    zone = UTC_ZONE if found.venue == "24/7" else NEW_YORK_ZONE
    return zone, rules.digits_of(found.asset_class, level)


def change_chart(user_id: int, fields: Mapping[str, str]) -> Panel:
    """Change a chart as a page asks; one that was not kept yet is made.

    Where somebody else has changed it meanwhile, what only adds is tried again on the newer one;
    else the newer one is shown.
    """
    query = DeskQuery.parse(fields)
    chart = find_chart(user_id, query)
    document = chart.document if chart else _empty(query)
    zone, _ = _place(document)
    moment = desk_bars.moment(query.replay)
    try:
        asked = rules.read_operations(fields, zone, document.model_dump(mode="json"))
        given = parse(schemas.OperationsIn, {"operations": asked, "version": _version(fields)})
    except rules.UnreadableError as error:
        message = gettext("What was sent is no change of a chart. Reload the page and try again.")
        raise ValidationError(message, field="operation") from error
    actor = charts.member(user_id)
    with transaction():
        chart = chart or charts.create_chart(
            actor, schemas.ChartIn(document=document.model_dump(mode="json"))
        )
        try:
            changed = charts.apply(actor, chart.id, given, as_of=moment)
            said = ""
        except ChartChangedError:
            if any(each.kind in MEANT_FOR_NOW for each in given.operations):
                raise
            newer = given.model_copy(update={"version": None})
            changed = charts.apply(actor, chart.id, newer, as_of=moment)
            said = gettext("The chart had changed meanwhile; yours was added to the newer one.")
    return panel(user_id, query, said=said, chart=changed.chart)


def refused(user_id: int, fields: Mapping[str, str], error: AppError) -> Panel:
    """Return the chart as it is, with why a change was not made."""
    return panel(user_id, DeskQuery.parse(fields), said=error.message, is_refused=True)


def _version(fields: Mapping[str, str]) -> int | None:
    text = fields.get("version", "")
    is_number = text.isascii() and text.isdigit() and len(text) < MOST_DIGITS
    return int(text) if is_number and int(text) else None


def undo_change(user_id: int, chart_id: int, fields: Mapping[str, str]) -> Panel:
    """Take back the last change: of anybody, or of a machine."""
    by = "machine" if fields.get("by") == "machine" else "anyone"
    query = DeskQuery.parse(fields)
    moment = desk_bars.moment(query.replay)
    with transaction():
        chart = charts.undo(charts.member(user_id), chart_id, schemas.UndoIn(by=by), as_of=moment)
    return panel(user_id, query, said=gettext("Taken back."), chart=chart)


def rename_chart(user_id: int, chart_id: int, fields: Mapping[str, str]) -> Panel:
    """Give a chart another title."""
    given = parse(schemas.ChartChange, {"title": fields.get("title", "")})
    with transaction():
        chart = charts.rename(charts.member(user_id), chart_id, given.title)
    return panel(user_id, DeskQuery.parse(fields), said=gettext("Saved."), chart=chart)


def copy_chart(user_id: int, fields: Mapping[str, str]) -> schemas.Chart:
    """Keep a copy of a chart under another title, or a new empty one."""
    given: dict[str, Any] = {"title": fields.get("title") or None}
    if fields.get("copy_of"):
        given["copy_of"] = fields["copy_of"]
    else:
        given["document"] = _empty(DeskQuery.parse(fields)).model_dump(mode="json")
    with transaction():
        return charts.create_chart(charts.member(user_id), parse(schemas.ChartIn, given))


def delete_chart(user_id: int, chart_id: int) -> None:
    """Delete a chart; for thirty days it can be brought back by the API."""
    with transaction():
        charts.delete_chart(charts.member(user_id), chart_id)


# --- Sharing ---


def share_chart(user_id: int, chart_id: int, fields: Mapping[str, str]) -> Panel:
    """Make a link to a chart for anybody who has it; it is shown this once.

    Raises:
        ValidationError: the member has not agreed.
    """
    if fields.get("agrees") != "true":
        message = gettext("Agree first that anybody who has the link sees this chart.")
        raise ValidationError(message, field="agrees")
    asked = {"expires_in_days": fields.get("days") or None, "shows_name": "shows_name" in fields}
    given = parse(schemas.ShareIn, asked)
    with transaction():
        link = charts.share_chart(user_id, chart_id, given)
    return panel(user_id, DeskQuery.parse(fields), said=gettext("Shared."), url=link.url or "")


def unshare_chart(user_id: int, chart_id: int, fields: Mapping[str, str]) -> Panel:
    """End the link to a chart."""
    with transaction():
        charts.unshare_chart(user_id, chart_id)
    return panel(user_id, DeskQuery.parse(fields), said=gettext("The link has ended."))


# --- Files ---


def picture(user_id: int, chart_id: int, query: DeskQuery) -> tuple[str, str]:
    """Return a name for a chart's picture, and the picture as text that a page can carry.

    In a replay it is the picture of then.
    """
    chart = charts.get_chart(user_id, chart_id)
    image = charts.screenshot(user_id, chart_id, now=desk_bars.moment(query.replay))
    return _file_name(chart, "png"), base64.b64encode(image).decode()


def bars_file(user_id: int, chart_id: int, query: DeskQuery) -> tuple[str, str]:
    """Return a name for a chart's bars with the lines of its indicators, and the file.

    In a replay it holds what was known by then.
    """
    chart, at = charts.get_chart(user_id, chart_id), desk_bars.moment(query.replay)
    return _file_name(chart, "csv"), charts.bars_csv(user_id, chart_id, BARS_OF_FILE, as_of=at)


def _file_name(chart: schemas.Chart, ending: str) -> str:
    plain = "".join(each if each.isalnum() else "-" for each in chart.document.symbol)
    return f"{plain}-{chart.document.timeframe}.{ending}"
