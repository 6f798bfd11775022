"""Why a stream is not opened."""

from __future__ import annotations

from app.core.errors import ForbiddenError, UnavailableError


class TicketError(ForbiddenError):
    """The ticket is wrong, spent, too old, or of another site's page."""


class FullError(UnavailableError):
    """There are as many streams as may be, of this member or of all."""
