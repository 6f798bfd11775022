"""The simulation: a robot, the bars, and the broker between them, one bar at a time.

Backtest and paper trading run it alike. It can be cut between any two bars: the state it gives
back is JSON, and with it the rest gives the same fills as all in one go.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from app.quant.bars import BarColumns
from app.quant.chains import ChainColumns
from app.quant.robot import Book, Position, Robot
from app.quant.simulation import rules
from app.quant.simulation.broker import Broker
from app.quant.simulation.desk import Desk, contract_holding
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
        chains: Mapping[str, ChainColumns] | None = None,
    ) -> None:
        """Begin anew, or go on from the state of an earlier step.

        `chains` are those of options that the robot may see and trade, by its symbols. Bars that opened before `starts_at` (microseconds) are looked back on and not traded.

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
        self._marked = dict.fromkeys(robot.symbols, 0)
        self._seen = dict.fromkeys(robot.symbols, 0)
        self._marks: dict[tuple[int, str], tuple[float, float]] = {}
        self._charges: list[tuple[int, str, float]] = []
        self._known_memory = "{}"
        self._held: list[tuple[Holding, float]] = []
        self._can_be_called = False
        self._asked: list[str] = []
        if state is not None:
            self._restore(state)
        self.desk: Desk | None = None
        if chains is not None or (state or {}).get("desk"):
            self.desk = Desk(self.broker, terms, chains or {}, (state or {}).get("desk"))
            self.book.chains = self.desk.shown
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
            feeds.append(
                Feed(symbol, used[symbol], declared, self.robot.lookback, (first, end), self._asked)
            )
        return feeds

    def _go(self, feeds: list[Feed], on_progress: Progress | None) -> None:
        axis = timeline(feeds) if len(feeds) > 1 or self.desk is not None else None
        total = sum(feed.new_count for feed in feeds)
        for begin in range(0, total, PROGRESS_BARS):
            if on_progress is not None:
                on_progress(begin, total)
            if axis is None:
                self._walk_one(feeds, min(PROGRESS_BARS, total - begin))
            else:
                self._walk(feeds, axis.rows(begin, begin + PROGRESS_BARS))
        if on_progress is not None:
            on_progress(total, total)

    def _walk_one(self, feeds: list[Feed], count: int) -> None:
        """Go over bars of a robot of one symbol: `_walk` without what only several need."""
        feed = feeds[0]
        held, broker = self.broker.holdings[feed.symbol], self.broker
        multiplier = held.market.multiplier
        book, on_bar, bars, asked = (
            self.book,
            self.robot.on_bar,
            {feed.symbol: feed.bars},
            self._asked,
        )
        unready = self.robot.lookback - len(feed.bars.past)
        looked_at = feed.load(count)
        push = feed.push
        for high, low, close, session in looked_at:
            push()
            if held.is_busy and not held.is_passed_by(high, low, close, session):
                self._trade(feed, held)
            if unready > 0 and len(feed.bars.past) < self.robot.lookback:
                continue
            if held.qty:
                book.equity = broker.cash + held.qty * close * multiplier
                if self._can_be_called:
                    broker.check_margin()
            try:
                decisions = on_bar(bars, book)
            except Exception as error:
                raise _raised(error, feed) from error
            if decisions is not None or book.memory or asked:
                self._take(decisions, feeds, feed)
                push = feed.push

    def _walk(self, feeds: list[Feed], steps: list[tuple[int, bool]]) -> None:
        """Go over bars; what has nothing to do with the account is passed by quickly."""
        bars = {feed.symbol: feed.bars for feed in feeds}
        holdings = [self.broker.holdings[feed.symbol] for feed in feeds]
        counts = Counter(at for at, _ in steps)
        looked_at = [feed.load(counts[at]) for at, feed in enumerate(feeds)]
        book, on_bar, asked = self.book, self.robot.on_bar, self._asked
        is_ready = self._is_ready(feeds)
        for at, is_last in steps:
            feed, held = feeds[at], holdings[at]
            feed.push()
            values = next(looked_at[at])
            if held.is_busy and not held.is_passed_by(*values):
                self._trade(feed, held)
            if self.desk is not None:
                self._quote(self.desk, feed)
            is_ready = is_ready or self._is_ready(feeds)
            if not (is_last and is_ready):
                continue
            if self._held:
                self._value()
            try:
                decisions = on_bar(bars, book)
            except Exception as error:
                raise _raised(error, feed) from error
            if decisions is not None or book.memory or asked:
                self._take(decisions, feeds, feed)

    def _is_ready(self, feeds: list[Feed]) -> bool:
        return all(len(feed.bars.past) >= self.robot.lookback for feed in feeds)

    def _trade(self, feed: Feed, held: Holding) -> None:
        """Let the broker see a bar that may fill something or begins a session."""
        bar = feed.last()
        high, low, close, session = bar[1], bar[2], bar[3], bar[7]
        if session != held.session:
            self._end_session(held, session)
            if held.is_passed_by(high, low, close, session):
                return
        self.broker.trade(held, bar)
        held.close = close
        held.aim()
        if not held.qty and self._marked[held.symbol] == session:
            self._marks[session, held.symbol] = (0.0, close)
        self._refresh_book()

    def _quote(self, desk: Desk, feed: Feed) -> None:
        """Let the options of a symbol see its newest chain, and end."""
        self._catch_up(feed)
        if desk.close(feed.symbol, feed.last()):
            self._marks.update(desk.marks)
            desk.marks.clear()
            self.broker.holdings[feed.symbol].aim()
            self._refresh_book()

    def _value(self) -> None:
        """Value what is held at the last closes."""
        worth = 0.0
        for held, multiplier in self._held:
            worth += held.qty * held.close * multiplier
        self.book.equity = self.broker.cash + worth
        if self._can_be_called:
            self.broker.check_margin()

    def _take(self, decisions: Any, feeds: list[Feed], last: Feed) -> None:
        """Take a robot's decisions and its memory.

        Raises:
            RobotFaultError: one of them breaks a rule.
        """
        try:
            checked = self._order(decisions, feeds, last)
            self._check_memory()
        except RobotFaultError as error:
            error.bar_opened_at = last.last()[5]
            raise
        if self._asked:
            self._asked.clear()
            for feed in feeds:
                feed.bind()
        if checked:
            for _, held in self._holdings():
                held.aim()
            self._refresh_book()

    def _order(self, decisions: Any, feeds: list[Feed], last: Feed) -> list[Any]:
        roots = () if self.desk is None else self.robot.symbols
        checked = check_decisions(decisions, self.robot.symbols, roots)
        if checked:
            for feed in feeds:
                self._catch_up(feed)
            if self.desk is not None:
                self.desk.prepare(checked)
            self.broker.take(checked, last.last()[5])
        return checked

    def _catch_up(self, feed: Feed) -> None:
        """Bring what the account knows of a symbol to its last bar."""
        if feed.row < 0:
            return
        held = self.broker.holdings[feed.symbol]
        bar = feed.last()
        held.close, held.session = bar[3], bar[7]

    # --- Sessions ---

    def _end_session(self, held: Holding, session: int) -> None:
        """Mark what is held over a session's close, and pay for what is held short."""
        before, symbol = held.session, held.symbol
        held.session = session
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
        book.positions = {}
        for symbol, held in broker.holdings.items():
            held.shown = None
            if held.qty:
                held.shown = Position(symbol, held.qty, held.entry_price, held.bars_held)
                book.positions[symbol] = held.shown
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
                self.after = max(self.after, feed.last()[5])
                self._seen[feed.symbol] += feed.row + 1
        for symbol, held in self._holdings():
            session = held.session
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
        more = {} if self.desk is None else {"desk": self.desk.to_state()}
        return {
            "layout": _LAYOUT,
            "after": self.after,
            "cash": broker.cash,
            "numbers": [broker.fill_count, broker.order_count],
            "holdings": {symbol: held.to_state() for symbol, held in self._holdings()},
            "sessions": {symbol: held.session for symbol, held in self._holdings()},
            "marked": dict(self._marked),
            "seen": dict(self._seen),
            "memory": json.loads(self._known_memory),
            **more,
        }

    def _restore(self, state: dict[str, Any]) -> None:
        options = dict(state.get("desk", {}).get("settles", {}))
        known = {*self.robot.symbols, *options}
        if state.get("layout") != _LAYOUT or set(state["holdings"]) != known:
            message = "the state is of another layout or of other symbols"
            raise ValueError(message)
        broker = self.broker
        self.after, broker.cash = state["after"], state["cash"]
        broker.fill_count, broker.order_count = state["numbers"]
        broker.holdings |= {symbol: contract_holding(symbol) for symbol in options}
        for symbol, held in self._holdings():
            held.restore(state["holdings"][symbol])
            held.session = state["sessions"][symbol]
        self._marked = dict(state["marked"])
        self._seen = dict(state["seen"])
        self.book.memory = state["memory"]
        self._known_memory = json.dumps(state["memory"])


def _raised(error: Exception, feed: Feed) -> RobotFaultError:
    return RobotFaultError(f"on_bar raised {type(error).__name__}: {error}", feed.last()[5])
