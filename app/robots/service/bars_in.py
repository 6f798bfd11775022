"""The bars of a run: from files that were sent, or from the service's store."""

from __future__ import annotations

import io
import zlib
from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from app.core import clock
from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.market import service as market
from app.quant.bars import BarColumns
from app.quant.sessions import SessionCalendar
from app.robots import rules
from app.robots.models import RobotRun
from app.robots.queries import running as queries

VENUE = "XNYS"
NEW_YORK = ZoneInfo("America/New_York")
UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def bars_of(run: RobotRun) -> dict[str, BarColumns]:
    """Return the bars of a run by symbol.

    Raises:
        BarFileError: a file is wrong; row and field are named.
        ValidationError: there are no bars.
    """
    files = queries.run_files(run.id)
    if run.source == "file":
        return {
            symbol: parse_file(zlib.decompress(files[symbol]).decode(), run.timeframe)
            for symbol in run.symbols
        }
    message = gettext("symbols: there are no bars of %(symbol)s", symbol=run.symbols[0])
    raise ValidationError(message, field="symbols")


def parse_file(text: str, timeframe: str) -> BarColumns:
    """Return the bars of a CSV file."""
    del timeframe
    bars = rules.parse_bars(io.StringIO(text), clock.now().date())
    times = [session_times(bar.session) for bar in bars]
    opened, high, low, close = (
        np.array([getattr(bar, name) for bar in bars], np.float64) / 1e8
        for name in ("open", "high", "low", "close")
    )
    return BarColumns(
        np.array([market.microseconds(opens) for opens, _ in times], np.int64),
        np.array([market.microseconds(closes) for _, closes in times], np.int64),
        np.array([bar.session.toordinal() for bar in bars], np.int32),
        opened,
        high,
        low,
        close,
        np.array([float(bar.volume) for bar in bars], np.float64),
    )


def session_times(session: date) -> tuple[datetime, datetime]:
    """Return when a session of the New York exchange opened and closed.

    A day on which it did not trade (bars of another market, or before the calendar begins) gets
    the usual hours.
    """
    calendar = market.calendar(VENUE)
    if isinstance(calendar, SessionCalendar):
        day = session.toordinal()
        at = _find(calendar, day)
        if at is not None:
            opens, closes = calendar.opens_us[at], calendar.closes_us[at]
            return _instant(opens), _instant(closes)
    opens_at = datetime.combine(session, time(9, 30), NEW_YORK)
    closes_at = datetime.combine(session, time(16), NEW_YORK)
    return opens_at.astimezone(UTC), closes_at.astimezone(UTC)


def _find(calendar: SessionCalendar, day: int) -> int | None:
    at = bisect_left(calendar.days, day)
    return at if at < len(calendar.days) and calendar.days[at] == day else None


def _instant(microseconds: int) -> datetime:
    return UNIX_EPOCH + timedelta(microseconds=microseconds)
