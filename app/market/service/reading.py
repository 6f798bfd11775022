"""Reading bars of any timeframe out of what is kept: daily ones and minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from app.market.queries.actions import actions_of
from app.market.queries.bars import read_many
from app.market.queries.series import Reach, series_of
from app.market.service.sessions import microseconds
from app.quant import frames
from app.quant.adjust import Action, adjust
from app.quant.bars import BarColumns, ScaledBars, empty_columns, select

DAILY = ("D1", "W1", "MN")
SETTLE_US = 90_000_000
_FIRST_TRY = 5
"""Sessions that are read at least when the newest bars are asked for."""


@dataclass(frozen=True)
class Window:
    """Which bars are wanted, in microseconds."""

    start: int
    end: int
    now: int
    last: int | None
    extended: bool
    include_open: bool
    splits: bool = True
    dividends: bool = False


@dataclass
class Reader:
    """One reading: the timeframe, the hours of each instrument, and the window."""

    timeframe: str
    hours: Mapping[int, frames.Hours]
    window: Window
    series: dict[tuple[int, str], Reach] = field(init=False)
    actions: dict[int, list[Action]] = field(init=False)
    _known: dict[tuple[int, str, int], tuple[int, int] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look up how far the kept bars reach."""
        self.series = series_of(self.hours)
        self.actions = {
            each: [Action(row.session.toordinal(), row.kind, float(row.value)) for row in rows]
            for each, rows in actions_of(self.hours).items()
        }

    def read(self) -> dict[int, BarColumns]:
        """Return the bars of each instrument that has any at all."""
        ids = {each for each, _ in self.series}
        if self.window.last is None:
            return self._between(dict.fromkeys(ids, self.window.start))
        return {each: self._newest(each, self.window.last) for each in sorted(ids)}

    def read_after(self, marks: Mapping[int, int]) -> dict[int, BarColumns]:
        """Return the bars that closed after a mark of each instrument."""
        starts = {
            each: self._first_after(each, mark)
            for each, mark in marks.items()
            if self._newest_close(each) > mark and self._closes_after(each, mark)
        }
        found = {
            each: select(bars, bars.closed_at > marks[each])
            for each, bars in self._between(starts).items()
        }
        return {each: bars for each, bars in found.items() if len(bars.opened_at)}

    def _closes_after(self, each: int, mark: int) -> bool:
        """Whether the first bar that closes after a mark has closed by now."""
        bounds = self._bounds(each, self.timeframe, mark)
        return bounds is None or bounds[1] <= self.window.now

    def _first_after(self, each: int, mark: int) -> int:
        """Return an instant from which every bar that closes after a mark is read whole."""
        if self.timeframe in frames.SPANS:
            return mark - frames.SPANS[self.timeframe] * frames.MINUTE
        return self._opening_before(each, mark)

    def _opening_before(self, each: int, at: int) -> int:
        """Return when the day, week or month of an instant began."""
        hours = self.hours[each]
        session = min(int(np.searchsorted(hours.ends, at, side="left")), len(hours.days) - 1)
        first, _ = frames.period_sessions(hours, _outer(self.timeframe))
        return int(hours.starts[first[session]])

    def _bounds(self, each: int, timeframe: str, at: int) -> tuple[int, int] | None:
        """Return when the bar of an instant opens and closes; most instruments ask the same."""
        key = (id(self.hours[each]), timeframe, at)
        if key not in self._known:
            self._known[key] = frames.bounds(self.hours[each], timeframe, at)
        return self._known[key]

    def _newest_close(self, each: int) -> int:
        """Return when the newest kept bar of an instrument closed."""
        closes = [0]
        minute, day = self.series.get((each, "M1")), self.series.get((each, "D1"))
        if minute is not None:
            closes.append(microseconds(minute.newest_at) + frames.MINUTE)
        if day is not None:
            opened = microseconds(day.newest_at)
            bounds = self._bounds(each, "D1", opened)
            closes.append(bounds[1] if bounds else opened)
        return max(closes)

    def _newest(self, each: int, count: int) -> BarColumns:
        """Return the newest `count` bars: more and more sessions are read until they are enough."""
        hours, window = self.hours[each], self.window
        # From where there are bars: those of years ago are no further away than today's.
        end = min(window.end, window.now + 1, self._newest_close(each))
        last = int(np.searchsorted(hours.starts, end, side="left"))
        oldest = min(
            microseconds(row.first_at) for (owner, _), row in self.series.items() if owner == each
        )
        floor = max(0, int(np.searchsorted(hours.ends, max(oldest, window.start), side="right")))
        sessions = _FIRST_TRY + 2 * _sessions_for(self.timeframe, count)
        while True:
            first = max(floor, last - sessions)
            # Beyond the calendar there is nothing; the first session of a period makes it whole.
            start = int(hours.starts[min(first, len(hours.days) - 1)])
            start = max(window.start, self._opening_before(each, start) if first > floor else 0)
            bars = self._between({each: start}).get(each, empty_columns())
            if len(bars.opened_at) >= count or first <= floor:
                return select(bars, slice(max(0, len(bars.opened_at) - count), None))
            sessions *= 4

    def _between(self, starts: Mapping[int, int]) -> dict[int, BarColumns]:
        if not starts:
            return {}
        first, before = min(starts.values()), min(self.window.end, self.window.now + 1)
        kept: dict[str, dict[int, ScaledBars]] = {}
        if self.timeframe in DAILY:
            if any((each, "D1") in self.series for each in starts):
                kept["D1"] = read_many(starts, "D1", first, before)
            days = kept.get("D1", {})
            first = min(
                self._first_without_day(each, days.get(each), start, before)
                for each, start in starts.items()
            )
        if first < before and any((each, "M1") in self.series for each in starts):
            kept["M1"] = read_many(starts, "M1", first, before)
        return {each: self._one(each, kept, start) for each, start in starts.items()}

    def _first_without_day(
        self, each: int, days: ScaledBars | None, start: int, before: int
    ) -> int:
        """Return from where on minutes are needed: the first session of which no day is kept."""
        minutes = self.series.get((each, "M1"))
        if minutes is None:
            return before
        hours, begin = self.hours[each], max(start, microseconds(minutes.first_at))
        since = int(np.searchsorted(hours.ends, begin, side="right"))
        until = int(np.searchsorted(hours.starts, before, side="left"))
        is_missing = np.ones(max(until - since, 0), np.bool_)
        if days is not None:
            found = frames.locate(hours, days.opened_at) - since
            is_missing[found[(found >= 0) & (found < len(is_missing))]] = False
        missing = np.flatnonzero(is_missing)
        return max(begin, int(hours.starts[since + missing[0]])) if len(missing) else before

    def _one(
        self, each: int, kept: Mapping[str, Mapping[int, ScaledBars]], start: int
    ) -> BarColumns:
        hours, actions = self.hours[each], self._actions(each)
        parts = {
            timeframe: adjust(frames.columns_of(found[each], hours, timeframe), actions)
            for timeframe, found in kept.items()
            if each in found
        }
        minutes = parts.get("M1", empty_columns())
        if self.timeframe in DAILY:
            made = frames.with_days(parts.get("D1", empty_columns()), minutes, hours)
            if self.timeframe != "D1":
                made = frames.resample(made, hours, self.timeframe)
        elif self.timeframe == "M1":
            made = minutes if self.window.extended else frames.regular_only(minutes, hours)
        else:
            made = frames.resample(minutes, hours, self.timeframe, extended=self.window.extended)
        return self._wanted(each, made, start)

    def _actions(self, each: int) -> list[Action]:
        """Return what is worked into the bars: nothing that has not happened by now."""
        if each not in self.actions:
            return []
        hours, window = self.hours[each], self.window
        today = int(hours.days[np.searchsorted(hours.starts, window.now, side="right") - 1])
        kinds = {"split": window.splits, "dividend": window.dividends}
        return [
            action
            for action in self.actions[each]
            if kinds[action.kind] and action.session <= today
        ]

    def _wanted(self, each: int, bars: BarColumns, start: int) -> BarColumns:
        window = self.window
        # A bar that begins before `start` may lack its first minutes.
        wanted = (bars.opened_at >= start) & (bars.opened_at < window.end)
        if not window.include_open:
            # A bar whose last minutes may still come in has not closed for us yet.
            settled = max(self._newest_close(each), window.now - SETTLE_US)
            wanted &= bars.closed_at <= min(settled, window.now)
        return select(bars, wanted)


def _outer(timeframe: str) -> str:
    return timeframe if timeframe in DAILY else "D1"


def _sessions_for(timeframe: str, count: int) -> int:
    """Return about how many sessions hold so many bars, at least."""
    if timeframe in frames.SPANS:
        return count * frames.SPANS[timeframe] // 390
    return count * {"D1": 1, "W1": 5, "MN": 22}[timeframe]
