"""Errors by what the caller should do next. They know nothing of HTTP; core/http.py maps them."""

from __future__ import annotations

from typing import Any


class AppError(Exception):
    """Something that the caller can read and act on.

    `message` is a sentence for a person; `details` are JSON-able facts beside it. `code` is a
    stable word for programs.
    """

    code = "error"

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        if code:
            self.code = code


class ValidationError(AppError):
    """The input is wrong: `field` names what, the message says how to mend it."""

    code = "invalid"

    def __init__(self, message: str, *, field: str | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.field = field


class MediaTypeError(AppError):
    """The body is of a kind that is not read here."""

    code = "unsupported_media_type"


class UnauthorizedError(AppError):
    """Nobody is known to be asking."""

    code = "unauthorized"


class ForbiddenError(AppError):
    """The asker is known and may not do this."""

    code = "forbidden"


class NotFoundError(AppError):
    """There is no such thing, or not for this asker."""

    code = "not_found"


class ConflictError(AppError):
    """The request contradicts what is already there."""

    code = "conflict"


class PreconditionRequiredError(AppError):
    """The change must say which version of the thing it was made for."""

    code = "precondition_required"


class PreconditionFailedError(AppError):
    """The change was made for another version of the thing than there is."""

    code = "precondition_failed"


class UnavailableError(AppError):
    """Something that we depend on does not answer; trying again later may help."""

    code = "unavailable"


class TooManyError(AppError):
    """The asker does this too often; `retry_after` says how many seconds to wait."""

    code = "too_many"

    def __init__(self, message: str, retry_after: int, **details: Any) -> None:
        super().__init__(message, retry_after=retry_after, **details)
        self.retry_after = retry_after
