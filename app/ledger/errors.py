"""Errors of the ledger slice."""

from __future__ import annotations

from app.core.errors import ConflictError, ForbiddenError, NotFoundError, ValidationError


class AccountNotFoundError(NotFoundError):
    """There is no such trading account, or it belongs to another user."""

    code = "account_not_found"


class EventNotFoundError(NotFoundError):
    """The account has no event with this external id."""

    code = "event_not_found"


class ImportNotFoundError(NotFoundError):
    """There is no such import, or it belongs to another user."""

    code = "import_not_found"


class ImportStateError(ConflictError):
    """The import is past the step that was asked for."""

    code = "import_state"


class RefusedFillError(ValidationError):
    """A fill, mark or flow breaks a rule; `field` names what."""

    code = "refused"


class UnusableFileError(ValidationError):
    """The file as a whole cannot be read as fills; nothing was written."""

    code = "unusable_file"


class LiveAccountError(ForbiddenError):
    """Only a broker connection may write into a live account."""

    code = "live_account"


class TooLargeError(ValidationError):
    """Summed money would not fit into the ledger's columns; nothing was written."""

    code = "too_large"
