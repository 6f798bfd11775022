"""What can go wrong with pictures of positions."""

from __future__ import annotations

from app.core.errors import UnavailableError
from app.screenshots.schemas import Unreadable


class ReaderAwayError(UnavailableError):
    """The program that reads pictures without a model is not there, or does not answer."""


class UnreadableError(Exception):
    """Nothing can be read from a picture; `reason` says why."""

    def __init__(self, reason: Unreadable) -> None:
        super().__init__(reason)
        self.reason: Unreadable = reason
