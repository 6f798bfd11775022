"""The simulation: a robot, the bars, and the broker between them, one bar at a time.

Backtest and paper trading run it alike. It can be cut between any two bars: the state it gives
back is JSON, and with it the rest gives the same fills as all in one go.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from app.quant.bars import BarColumns
from app.quant.robot import Book, Position, Robot
from app.quant.simulation import rules
from app.quant.simulation.broker import Broker
from app.quant.simulation.errors import MissingHistoryError, RobotFaultError
from app.quant.simulation.feeds import Feed, history_bars, spans, timeline
from app.quant.simulation.orders import Holding, check_decisions
from app.quant.simulation.terms import Market, Step, Terms

MAX_MEMORY = 16_384
PROGRESS_BARS = 2_048
_LAYOUT = 1
_NEVER = -(2**62)
Progress = Callable[[int, int], None]
"""Takes how many bars are done and how many there are; what it raises ends the run."""


class Simulation:
    """A robot's account, driven by bars."""

    def __init__(
        self,
        robot: Robot,
        terms: Terms,
        state: dict[str, Any] | None = None,
        *,
        starts_at: int | None = None,
        markets: Mapping[str, Market] | None = None,
    ) -> None:
        """Begin anew, or go on from the state of an earlier step.

        Bars that opened before `starts_at` (microseconds) are looked back on and not traded.

        Raises:
            ValueError: a state of another layout or of other symbols.
        """
        known = markets or {}
        self.robot = robot
        self.terms = terms
        self.broker = Broker(
            terms, {symbol: known.get(symbol, Market()) for symbol in robot.symbols}
        )
        self.book = Book()
        self.book.steps = {symbol: held.market.step for symbol, held in self._holdings()}
        self.after = _NEVER if starts_at is None else starts_at - 1
        self._sessions = dict.fromkeys(robot.symbols, 0)
        self._marked = dict.fromkeys(robot.symbols, 0)
        self._seen = dict.fromkeys(robot.symbols, 0)
        self._marks: dict[tuple[int, str], tuple[float, float]] = {}
        self._charges: list[tuple[int, str, float]] = []
        self._known_memory = "{}"
        self._held: list[tuple[Holding, float]] = []
        self._can_be_called = False
        if state is not None:
            self._restore(state)
        self._refresh_book()

    def run(
        self,
        columns: Mapping[str, BarColumns],
        *,
        until: int | None = None,
        on_progress: Progress | None = None,
    ) -> Step:
        """Trade the bars that are new: opened after those seen before, closed by `until`.

        `columns` has the bars of each symbol, those before the new ones too: as many as
        `history_bars(robot)`, or all that there are.

        Raises:
            RobotFaultError: the robot broke a rule or raised; its `step` holds what was done.
            MissingHistoryError: too few bars before the new ones.
            ValueError: bars out of order, or a symbol without columns.
        """
        feeds = self._make_feeds(columns, until)
        try:
            self._go(feeds, on_progress)
        except RobotFaultError as error:
            error.step = self._step(feeds)
            raise
        return self._step(feeds)

    # --- Bars ---

    def _holdings(self) -> list[tuple[str, Holding]]:
        return list(self.broker.holdings.items())

    def _make_feeds(self, columns: Mapping[str, BarColumns], until: int | None) -> list[Feed]:
        missing = [symbol for symbol in self.robot.symbols if symbol not in columns]
        if missing:
            message = f"there are no bars of {', '.join(missing)}"
            raise ValueError(message)
        used = {symbol: columns[symbol] for symbol in self.robot.symbols}
        declared, needed = self.robot.indicators(), history_bars(self.robot)
        feeds = []
        for symbol, (first, end) in spans(used, self.after, until).items():
            if first < min(self._seen[symbol], needed):
                message = f"{symbol}: {needed} bars before the new ones are needed, not {first}"
                raise MissingHistoryError(message)
            self._seen[symbol] = max(self._seen[symbol], first)
            feeds.append(Feed(symbol, used[symbol], declared, self.robot.lookback, (first, end)))
        return feeds

    def _go(self, feeds: list[Feed], on_progress: Progress | None) -> None:
        axis = timeline(feeds)
        total = len(axis.rows)
        for begin in range(0, total, PROGRESS_BARS):
            if on_progress is not None:
                on_progress(begin, total)
            span = slice(begin, begin + PROGRESS_BARS)
            self._walk(
                feeds, zip(axis.symbols[span], axis.rows[span], axis.is_last[span], strict=True)
            )
        if on_progress is not None:
            on_progress(total, total)

    def _walk(self, feeds: list[Feed], steps: Any) -> None:
        """Go over bars; what has nothing to do with the account is passed by quickly."""
        bars = {feed.symbol: feed.bars for feed in feeds}
        holdings = [self.broker.holdings[feed.symbol] for feed in feeds]
        book, on_bar = self.book, self.robot.on_bar
        is_ready = self._is_ready(feeds)
        for at, row, is_last in steps:
            feed, held = feeds[at], holdings[at]
            feed.row = row
            if held.is_busy:
                self._trade(feed, held)
            feed.push()
            if not is_last:
                continue
            is_ready = is_ready or self._is_ready(feeds)
            if not is_ready:
                continue
            if book.positions:
                self._value()
            try:
                decisions = on_bar(bars, book)
            except Exception as error:
                raise _raised(error, feed.opened_at[row]) from error
            if decisions is not None or book.memory:
                self._take(decisions, feeds, feed.opened_at[row])

    def _is_ready(self, feeds: list[Feed]) -> bool:
        return all(len(feed.bars.close) >= self.robot.lookback for feed in feeds)

    def _trade(self, feed: Feed, held: Holding) -> None:
        """Let the broker see a bar of a symbol that is held or ordered."""
        bar, symbol = feed.rows[feed.row], held.symbol
        session = feed.sessions[feed.row]
        if session != self._sessions[symbol]:
            self._end_session(held, session)
        if bar[2] > held.low_touch and bar[1] < held.high_touch:
            held.close = bar[3]
            if held.qty:
                held.bars_held += 1
                self.book.positions[symbol].bars_held = held.bars_held
            return
        self.broker.trade(held, bar)
        held.close = bar[3]
        held.aim()
        if not held.qty and self._marked[symbol] == session:
            self._marks[session, symbol] = (0.0, held.close)
        self._refresh_book()

    def _value(self) -> None:
        """Value what is held at the last closes."""
        worth = 0.0
        for held, multiplier in self._held:
            worth += held.qty * held.close * multiplier
        self.book.equity = self.broker.cash + worth
        if self._can_be_called:
            self.broker.check_margin()

    def _take(self, decisions: Any, feeds: list[Feed], opened_at: int) -> None:
        """Take a robot's decisions and its memory.

        Raises:
            RobotFaultError: one of them breaks a rule.
        """
        try:
            checked = check_decisions(decisions, self.robot.symbols)
            if checked:
                for feed in feeds:
                    self._catch_up(feed)
                self.broker.take(checked, opened_at)
            self._check_memory()
        except RobotFaultError as error:
            error.bar_opened_at = opened_at
            raise
        if checked:
            for _, held in self._holdings():
                held.aim()
            self._refresh_book()

    def _catch_up(self, feed: Feed) -> None:
        """Bring what the account knows of a symbol to its last bar."""
        if feed.row < 0:
            return
        held = self.broker.holdings[feed.symbol]
        held.close = feed.rows[feed.row][3]
        self._sessions[feed.symbol] = feed.sessions[feed.row]

    # --- Sessions ---

    def _end_session(self, held: Holding, session: int) -> None:
        """Mark what is held over a session's close, and pay for what is held short."""
        before, symbol = self._sessions[held.symbol], held.symbol
        self._sessions[symbol] = session
        if not before or not held.qty:
            return
        self._marks[before, symbol] = (held.qty, held.close)
        rate = self.terms.costs.borrow_rate
        if held.qty < 0 and rate:
            amount = rules.borrow_cost(-held.value(), rate, session - before)
            self.broker.charge(amount)
            self._charges.append((before, "borrow", amount))
            self.book.cash = self.broker.cash

    # --- What the robot and the caller get ---

    def _refresh_book(self) -> None:
        book, broker = self.book, self.broker
        book.cash = broker.cash
        book.equity = broker.equity()
        book.positions = {
            symbol: Position(symbol, held.qty, held.entry_price, held.bars_held)
            for symbol, held in broker.holdings.items()
            if held.qty
        }
        self._held = [
            (held, held.market.multiplier) for held in broker.holdings.values() if held.qty
        ]
        # Without shorts and loans a position is never worth less than nothing.
        self._can_be_called = self.terms.margin_ratio < 1 or any(
            held.qty < 0 for held, _ in self._held
        )
        book.orders = {
            working.key: working.order._replace(qty=working.rest)
            for held in broker.holdings.values()
            for working in held.orders
        }

    def _check_memory(self) -> None:
        """Keep a robot's memory to what JSON gives back as it was.

        Raises:
            RobotFaultError: it is something else, or too large.
        """
        memory = self.book.memory
        if not memory and isinstance(memory, dict):
            self._known_memory = "{}"
            return
        try:
            text = json.dumps(memory, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            message = f"its memory is not JSON: {error}"
            raise RobotFaultError(message) from None
        if text == self._known_memory:
            return
        if len(text) > MAX_MEMORY:
            message = f"its memory has {len(text)} bytes; at most {MAX_MEMORY} are kept"
            raise RobotFaultError(message)
        if not isinstance(memory, dict) or json.loads(text) != memory:
            message = "its memory is no JSON object: names are texts, and tuples become lists"
            raise RobotFaultError(message)
        self._known_memory = text

    def _step(self, feeds: list[Feed]) -> Step:
        for feed in feeds:
            self._catch_up(feed)
            if feed.row >= 0:
                self.after = max(self.after, feed.opened_at[feed.row])
                self._seen[feed.symbol] += feed.row + 1
        for symbol, held in self._holdings():
            session = self._sessions[symbol]
            if held.qty and session:
                self._marks[session, symbol] = (held.qty, held.close)
                self._marked[symbol] = session
        broker = self.broker
        step = Step(
            broker.fills,
            [broker.records[number] for number in sorted(broker.records)],
            [(*key, *self._marks[key]) for key in sorted(self._marks)],
            self._charges,
            self._state(),
        )
        broker.fills, broker.records, self._marks, self._charges = [], {}, {}, []
        return step

    def _state(self) -> dict[str, Any]:
        broker = self.broker
        return {
            "layout": _LAYOUT,
            "after": self.after,
            "cash": broker.cash,
            "numbers": [broker.fill_count, broker.order_count],
            "holdings": {symbol: held.to_state() for symbol, held in self._holdings()},
            "sessions": dict(self._sessions),
            "marked": dict(self._marked),
            "seen": dict(self._seen),
            "memory": json.loads(self._known_memory),
        }

    def _restore(self, state: dict[str, Any]) -> None:
        if state.get("layout") != _LAYOUT or set(state["holdings"]) != set(self.robot.symbols):
            message = "the state is of another layout or of other symbols"
            raise ValueError(message)
        broker = self.broker
        self.after, broker.cash = state["after"], state["cash"]
        broker.fill_count, broker.order_count = state["numbers"]
        for symbol, held in self._holdings():
            held.restore(state["holdings"][symbol])
        self._sessions, self._marked = dict(state["sessions"]), dict(state["marked"])
        self._seen = dict(state["seen"])
        self.book.memory = state["memory"]
        self._known_memory = json.dumps(state["memory"])


def _raised(error: Exception, opened_at: int) -> RobotFaultError:
    return RobotFaultError(f"on_bar raised {type(error).__name__}: {error}", opened_at)
