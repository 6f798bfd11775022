"""Events at work: whom they are about is asked anew, whatever they say."""

from __future__ import annotations

from collections.abc import Callable

from app.billing.models import ProviderEvent
from app.billing.queries import provider as queries
from app.billing.service import alarms, creators, payments, payouts, syncing, webhooks
from app.core import clock, outbox
from app.core.db import db, transaction
from app.core.errors import ConflictError, NotFoundError
from app.core.i18n import gettext

NO_HANDLER = "nobody works on such events yet"


def work(subject: str) -> None:
    """Do what the waiting events of a subject ask for; twice is the same as once.

    What comes in from here on makes a job of its own: it may be newer than what is fetched now.
    """
    with transaction():
        outbox.free_key()
    kind, _, key = subject.partition(":")
    try:
        if kind == "customer":
            syncing.sync_customer(key)
        elif kind == "charge":
            payments.sync_charge(key)
        elif kind == "account":
            _follow(subject, lambda: creators.sync_account(key))
        elif kind == "transfer":
            _follow(subject, lambda: payouts.sync_transfer(key))
        else:
            _ignore(subject)
    except Exception:
        if outbox.is_last_try(outbox.PATIENT):
            _give_up(subject)
        raise


def _follow(subject: str, step: Callable[[], None]) -> None:
    """Ask about a subject, and close the events that were there before."""
    with transaction():
        ids = [one[0] for one in queries.pending_events(subject)]
    step()
    with transaction():
        queries.close_events(ids, "done", None, clock.now())


def _ignore(subject: str) -> None:
    with transaction():
        ids = [one[0] for one in queries.pending_events(subject)]
        queries.close_events(ids, "ignored", NO_HANDLER, clock.now())


def _give_up(subject: str) -> None:
    """Mark the events of a subject as dead, with an alarm: the last try has failed."""
    with transaction():
        ids = [one[0] for one in queries.pending_events(subject)]
        queries.close_events(ids, "dead", "the last try failed", clock.now())
        alarms.ring("dead_event", f"{len(ids)} events of {subject}")


def replay(event_id: str) -> str:
    """Have an event worked on again, in the present transaction; returns what it is about.

    Raises:
        NotFoundError: there is no such event.
        ConflictError: nothing follows from it.
    """
    row: ProviderEvent | None = queries.find_event(event_id)
    if row is None:
        message = gettext("There is no event %(event)s.", event=event_id)
        raise NotFoundError(message)
    if row.subject is None:
        message = gettext("Nothing follows from an event of the kind %(kind)s.", kind=row.type)
        raise ConflictError(message)
    row.state, row.reason, row.done_at = "pending", None, None
    db.session.flush()
    webhooks.want(row.subject)
    return row.subject
