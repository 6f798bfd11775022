"""A parameter search from bars to its result: every try, the best of them, how it walked forward."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import orjson

from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.core.types import from_scaled
from app.quant.bars import BarColumns
from app.robots.rules import results, searching
from app.robots.schemas.running import RunFold, RunResult, RunTry
from app.robots.service import backtests, engine
from app.robots.service.choosing import Chosen, version_of


class Found(NamedTuple):
    """The best of a search as a backtest of its own, with what was tried in its result."""

    plan: backtests.Plan
    done: backtests.Backtest


class Shelf(Protocol):
    """Where what tries came to is kept while a search is at work."""

    def find(self, key: str) -> bytes | None:
        """Return what is kept of a try; None: it is still to be done."""

    def keep(self, key: str, content: bytes) -> None:
        """Keep what a try came to."""

    def count(self) -> int:
        """Return how many tries are kept, by whomever they were done."""


class _Kept(NamedTuple):
    """What is kept of a try; its trades are not."""

    tried: searching.Tried
    row: RunTry
    days: Sequence[int]
    year: int


def run(
    plan: backtests.Plan,
    tries: Sequence[Chosen],
    folds: int,
    bars: Mapping[str, BarColumns],
    on_progress: engine.Progress | None = None,
    shelf: Shelf | None = None,
) -> Found:
    """Try parameters over bars, and run the best of them once more for its result.

    One try after the other, so that no more than one is held in memory. `on_progress` hears of
    (tries done, in all) in thousandths of a try; what it raises ends the search. A `shelf` has
    what tries came to before the search was cut or with somebody who helps, and keeps what they
    come to.

    Raises:
        RobotFailedError: the robot failed with each of the parameters, or with the best.
        ValidationError: there are no bars, or no try has a Sharpe ratio.
    """
    total = len(tries) + 1
    digest = results.bars_hash(bars)
    kept = [
        _once(plan._replace(chosen=each), bars, _Told(on_progress, number, total), shelf, digest)
        for number, each in enumerate(tries)
    ]
    best = searching.best_of([each.tried for each in kept])
    if best is None:
        raise _nothing(kept)
    chosen = plan._replace(chosen=tries[best])
    done = backtests.run(chosen, bars, _Told(on_progress, len(tries), total).part())
    return Found(chosen, done._replace(result=_result(done, kept, best, folds, bars)))


def help_with(
    plan: backtests.Plan,
    tries: Sequence[Chosen],
    bars: Mapping[str, BarColumns],
    on_progress: engine.Progress | None,
    shelf: Shelf,
) -> None:
    """Do tries of a search that another worker does: from the last on, as that one does the first.

    Who comes to what is on the shelf leaves it out, so the two meet, and neither waits for the
    other: without help a search takes longer and finds the same.
    """
    digest = results.bars_hash(bars)
    for each in reversed(tries):
        told = _Told(on_progress, 0, len(tries) + 1)
        _once(plan._replace(chosen=each), bars, told, shelf, digest)


class _Told(NamedTuple):
    """Who hears how far a search is, and how many tries are done before the present one."""

    on_progress: engine.Progress | None
    before: int
    total: int

    def part(self, count: int = 0) -> engine.Progress | None:
        """Return who hears of the present try's progress; `count` are done by all who search."""
        if (hear := self.on_progress) is None:
            return None
        # Of two who do the last try at once, neither says that more is done than there is.
        before = min(max(self.before, count), self.total - 1)
        return lambda at, of: hear(1000 * before + 1000 * at // max(of, 1), 1000 * self.total)


def _once(
    plan: backtests.Plan,
    bars: Mapping[str, BarColumns],
    told: _Told,
    shelf: Shelf | None,
    digest: str,
) -> _Kept:
    """Return what a try comes to: from the shelf where it is there."""
    if shelf is None:
        return _try(plan, bars, told.part())
    text = version_of(plan.chosen, plan.symbols, plan.timeframe, plan.terms) + digest
    key = hashlib.sha256(text.encode()).hexdigest()
    found = shelf.find(key)
    on_progress = told.part(shelf.count())
    if found is None:
        kept = _try(plan, bars, on_progress)
        shelf.keep(key, _packed(kept))
        return kept
    if on_progress is not None:
        on_progress(0, 1)
    return _unpacked(found)


def _packed(kept: _Kept) -> bytes:
    facts = [list(kept.tried), kept.row.model_dump(mode="json"), list(kept.days), kept.year]
    return zlib.compress(orjson.dumps(facts))


def _unpacked(content: bytes) -> _Kept:
    (returns, sharpe), row, days, year = orjson.loads(zlib.decompress(content))
    tried = searching.Tried(tuple(returns), sharpe)
    return _Kept(tried, RunTry.model_validate(row), days, year)


def _try(
    plan: backtests.Plan, bars: Mapping[str, BarColumns], on_progress: engine.Progress | None
) -> _Kept:
    try:
        outcome = backtests.outcome_of(plan, bars, on_progress)
    except backtests.RobotFailedError as error:
        if on_progress is not None:
            on_progress(1, 1)
        return _failed(plan, error.message)
    if on_progress is not None:
        on_progress(1, 1)
    row, equity = outcome.metrics, [value for _, value in outcome.equity]
    returns = searching.returns_of(equity, results.units(plan.terms.cash))
    tried = searching.Tried(returns, searching.ratio(returns, outcome.year))
    shown = RunTry(
        parameters=plan.chosen.parameters,
        sharpe_ratio=tried.sharpe,
        total_pnl=from_scaled(row.total_pnl),
        trade_count=row.trade_count,
    )
    return _Kept(tried, shown, [day for day, _ in outcome.equity], outcome.year)


def _failed(plan: backtests.Plan, message: str) -> _Kept:
    row = RunTry(
        parameters=plan.chosen.parameters,
        sharpe_ratio=None,
        total_pnl=from_scaled(0),
        trade_count=0,
        error=message,
    )
    return _Kept(searching.Tried((), None), row, (), results.EXCHANGE_YEAR)


def _nothing(kept: Sequence[_Kept]) -> ValidationError:
    if all(each.row.error for each in kept):
        return backtests.RobotFailedError(str(kept[0].row.error), field="plugin_id")
    message = gettext(
        "search: no try has a Sharpe ratio on these bars: take at least 20 sessions in which it trades"
    )
    return ValidationError(message, field="bars")


def _result(
    done: backtests.Backtest,
    kept: Sequence[_Kept],
    best: int,
    folds: int,
    bars: Mapping[str, BarColumns],
) -> RunResult:
    tries = [each.tried for each in kept]
    days, year = kept[best].days, kept[best].year
    steps = searching.walk(tries, len(days), folds, year)
    figures = done.result.metrics.model_copy(
        update={"deflated_sharpe": searching.deflated(tries, best)}
    )
    more = {
        "metrics": figures,
        "try_count": len(kept),
        "tries": [each.row for each in kept],
        "folds": [_fold(step, kept, days, bars) for step in steps],
    }
    return done.result.model_copy(update=more)


def _fold(
    step: searching.Fold,
    kept: Sequence[_Kept],
    days: Sequence[int],
    bars: Mapping[str, BarColumns],
) -> RunFold:
    """Tell of a step, from the open of its first session to the close of its last."""
    opens = [
        int(each.opened_at[at])
        for each in bars.values()
        if (at := int(each.session.searchsorted(days[step.first]))) < len(each.session)
    ]
    closes = [backtests.session_close(each, days[step.end - 1]) for each in bars.values()]
    return RunFold(
        parameters=kept[step.chosen].row.parameters,
        from_at=backtests.instant(min(opens)),
        to_at=max(closes),
        sharpe_before=step.before,
        sharpe_after=step.after,
    )
