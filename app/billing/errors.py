"""What can go wrong with plans and money."""

from __future__ import annotations

from app.core.errors import ConflictError, ForbiddenError


class EntitlementError(ForbiddenError):
    """The member's plan does not give it; `feature` and `plan` name what, and which plan would."""

    code = "plan_needed"


class JournalConflictError(ConflictError):
    """The same cause was told again with other amounts: somebody must look at it."""

    code = "journal_conflict"
