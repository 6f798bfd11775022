"""Keeping a job's lease alive beside work that takes long and commits nothing."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from flask import current_app

from app.core import outbox
from app.core.db import transaction

RENEW_SECONDS = 10


@contextlib.contextmanager
def renewed() -> Iterator[None]:
    """Renew the present job's lease from a thread until the work is done; outside of a job nothing."""
    row_id = outbox.lease_of_job()
    if row_id is None:
        yield
        return
    done = threading.Event()
    helper = threading.Thread(target=_every, args=(_in_app(row_id), done), daemon=True)
    helper.start()
    try:
        yield
    finally:
        done.set()
        helper.join()


def _in_app(row_id: int) -> Callable[[], None]:
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - for a thread

    def renew() -> None:
        with app.app_context(), transaction():
            outbox.renew_lease_of(row_id)

    return renew


def _every(renew: Callable[[], None], done: threading.Event) -> None:
    while not done.wait(RENEW_SECONDS):
        with contextlib.suppress(Exception):  # the next turn tries again
            renew()
