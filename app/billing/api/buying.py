"""Buying, switching, cancelling: by people in person, and keys to which a person gave it."""

from __future__ import annotations

from flask import Response, make_response, request

from app.billing import service
from app.billing.api.reading import api
from app.billing.schemas.buying import (
    CancelIn,
    CheckoutIn,
    CheckoutOut,
    KeepIn,
    LadderIn,
    PaidPlanOut,
    PauseIn,
    PortalIn,
    PortalOut,
    SwitchIn,
    SwitchOut,
    SwitchQuery,
)
from app.core.auth import scoped, user_id
from app.core.describe import describe
from app.core.http import json_response, own_transactions
from app.core.parse import json_body, parse

SCOPE = "billing:write"


@api.post("/checkout")
@own_transactions
@describe(body=CheckoutIn, answer=CheckoutOut, status=201, problems=(503,))
@scoped(SCOPE)
def open_checkout() -> Response:
    """Open the place where a plan or an offer is paid. Asking twice gives the same place."""
    opened = service.buy(user_id(), parse(CheckoutIn, json_body()))
    return json_response({"url": opened.url, "trial_days": opened.trial_days}, 201)


@api.get("/change/preview")
@describe(query=SwitchQuery, answer=SwitchOut, problems=(503,))
@scoped(SCOPE)
def preview_change() -> Response:
    """Tell what a switch to another plan or interval is and costs, to the cent."""
    asked = parse(SwitchQuery, request.args.to_dict())
    found = service.preview_change(user_id(), asked.ladder, asked.plan, asked.interval)
    return json_response(SwitchOut.model_validate(found, from_attributes=True).model_dump())


@api.post("/change")
@own_transactions
@describe(body=SwitchIn, answer=SwitchOut, problems=(503,))
@scoped(SCOPE)
def change() -> Response:
    """Switch: to a dearer plan or another interval at once, to a cheaper plan when its time comes."""
    asked = parse(SwitchIn, json_body())
    found = service.change_plan(
        user_id(), asked.ladder, asked.plan, asked.interval, proration_at=asked.proration_at
    )
    return json_response(SwitchOut.model_validate(found, from_attributes=True).model_dump())


@api.post("/cancel")
@own_transactions
@describe(body=CancelIn, answer=PaidPlanOut, also=(204,), problems=(503,))
@scoped(SCOPE)
def cancel() -> Response:
    """End a plan when what is paid for ends, or at once (204). Nothing is given back by itself."""
    asked = parse(CancelIn, json_body())
    service.cancel_plan(
        user_id(), asked.ladder, now=asked.at_once, feedback=asked.feedback,
        comment=asked.comment, offer_id=asked.offer_id,
    )  # fmt: skip
    return _paid_plan(asked.ladder, asked.offer_id)


@api.post("/resume")
@own_transactions
@describe(body=LadderIn, answer=PaidPlanOut, problems=(503,))
@scoped(SCOPE)
def resume() -> Response:
    """Take a cancellation or a pause back."""
    asked = parse(LadderIn, json_body())
    service.resume_plan(user_id(), asked.ladder, asked.offer_id)
    return _paid_plan(asked.ladder, asked.offer_id)


@api.post("/keep")
@own_transactions
@describe(body=KeepIn, answer=PaidPlanOut, problems=(503,))
@scoped(SCOPE)
def keep() -> Response:
    """Keep the present plan: take a lower one back that was to follow. Asking twice is fine."""
    asked = parse(KeepIn, json_body())
    service.keep_plan(user_id(), asked.ladder)
    return _paid_plan(asked.ladder, None)


@api.post("/pause")
@own_transactions
@describe(body=PauseIn, answer=PaidPlanOut, problems=(503,))
@scoped(SCOPE)
def pause() -> Response:
    """Let a monthly plan rest for one to three months, from the end of what is paid for."""
    asked = parse(PauseIn, json_body())
    service.pause_plan(user_id(), asked.ladder, asked.months)
    return _paid_plan(asked.ladder, None)


@api.post("/portal")
@own_transactions
@describe(body=PortalIn, answer=PortalOut, status=201, problems=(503,))
@scoped(SCOPE)
def portal() -> Response:
    """Open the payment provider's own pages: invoices, and how it is paid."""
    asked = parse(PortalIn, json_body())
    url = service.open_portal(user_id(), asked.return_url, payment_method=asked.payment_method)
    return json_response({"url": url}, 201)


def _paid_plan(ladder: str, offer_id: int | None) -> Response:
    found = service.paid_plan(user_id(), ladder, offer_id)
    if found is None:
        return make_response("", 204)
    return json_response(PaidPlanOut.model_validate(found, from_attributes=True).model_dump())
