"""What can go wrong when a model is asked. A provider's own words are never passed on."""

from __future__ import annotations

from datetime import datetime

from app.core.errors import ConflictError, TooManyError, UnavailableError


class BudgetError(TooManyError):
    """A limit of money is reached: `scope` says whose, `resets_at` when it begins anew."""

    code = "ai_budget"

    def __init__(self, message: str, *, scope: str, resets_at: datetime, retry_after: int) -> None:
        super().__init__(message, retry_after, scope=scope, resets_at=resets_at.isoformat())
        self.scope = scope


class ModelAwayError(UnavailableError):
    """No model could answer; `reason` is a word of ours for why the last one did not."""

    code = "ai_away"

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message, reason=reason)
        self.reason = reason


class AnswerError(UnavailableError):
    """A model answered, but not in a form that can be used."""

    code = "ai_answer"


class StoppedError(ConflictError):
    """The member has stopped the answer."""

    code = "ai_stopped"
