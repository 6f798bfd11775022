"""Look at what must always hold: all of it for a command, a part each night for the clock."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.admin.models import InvariantCheck
from app.core import clock, logbook, outbox
from app.core.db import db, transaction
from app.core.errors import NotFoundError
from app.core.invariants import Ask, Invariant, Part, UncheckedError, list_invariants
from app.core.logbook import INVARIANT_BROKEN

log = structlog.get_logger()

EXAMPLES = 5
NIGHTLY_SECONDS = 120.0
"""So long at most each of them takes in one night; the next night goes on from there."""
ONE_NIGHT = timedelta(hours=6)


@dataclass
class Checked:
    """What a look at one invariant found."""

    name: str
    holds: str
    broken: int = 0
    examples: list[str] = field(default_factory=list)
    unknown: str = ""
    """Why it could not be looked at; empty when it was."""

    @property
    def state(self) -> str:
        """Return whole, broken or unknown."""
        if self.broken:
            return "broken"
        return "unknown" if self.unknown else "whole"

    def add(self, part: Part) -> None:
        """Take in what a part had."""
        self.broken += len(part.faults)
        self.examples += part.faults[: EXAMPLES - len(self.examples)]


def check_invariants(names: Collection[str] = ()) -> Iterator[Checked]:
    """Look at all invariants to their end, or at those named (`ledger` names all of an area).

    Raises:
        NotFoundError: there is no such invariant.
    """
    for invariant in _chosen(names):
        checked, after = Checked(invariant.name, invariant.holds), 0
        while True:
            part = _look(invariant, Ask(after), checked)
            if part.next_after is None:
                break
            after = part.next_after
        yield checked


def _chosen(names: Collection[str]) -> list[Invariant]:
    known = list_invariants()
    for name in names:
        if not any(_is_named(each, name) for each in known):
            listed = ", ".join(each.name for each in known)
            message = f"There is no invariant {name}. Choose from: {listed}"
            raise NotFoundError(message)
    return [each for each in known if not names or any(_is_named(each, name) for name in names)]


def _is_named(invariant: Invariant, name: str) -> bool:
    return name in {invariant.name, invariant.name.partition(".")[0]}


def _look(invariant: Invariant, ask: Ask, checked: Checked) -> Part:
    """Look at one part; what cannot be asked ends the look as unknown."""
    try:
        part = invariant.find(ask)
    except UncheckedError as error:
        checked.unknown, part = str(error), Part()
    except SQLAlchemyError as error:
        # A file that is damaged, or a table that is missing, may break the question itself.
        checked.unknown, part = f"the database refused it ({type(error).__name__})", Part()
    finally:
        db.session.rollback()
    checked.add(part)
    return part


# --- By the clock ---


def check_nightly() -> int:
    """Look at the next part of each invariant; return how many are broken. Safe to be cut anywhere.

    What is found is told in the log that administrators read, once a night for each invariant.
    """
    broken = 0
    for invariant in list_invariants():
        if not _is_done(invariant.name):
            broken += _check_tonight(invariant).state == "broken"
    return broken


def _is_done(name: str) -> bool:
    row = db.session.get(InvariantCheck, name, populate_existing=True)
    ended_at = None if row is None else row.ended_at
    db.session.rollback()
    return ended_at is not None and ended_at > clock.now() - ONE_NIGHT


def _check_tonight(invariant: Invariant) -> Checked:
    checked = Checked(invariant.name, invariant.holds)
    after, checked.broken = _begin(invariant.name)
    until = time.monotonic() + NIGHTLY_SECONDS
    while True:
        part = _look(invariant, Ask(after, is_full=False), checked)
        after = part.next_after or 0
        is_end = part.next_after is None or time.monotonic() > until
        _keep(checked, part, after, is_end=is_end)
        if is_end:
            return checked


def _begin(name: str) -> tuple[int, int]:
    """Return where to go on and what was found so far, of a look that was cut tonight."""
    now = clock.now()
    with transaction():
        row = db.session.get(InvariantCheck, name, populate_existing=True)
        if row is None:
            row = InvariantCheck(name=name, after=0)
            db.session.add(row)
        if row.state != "checking" or row.started_at < now - ONE_NIGHT:
            row.state, row.broken, row.started_at = "checking", 0, now
        row.ended_at = None
        outbox.renew_lease()
        return row.after, row.broken


def _keep(checked: Checked, part: Part, after: int, *, is_end: bool) -> None:
    """Keep how far a look has come, and tell of the first fault, in one transaction."""
    is_first = part.faults and checked.broken == len(part.faults)
    with transaction():
        row = db.session.get_one(InvariantCheck, checked.name, populate_existing=True)
        row.after, row.broken = after, checked.broken
        if is_end:
            row.state, row.ended_at = checked.state, clock.now()
        if is_first:
            logbook.add(
                logbook.Line(
                    level="error",
                    event=INVARIANT_BROKEN,
                    request_id="",
                    route=checked.name,
                    detail=part.faults[0],
                )
            )
        outbox.renew_lease()
    if part.faults:
        log.error(INVARIANT_BROKEN, invariant=checked.name, examples=part.faults[:EXAMPLES])
    if checked.unknown:
        log.warning("invariant_unchecked", invariant=checked.name, reason=checked.unknown)
