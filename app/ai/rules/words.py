"""Pure: our words for why something failed, for people."""

from __future__ import annotations

from app.core.i18n import lazy_gettext

REASONS = {
    "timeout": lazy_gettext("no answer in time"),
    "cut": lazy_gettext("the answer broke off"),
    "cut_off": lazy_gettext("our worker was cut off"),
    "away": lazy_gettext("the provider could not be reached"),
    "ai_away": lazy_gettext("no model could answer"),
    "overloaded": lazy_gettext("the provider had a fault or was overloaded"),
    "rate_limited": lazy_gettext("the provider allows no more calls for now"),
    "unauthorised": lazy_gettext("the provider does not take our key"),
    "refused": lazy_gettext("the provider refused the request"),
    "left_alone": lazy_gettext("left alone after failures in a row"),
    "stopped": lazy_gettext("stopped by the member"),
    "unusable": lazy_gettext("the answer could not be used"),
    "no_key": lazy_gettext("no key of a provider is set"),
    "ai_budget": lazy_gettext("a limit of money was reached"),
    "ai_answer": lazy_gettext("the answer could not be used"),
    "UnexpectedModelBehavior": lazy_gettext("the answer could not be used"),
    "UsageLimitExceeded": lazy_gettext("more rounds or look-ups than the task allows"),
    "ValidationError": lazy_gettext("the answer could not be used"),
}


def why(reason: str) -> str:
    """Return a reason in words; one that has none as it is."""
    return str(REASONS.get(reason, reason.replace("_", " ")))
