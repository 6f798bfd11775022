"""JSON: the asker's own subscriptions, to read. Nothing is bought here."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.billing import service
from app.billing.schemas import (
    CurrentSubscription,
    PlansOut,
    SubscriptionPage,
    SubscriptionQuery,
    UsageItem,
    UsageOut,
)
from app.core.auth import member, public, user_id
from app.core.describe import describe
from app.core.http import json_response, with_etag
from app.core.paging import page_response
from app.core.parse import parse

api = Blueprint("subscriptions_api", __name__, url_prefix="/api/subscriptions")
plans_api = Blueprint("plans_api", __name__, url_prefix="/api/plans")


@plans_api.get("")
@describe(answer=PlansOut, headers=("If-None-Match",))
@public
def list_plans() -> Response:
    """List all ladders of plans: what each plan costs and gives."""
    return with_etag(json_response(service.shown_plans().model_dump(mode="json")))


@api.get("")
@describe(query=SubscriptionQuery, answer=SubscriptionPage, headers=("If-None-Match",))
@member
def list_subscriptions() -> Response:
    """List the plans that the asker is and was on, the newest first."""
    asked = parse(SubscriptionQuery, request.args.to_dict())
    return with_etag(page_response(service.page(user_id(), asked).model_dump(mode="json")))


@api.get("/current")
@describe(answer=CurrentSubscription, headers=("If-None-Match",))
@member
def current_subscription() -> Response:
    """Return the plan that counts for the asker now; free for who never subscribed."""
    return with_etag(json_response(service.current(user_id()).model_dump(mode="json")))


@api.get("/usage")
@describe(answer=UsageOut, headers=("If-None-Match",))
@member
def usage() -> Response:
    """Return what the asker uses of what the plans give by number; nothing beyond it is charged."""
    items = [
        UsageItem(
            key=each.key,
            used=each.used,
            limit="unlimited" if each.limit is None else each.limit,
            percent=each.percent,
            ready=each.is_ready,
            resets_at=each.resets_at,
        )
        for each in service.usage(user_id())
    ]
    return with_etag(json_response(UsageOut(items=items).model_dump(mode="json")))
