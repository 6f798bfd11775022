"""Replays: history that a member goes through bar by bar, and nothing of what came next."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.accounts import service as accounts
from app.charts import queries, rules
from app.charts import schemas as s
from app.charts.errors import ChartChangedError, ReplayNotFoundError
from app.charts.models import Replay as Row
from app.charts.rules.places import SPANS
from app.charts.service.charts import read
from app.charts.service.data import instrument_of, reach_of
from app.charts.service.history import bars_known
from app.core import clock
from app.core.db import db
from app.core.errors import ConflictError, ValidationError
from app.core.i18n import gettext
from app.market import service as market

MOST_REPLAYS = 100
MINUTE = timedelta(minutes=1)
_CLOSED = timedelta(days=5)
"""A market may be closed for so long between two bars."""


def create_replay(user_id: int, given: s.ReplayIn) -> s.Replay:
    """Begin a replay.

    Raises:
        ValidationError: there are no bars of then, or of this symbol or timeframe.
        ConflictError: the member has as many as one may.
    """
    document = s.Document(
        symbol=given.symbol, asset_class=given.asset_class, timeframe=given.timeframe
    )
    reach = reach_of(document)
    newest = min(clock.now(), reach.newest_at + SPANS[given.timeframe])
    begin, end = _minute(given.from_at), _minute(given.to_at or newest)
    if not reach.first_at <= begin < min(end, newest):
        message = gettext(
            "from: there are bars of %(symbol)s from %(first)s to %(newest)s UTC.",
            symbol=given.symbol,
            first=f"{reach.first_at:%Y-%m-%d %H:%M}",
            newest=f"{reach.newest_at:%Y-%m-%d %H:%M}",
        )
        raise ValidationError(message, field="from", code="outside_data")
    accounts.lock_user(user_id)
    count = db.session.scalar(select(func.count(Row.id)).where(Row.user_id == user_id)) or 0
    if count >= MOST_REPLAYS:
        message = gettext("You have %(most)s replays. Delete one.", most=MOST_REPLAYS)
        raise ConflictError(message, code="too_many_replays")
    now = clock.now()
    row = Row(
        user_id=user_id,
        symbol=given.symbol,
        asset_class=given.asset_class,
        timeframe=given.timeframe,
        from_at=begin,
        to_at=min(end, _minute(newest)),
        position=begin,
        version=1,
        created_at=now,
        changed_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return _view(row)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _get(user_id: int, replay_id: int, *, lock: bool = False) -> Row:
    query = select(Row).where(Row.id == replay_id, Row.user_id == user_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        message = gettext("There is no such replay.")
        raise ReplayNotFoundError(message)
    return found


def position_of(user_id: int, replay_id: int) -> datetime:
    """Return the instant up to which a member's replay has told everything."""
    return _get(user_id, replay_id).position


def _view(row: Row) -> s.Replay:
    names = set(s.Replay.model_fields) - {"is_over"}
    facts = {name: getattr(row, name) for name in names}
    return s.Replay.model_validate({**facts, "is_over": row.position >= row.to_at})


def list_replays(user_id: int) -> list[s.Replay]:
    """Return a member's replays, the one that was used last first."""
    query = select(Row).where(Row.user_id == user_id).order_by(Row.changed_at.desc(), Row.id)
    return [_view(row) for row in db.session.scalars(query)]


def delete_replay(user_id: int, replay_id: int) -> None:
    """Forget a replay."""
    db.session.delete(_get(user_id, replay_id, lock=True))
    db.session.flush()


def step(user_id: int, replay_id: int, given: s.StepIn) -> s.ReplayState:
    """Go on by some bars; at the end it stays there.

    Raises:
        ChartChangedError: somebody went on since the version that the asker has seen.
    """
    row = _get(user_id, replay_id, lock=True)
    if given.version is not None and given.version != row.version:
        message = gettext("The replay is at version %(present)s.", present=row.version)
        raise ChartChangedError(message, version=row.version)
    if row.position < row.to_at:
        row.position = _after(row, given.bars)
        row.version += 1
        row.changed_at = clock.now()
    return _state(row, s.ReplayQuery())


def _after(row: Row, count: int) -> datetime:
    """Return when the bar closes that is so many further on; only that leaves this function."""
    instrument = instrument_of(row.symbol, row.asset_class)
    position = market.microseconds(row.position)
    reach = _CLOSED + 2 * count * SPANS[row.timeframe]
    while True:
        end = min(row.to_at, row.position + reach)
        bars = market.read_many(
            [instrument.id],
            row.timeframe,
            # A longer bar began before: the whole of the present one must be read.
            start=row.position - 2 * SPANS[row.timeframe] - _CLOSED,
            end=end,
            extended=True,
            include_open=True,
            now=end,
        ).get(instrument.id)
        closes = [] if bars is None else bars.closed_at[bars.closed_at > position].tolist()
        if len(closes) >= count:
            return min(row.to_at, market.instant(closes[count - 1]))
        if end >= row.to_at:
            return row.to_at
        reach *= 4


def get_replay(user_id: int, replay_id: int, asked: s.ReplayQuery) -> s.ReplayState:
    """Return what is known at a replay's position: bars, levels and a chart's indicators."""
    return _state(_get(user_id, replay_id), asked)


def _state(row: Row, asked: s.ReplayQuery) -> s.ReplayState:
    from app.charts.rules import series
    from app.charts.service.screenshot import past_of, regular_of

    timeframe = asked.timeframe or _view(row).timeframe
    instrument = instrument_of(row.symbol, row.asset_class)
    document = _document(row, asked)
    bars = bars_known(instrument, timeframe, row.position, asked.count + past_of(document))
    first = max(0, len(bars.opened_at) - asked.count)
    regular = regular_of(instrument, timeframe, bars)
    lines = [
        series.lines_of(one, bars, regular)
        for one in document.indicators
        if one.kind != "volume_profile" and len(bars.opened_at)
    ]
    shown = bars.rows(first)
    ended = market.microseconds(row.position)
    return s.ReplayState(
        replay=_view(row),
        timeframe=timeframe,
        columns=s.COLUMNS,
        bars=_rows(shown),
        is_last_closed=not len(shown.opened_at) or int(shown.closed_at[-1]) <= ended,
        levels=_levels(row, timeframe),
        indicators=[
            s.ReplayLines(
                id=one.indicator.id,
                kind=one.indicator.kind,
                title=one.title,
                lines={name: _plain(values[first:]) for name, values in one.lines.items()},
            )
            for one in lines
        ],
        drawings=_drawings(row, document),
    )


def _document(row: Row, asked: s.ReplayQuery) -> s.Document:
    """Return the document whose indicators are asked for; one without any where none is."""
    if asked.chart_id is None:
        return s.Document(symbol=row.symbol, timeframe=asked.timeframe or row.timeframe)
    return read(queries.get_chart(row.user_id, asked.chart_id))


def _drawings(row: Row, document: s.Document) -> list[s.Drawing]:
    """Return what was drawn by then; of a chart of another symbol nothing belongs here."""
    if document.symbol != row.symbol:
        return []
    return rules.as_known(document, row.position).drawings


def _rows(bars: Any) -> list[list[float]]:
    seconds = (bars.opened_at // 1_000_000).tolist()
    columns = [column.round(8).tolist() for column in bars[3:8]]
    return [list(row) for row in zip(seconds, *columns, strict=True)]


def _plain(values: Any) -> list[float | None]:
    return [None if value != value else round(value, 8) for value in values.tolist()]  # noqa: PLR0124 - NaN


def _levels(row: Row, timeframe: s.Timeframe) -> dict[str, float | None]:
    found = market.read_levels(row.symbol, row.asset_class, timeframe, row.position)
    return {name: level.price for name, level in found.levels.items()}


def replay_csv(user_id: int, replay_id: int) -> str:
    """Return what a replay has shown, from its beginning to its position, as CSV."""
    row = _get(user_id, replay_id)
    instrument = instrument_of(row.symbol, row.asset_class)
    bars = bars_known(instrument, row.timeframe, row.position, 20_000)
    begin = market.microseconds(row.from_at)
    lines = [",".join(s.COLUMNS)]
    for cells in _rows(bars.rows(int((bars.closed_at <= begin).sum()))):
        at = datetime.fromtimestamp(cells[0], row.from_at.tzinfo)
        lines.append(",".join([f"{at:%Y-%m-%dT%H:%M:%SZ}", *(f"{one:.10g}" for one in cells[1:])]))
    return "\n".join(lines) + "\n"
