"""What can go wrong with plans and money."""

from __future__ import annotations

from app.core.errors import AppError, ConflictError, ForbiddenError, UnavailableError


class EntitlementError(ForbiddenError):
    """The member's plan does not give it; `feature` and `plan` name what, and which plan would."""

    code = "plan_needed"


class JournalConflictError(ConflictError):
    """The same cause was told again with other amounts: somebody must look at it."""

    code = "journal_conflict"


class NoTillError(UnavailableError):
    """Nothing can be bought here: no payment provider is set up, or the installation is held."""

    code = "no_till"


class TillAwayError(UnavailableError):
    """The provider did not answer; whether it has done what was asked is not known."""

    code = "till_away"


class TillRefusedError(UnavailableError):
    """The provider does not accept what the service asks of it: ours to mend."""

    code = "till_refused"


class TillMissingError(TillRefusedError):
    """The provider knows no such thing."""


class CardRefusedError(ConflictError):
    """The member's bank says no; nothing has changed."""

    code = "card_refused"


class LeaseLostError(UnavailableError):
    """Somebody else works on the same customer; what was fetched is not written."""

    code = "till_busy"


class NotSignedError(AppError):
    """What came in is no event of the provider for us; it is not kept."""

    code = "bad_signature"
