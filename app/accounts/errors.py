"""Errors of the accounts slice."""

from __future__ import annotations

from app.core.errors import ConflictError


class UserUnknownError(ConflictError):
    """A site's token names a user whom the plugin has not introduced yet."""

    code = "user_unknown"
