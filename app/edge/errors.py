"""Why a stream is not opened."""

from __future__ import annotations

from typing import Any

from app.core.errors import ForbiddenError, UnavailableError


class TicketError(ForbiddenError):
    """The ticket is wrong, spent, too old, or of another site's page."""


class FullError(UnavailableError):
    """There are as many streams as may be, of this member or of all."""


class RefusedError(Exception):
    """A tool was not carried out; `refusal` says why and what to do, `status` what the API said."""

    def __init__(self, refusal: dict[str, Any], status: int = 422) -> None:
        super().__init__(refusal["detail"])
        self.refusal, self.status = refusal, status
