"""Runs over past bars: asked for here, done by a worker, looked at while they are at work."""

from __future__ import annotations

import csv
import io
import zlib

from sqlalchemy import delete

from app.accounts import service as accounts
from app.core import clock, live, outbox
from app.core.cells import safe_row
from app.core.db import db, transaction
from app.core.errors import ConflictError
from app.core.i18n import gettext, language
from app.robots.models import RobotRun, RobotRunFile, RobotRunTry
from app.robots.queries import running as queries
from app.robots.schemas.running import RunDetail, RunIn, RunResult, RunView
from app.robots.service.choosing import Chosen, check_count, check_symbols, choose, keep
from app.robots.service.tries import tries_of

MOST_OPEN = 5
CSV_COLUMNS = (
    "symbol", "direction", "entry_at", "exit_at", "entry_price", "exit_price", "qty", "fees", "pnl",
    "spread", "slippage", "borrow",
)  # fmt: skip
TOTAL = "TOTAL"
"""In the place of the symbol of the last row: what the whole run paid."""


def start_run(user_id: int, given: RunIn) -> RunView:
    """Let a worker run a robot over past bars.

    Raises:
        RobotNotFoundError: there is no such robot.
        ParameterError: a parameter is unknown or out of range.
        ValidationError: a search has too many tries, or none; the symbols are wrong, or too few.
        ConflictError: too many runs of the member wait already.
    """
    with transaction():
        accounts.lock_user(user_id)
        if queries.count_open_runs(user_id) >= MOST_OPEN:
            message = gettext(
                "%(most)s of your runs are not finished. Wait, or cancel one.", most=MOST_OPEN
            )
            raise ConflictError(message, code="too_many_runs")
        chosen = _chosen(given)
        symbols = check_symbols(list(given.files) or given.symbols)
        check_count(chosen, symbols)
        keep(chosen.plugin_id)
        made = RobotRun(
            user_id=user_id,
            plugin_id=chosen.plugin_id,
            version=chosen.version,
            kind=given.kind,
            parameters=chosen.parameters,
            symbols=symbols,
            timeframe=given.timeframe,
            source="file" if given.files else "store",
            from_at=given.from_at,
            to_at=given.to_at,
            terms=given.terms.model_dump(mode="json"),
            search=given.search.model_dump(mode="json") if given.search else None,
            state="queued",
            progress=0.0,
            created_at=clock.now(),
        )
        db.session.add(made)
        db.session.flush()
        for symbol, (_, text) in zip(made.symbols, given.files.items(), strict=False):
            content = zlib.compress(text.encode())
            db.session.add(RobotRunFile(run_id=made.id, symbol=symbol, content=content))
        outbox.enqueue(
            "robots.run_backtest" if given.kind == "backtest" else "robots.run_search",
            {"run_id": made.id, "language": language()},
            key=f"robots.run:{made.id}",
            queue="bulk",
        )
    return RunView.model_validate(made)


def _chosen(given: RunIn) -> Chosen:
    """Return the robot with its parameters; of a search, with the first that are tried."""
    if given.search is None:
        return choose(given.plugin_id, given.parameters)
    return tries_of(given.plugin_id, given.parameters, given.search.grid)[0]


def get_run(user_id: int, run_id: int) -> RunDetail:
    """Return one of a user's runs with what came of it."""
    found = queries.get_run(user_id, run_id)
    facts = RunView.model_validate(found).model_dump()
    result = None if found.result is None else RunResult.model_validate(found.result)
    return RunDetail(**facts, result=result)


def list_runs(user_id: int, plugin_id: str | None = None, limit: int = 20) -> list[RunView]:
    """Return a user's newest runs."""
    return [RunView.model_validate(row) for row in queries.list_runs(user_id, plugin_id, limit)]


def cancel_run(user_id: int, run_id: int) -> RunView:
    """Stop a run; saying it twice is fine, and so is saying it of one that is finished."""
    with transaction():
        found = queries.get_run(user_id, run_id, is_locked=True)
        if found.state in {"queued", "running"}:
            found.state, found.finished_at = "cancelled", clock.now()
            drop_files(run_id)
            live.announce([user_id])
    return RunView.model_validate(found)


def drop_files(run_id: int) -> None:
    """Forget the uploaded bars of a run, and what its tries came to."""
    for table in (RobotRunFile, RobotRunTry):
        db.session.execute(delete(table).where(table.run_id == run_id))


def run_trades_csv(user_id: int, run_id: int) -> str:
    """Return the trades of a run as a CSV file, and in the last row what all of it cost.

    Raises:
        ConflictError: the run has no result yet, or never will.
    """
    found = get_run(user_id, run_id)
    if found.result is None:
        raise ConflictError(gettext("This run has no result."), code="no_result")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for trade in found.result.trades:
        row = trade.model_dump(mode="json")
        writer.writerow(safe_row(row.get(name, "") for name in CSV_COLUMNS))
    costs = found.result.costs.model_dump(mode="json")
    total = {"symbol": TOTAL, "fees": costs["commission"]}
    total |= {name: costs[name] for name in ("spread", "slippage", "borrow")}
    writer.writerow(safe_row(total.get(name, "") for name in CSV_COLUMNS))
    return text.getvalue()
