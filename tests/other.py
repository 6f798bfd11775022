"""A second connection to the same database, at work beside the test's own."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from flask import Flask

from app.core.db import db


class Other(threading.Thread):
    """Does something on a connection of its own, and keeps what went wrong."""

    def __init__(
        self,
        app: Flask,
        work: Callable[[], object],
        inside: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        super().__init__(daemon=True)
        self.error: BaseException | None = None
        self._app, self._work, self._around = app, work, inside
        self.start()

    def run(self) -> None:
        contextvars.Context().run(self._inside)

    def _inside(self) -> None:
        with self._app.app_context():
            try:
                with self._around():
                    self._work()
            except BaseException as error:
                self.error = error
            finally:
                db.session.remove()

    def end(self) -> None:
        """Wait for its end; what went wrong in it goes wrong here."""
        self.join(10)
        assert not self.is_alive()
        if self.error is not None:
            raise self.error
