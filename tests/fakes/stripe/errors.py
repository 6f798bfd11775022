"""What Stripe answers instead of an object."""

from __future__ import annotations

DECLINES = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "authentication_required": "This transaction requires authentication.",
}


class ApiError(Exception):
    """An error body with its status.

    `kept` says whether the answer is repeated for the same idempotency key: validation errors and
    conflicts are not, what failed while it was being done is.
    """

    def __init__(self, status, kind, message, code=None, param=None, *, kept=False, **more):
        super().__init__(message)
        self.status = status
        self.kept = kept
        self.body = {"type": kind, "message": message}
        named = {"code": code, "param": param, **more}
        self.body.update({name: value for name, value in named.items() if value is not None})
        if code:
            self.body["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"


def invalid(message, param=None, code=None) -> ApiError:
    """A parameter that cannot be used."""
    return ApiError(400, "invalid_request_error", message, code, param)


def lacks(param) -> ApiError:
    """A parameter that has to be there."""
    return invalid(f"Missing required param: {param}.", param, "parameter_missing")


def refused(message, code=None, param=None) -> ApiError:
    """The parameters are right, but the state does not allow it."""
    return ApiError(400, "invalid_request_error", message, code, param, kept=True)


def missing(name, key, param="id", *, in_path=True) -> ApiError:
    """No such object: 404 for the address, 400 for a parameter."""
    label = name.replace("_", " ")
    return ApiError(
        404 if in_path else 400,
        "invalid_request_error",
        f"No such {label}: '{key}'",
        "resource_missing",
        param,
    )


def declined(reason, **more) -> ApiError:
    """The card's bank said no."""
    code = reason if reason in ("expired_card", "authentication_required") else "card_declined"
    return ApiError(
        402,
        "card_error",
        DECLINES.get(reason, DECLINES["card_declined"]),
        code,
        kept=True,
        decline_code="generic_decline" if reason == "card_declined" else reason,
        **more,
    )
