"""The door for the payment provider's events."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.billing import service
from app.billing.errors import NotSignedError
from app.billing.schemas.buying import Received
from app.core.auth import public
from app.core.describe import describe
from app.core.http import json_response, own_transactions
from app.core.limits import count_stranger, counts_itself

till_api = Blueprint("till_api", __name__, url_prefix="/api/billing/webhooks")


@till_api.post("/stripe")
@counts_itself
@own_transactions
@describe(answer=Received, problems=(400,))
@public
def take_event() -> Response:
    """Keep an event of the payment provider, signed by it; what follows from it is done later."""
    try:
        service.receive_event(request.get_data(), request.headers.get("Stripe-Signature", ""))
    except NotSignedError:
        count_stranger()
        raise
    return json_response({"received": True})
