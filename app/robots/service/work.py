"""What a worker does of a run: it tells how far it is, lets itself be cancelled, and may be cut.

A backtest that was cut begins again, a search goes on with the tries that it had not done: the same
bars give the same result, and the ledger knows each event by its name, so nothing is there twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from app.core import clock, live, outbox
from app.core.db import db, transaction
from app.core.errors import AppError
from app.core.i18n import gettext, in_language, language
from app.quant.simulation.terms import Terms
from app.robots.models import RobotRun, RobotRunTry
from app.robots.queries import running as queries
from app.robots.schemas.running import SearchIn
from app.robots.service import backtests, searching
from app.robots.service.bars_in import bars_of
from app.robots.service.choosing import choose
from app.robots.service.runs import drop_files
from app.robots.service.tries import tries_of

STEP_SECONDS = 0.5
RECORDING = 0.9
"""The share of the work that is done when the ledger is to be written."""


class CancelledError(Exception):
    """The member has cancelled the run, or another worker does it."""


class Reporter:
    """Says how far a run is, about twice a second; raises CancelledError when it is to end."""

    def __init__(self, run_id: int) -> None:
        self.run_id = run_id
        self._next = time.monotonic() + STEP_SECONDS

    def __call__(self, done: float) -> None:
        """Say that so much is done, from 0 to 1."""
        if time.monotonic() < self._next:
            return
        with transaction():
            run = queries.get_run(None, self.run_id, is_locked=True)
            if run.state != "running":
                raise CancelledError
            run.progress = max(run.progress, min(done, 1.0))
            outbox.renew_lease()
            live.announce([run.user_id])
        self._next = time.monotonic() + STEP_SECONDS


class TryShelf:
    """Keeps what the tries of a search came to, and takes what a helper kept, twice a second."""

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id
        self._known = queries.run_tries(run_id)
        self._new: dict[str, bytes] = {}
        self._next = time.monotonic() + STEP_SECONDS

    def find(self, key: str) -> bytes | None:
        """Return what is kept of a try."""
        return self._known.get(key) or self._new.get(key)

    def count(self) -> int:
        """Return how many tries are done, as far as is known."""
        return len(self._known) + len(self._new)

    def keep(self, key: str, content: bytes) -> None:
        """Keep a try, with those before it, when it is time to; CancelledError when all is over."""
        self._new[key] = content
        if time.monotonic() >= self._next:
            self.settle()

    def settle(self) -> None:
        """Write what is new, and read what others have written; CancelledError when all is over."""
        with transaction():
            if queries.get_run(None, self._run_id, is_locked=True).state != "running":
                raise CancelledError
            others = queries.run_tries(self._run_id, self._known)
            for name, packed in self._new.items():
                if name not in others:
                    db.session.add(RobotRunTry(run_id=self._run_id, key=name, content=packed))
        self._known |= {**self._new, **others}
        self._new.clear()
        self._next = time.monotonic() + STEP_SECONDS


def run_backtest_job(run_id: int, asked_in: str | None = None) -> None:
    """Do a backtest that was asked for; for a worker. What is wrong is told in the run."""
    with in_language(asked_in):
        _guarded(run_id, _backtest)


def run_search_job(run_id: int, asked_in: str | None = None) -> None:
    """Do a search that was asked for; for a worker. What is wrong is told in the run."""
    with in_language(asked_in):
        _guarded(run_id, _search)


def help_search_job(run_id: int, asked_in: str | None = None) -> None:
    """Do some of the tries of a search that another worker is at; that one tells what is wrong."""
    run = queries.get_run(None, run_id)
    if run.state != "running":
        return
    asked, shelf = SearchIn.model_validate(run.search), TryShelf(run_id)
    report = Reporter(run_id)
    try:
        with in_language(asked_in):
            searching.help_with(
                plan_of(run),
                tries_of(run.plugin_id, run.parameters, asked.grid),
                bars_of(run),
                lambda at, of: report(RECORDING * at / max(of, 1)),
                shelf,
            )
        shelf.settle()
    except (CancelledError, AppError):
        db.session.rollback()


def _guarded(run_id: int, work: Callable[[RobotRun, Reporter], dict[str, Any]]) -> None:
    run = _begin(run_id)
    if run is None:
        return
    try:
        finish(run_id, "done", result=work(run, Reporter(run_id)))
    except CancelledError:
        db.session.rollback()
    except AppError as error:
        finish(run_id, "failed", error=error.message)
    except Exception:
        # The job is tried again; its member is told when it was the last time.
        if outbox.is_last_try():
            finish(run_id, "failed", error=gettext("Something went wrong on our side."))
        raise


def _begin(run_id: int) -> RobotRun | None:
    with transaction():
        run = queries.get_run(None, run_id, is_locked=True)
        if run.state not in {"queued", "running"}:
            return None
        run.state, run.started_at, run.progress = "running", run.started_at or clock.now(), 0.0
        live.announce([run.user_id])
    return run


def _backtest(run: RobotRun, report: Reporter) -> dict[str, Any]:
    plan = plan_of(run)
    done = backtests.run(plan, bars_of(run), lambda at, of: report(RECORDING * at / max(of, 1)))
    report(RECORDING)
    account_id, _ = backtests.record(run.user_id, plan, done)
    with transaction():
        queries.get_run(None, run.id, is_locked=True).account_id = account_id
    return backtests.as_json(done.result)


def _search(run: RobotRun, report: Reporter) -> dict[str, Any]:
    asked = SearchIn.model_validate(run.search)
    tries = tries_of(run.plugin_id, run.parameters, asked.grid)
    plan = plan_of(run)
    with transaction():
        # Whoever has nothing else to do takes part; nobody waits for it.
        facts = {"run_id": run.id, "language": language()}
        outbox.enqueue("robots.help_search", facts, key=f"robots.help:{run.id}", queue="bulk")
    found = searching.run(
        plan,
        tries,
        asked.folds,
        bars_of(run),
        lambda at, of: report(RECORDING * at / max(of, 1)),
        TryShelf(run.id),
    )
    report(RECORDING)
    account_id, _ = backtests.record(run.user_id, found.plan, found.done)
    with transaction():
        row = queries.get_run(None, run.id, is_locked=True)
        # From here on its parameters are the best ones; what is varied replaces them in a retry.
        row.account_id, row.parameters = account_id, found.plan.chosen.parameters
    return backtests.as_json(found.done.result)


def plan_of(run: RobotRun) -> backtests.Plan:
    """Return what a run is to do."""
    chosen = choose(run.plugin_id, run.parameters)
    return backtests.Plan(chosen, list(run.symbols), run.timeframe, Terms.model_validate(run.terms))


def finish(
    run_id: int, state: str, *, result: dict[str, Any] | None = None, error: str | None = None
) -> None:
    """End a run, unless it was cancelled meanwhile."""
    with transaction():
        run = queries.get_run(None, run_id, is_locked=True)
        if run.state == "running":
            run.state, run.result, run.error = state, result, error
            run.finished_at = clock.now()
            run.progress = 1.0 if state == "done" else run.progress
            live.announce([run.user_id])
        drop_files(run_id)
