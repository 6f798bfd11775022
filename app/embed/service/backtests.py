"""Runs over past bars, as their member sees them: form, progress, result, trades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from werkzeug.datastructures import FileStorage, MultiDict

from app.core.errors import ConflictError
from app.core.i18n import gettext, lazy_pgettext
from app.embed import rules
from app.embed.schemas import TradesQuery
from app.embed.service import asking, robot_forms
from app.embed.service.robot import Year, year_of
from app.market import service as market
from app.robots import service as robots
from app.robots.schemas.running import RunDetail, RunResult, RunTrade, RunView

STATES = {
    "queued": lazy_pgettext("state of a run", "Waiting"),
    "running": lazy_pgettext("state of a run", "Running"),
    "done": lazy_pgettext("state of a run", "Done"),
    "failed": lazy_pgettext("state of a run", "Failed"),
    "cancelled": lazy_pgettext("state of a run", "Cancelled"),
}
PAGE = 25
MOST_CSV = 400_000
"""A site takes answers of half a megabyte, and the text is escaped on its way."""
AROUND = 8
"""Candles shown before the first and after the last trade of a page."""


@dataclass(frozen=True)
class Run:
    """A run with the words for it."""

    view: RunView
    name: str

    @property
    def state(self) -> str:
        """The state in words."""
        return str(STATES[self.view.state])

    @property
    def is_simulated(self) -> bool:
        """Whether its bars are of the invented market."""
        return any(market.is_simulated(symbol) for symbol in self.view.symbols)

    @property
    def symbols(self) -> str:
        """What it traded."""
        return ", ".join(self.view.symbols)

    @property
    def timeframe(self) -> str:
        """The length of its bars in words."""
        return str(dict(robot_forms.TIMEFRAMES).get(self.view.timeframe, self.view.timeframe))

    @property
    def percent(self) -> int:
        """How much is done."""
        return int(self.view.progress * 100)


@dataclass(frozen=True)
class TradePage:
    """Some of a run's trades, on the candles that they happened on."""

    run_id: int
    trades: list[RunTrade]
    page: int
    pages: int
    total: int
    symbols: list[str]
    symbol: str
    chart_number: int
    chart: rules.CandleChart | None
    data: dict[str, object]


@dataclass(frozen=True)
class RunPage:
    """A run: how far it is, or what came of it."""

    run: Run
    result: RunResult | None = None
    chart: rules.Chart | None = None
    data: dict[str, object] | None = None
    years: tuple[Year, ...] = ()
    trades: TradePage | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    terms: tuple[tuple[str, str], ...] = ()

    @property
    def interval(self) -> rules.Interval | None:
        """Where the win rate and its interval are drawn."""
        figures = self.result.metrics if self.result else None
        if figures is None or figures.win_rate is None or figures.win_rate_interval is None:
            return None
        bounds = figures.win_rate_interval
        return rules.interval(figures.win_rate, bounds.low, bounds.high)

    @property
    def cost_total(self) -> Decimal:
        """All costs together."""
        costs = self.result.costs if self.result else None
        parts = (costs.commission, costs.spread, costs.slippage, costs.borrow) if costs else ()
        return sum(parts, Decimal(0))


def start_backtest(
    user_id: int,
    plugin_id: str,
    typed: Mapping[str, str],
    files: MultiDict[str, FileStorage],
) -> RunPage:
    """Let a robot be run over past bars."""
    robots.shown_robot(asking.site_id(), plugin_id)
    made = robots.start_run(user_id, robot_forms.read_run(plugin_id, typed, files))
    return backtest(user_id, made.id)


def cancel_backtest(user_id: int, run_id: int) -> RunPage:
    """Stop a run."""
    robots.cancel_run(user_id, run_id)
    return backtest(user_id, run_id)


def list_backtests(user_id: int) -> list[Run]:
    """Return a member's newest runs."""
    return [_run(each) for each in robots.list_runs(user_id)]


def backtest(user_id: int, run_id: int) -> RunPage:
    """Return a run; NotFoundError when it is not the member's."""
    view = robots.get_run(user_id, run_id)
    run, result = _run(view), view.result
    terms, parameters = tuple(robot_forms.cost_words(view.terms)), tuple(_parameters(view))
    if result is None:
        return RunPage(run, terms=terms, parameters=parameters)
    series = rules.Series(
        gettext("Backtest"), "back", [(each.session, float(each.equity)) for each in result.days]
    )
    falls = [(each.session, abs(each.drawdown) * 100) for each in result.days]
    drawdown, cash = rules.Drawdown("percent", falls), float(view.terms["cash"])
    return RunPage(
        run,
        result,
        chart=rules.chart([series], reference=cash, unit="USD", drawdown=drawdown),
        data=rules.chart_data([series], drawdown, cash),
        years=tuple(_years(result)),
        trades=_trade_page(view, result, TradesQuery()),
        parameters=parameters,
        terms=terms,
    )


def backtest_trades(user_id: int, run_id: int, query: TradesQuery) -> TradePage | None:
    """Return a page of a run's trades; None before there is a result."""
    view = robots.get_run(user_id, run_id)
    return _trade_page(view, view.result, query) if view.result else None


def backtest_csv(user_id: int, run_id: int) -> str:
    """Return all trades of a run as a CSV file.

    Raises:
        ConflictError: there is no result, or it is too long for a page.
    """
    text = robots.run_trades_csv(user_id, run_id)
    if len(text) > MOST_CSV:
        message = gettext("There are too many trades for this page; programs get them by the API.")
        raise ConflictError(message)
    return text


def _run(view: RunView) -> Run:
    shelf = asking.shelf().get(view.plugin_id)
    return Run(view, shelf.robot.name if shelf else view.plugin_id)


def _parameters(view: RunDetail) -> list[tuple[str, str]]:
    fields = robot_forms.parameter_fields(view.plugin_id, view.parameters)
    return [(each.label, each.shown) for each in fields]


def _years(result: RunResult) -> list[Year]:
    found: dict[int, dict[int, float]] = {}
    for each in result.months:
        year, month = (int(part) for part in each.month.split("-"))
        found.setdefault(year, {})[month] = each.return_ratio
    return [year_of(year, months) for year, months in sorted(found.items())]


def _trade_page(view: RunDetail, result: RunResult, query: TradesQuery) -> TradePage:
    symbols = [symbol for symbol in view.symbols if result.candles.get(symbol)]
    chart_number = min(int(query.chart), max(len(symbols), 1))
    symbol = symbols[chart_number - 1] if symbols else ""
    pages = max(1, -(-len(result.trades) // PAGE))
    page = min(int(query.page), pages)
    trades = result.trades[(page - 1) * PAGE : page * PAGE]
    deals = [deal for each in trades if each.symbol == symbol for deal in _deals(each)]
    candles = _around(_candles(result, symbol), deals)
    return TradePage(
        run_id=view.id,
        trades=trades,
        page=page,
        pages=pages,
        total=len(result.trades),
        symbols=symbols,
        symbol=symbol,
        chart_number=chart_number,
        chart=rules.candle_chart(candles, deals),
        data=rules.candle_data(candles, deals),
    )


def _candles(result: RunResult, symbol: str) -> list[rules.Candle]:
    return [
        rules.Candle(each.at, each.open, each.high, each.low, each.close)
        for each in result.candles.get(symbol, [])
    ]


def _around(candles: list[rules.Candle], deals: list[rules.Deal]) -> list[rules.Candle]:
    """Return the candles from the first deal to the last, with some before and after."""
    if not deals:
        return candles
    first, last = min(each.at for each in deals), max(each.at for each in deals)
    before = sum(each.at <= first for each in candles)
    until = sum(each.at <= last for each in candles)
    return candles[max(0, before - AROUND) : until + AROUND]


def _deals(trade: RunTrade) -> list[rules.Deal]:
    is_long = trade.direction == "long"
    return [
        _deal(trade.entry_at, trade.entry_price, is_entry=True, is_buy=is_long),
        _deal(trade.exit_at, trade.exit_price, is_entry=False, is_buy=not is_long),
    ]


def _deal(at: datetime, drawn_at: Decimal, *, is_entry: bool, is_buy: bool) -> rules.Deal:
    return rules.Deal(at, float(drawn_at), is_entry=is_entry, is_buy=is_buy)
