"""JSON of webhooks: endpoints, what was delivered to them, and sending it again."""

from __future__ import annotations

from flask import Blueprint, Response, request
from pydantic import BaseModel

from app.core import auth
from app.core.describe import describe
from app.core.http import json_response
from app.core.paging import page_response
from app.core.parse import json_body, parse
from app.notifications import service
from app.notifications.schemas import (
    DeliveryDetail,
    DeliveryPage,
    DeliveryQuery,
    DeliveryView,
    Done,
    EndpointChange,
    EndpointIn,
    EndpointList,
    EndpointMade,
    EndpointView,
    Replayed,
    ReplayIn,
)

api = Blueprint("webhooks_api", __name__, url_prefix="/api/webhooks")


def _answer(view: BaseModel, status: int = 200) -> Response:
    return json_response(view.model_dump(), status)


@api.get("")
@describe(answer=EndpointList)
@auth.scoped("webhooks:read")
def get_endpoints() -> Response:
    """List the asker's endpoints."""
    return _answer(EndpointList(items=service.list_endpoints(auth.user_id())))


@api.post("")
@describe(body=EndpointIn, answer=EndpointMade, status=201)
@auth.scoped("webhooks:write")
def post_endpoint() -> Response:
    """Make an endpoint; the secret is in this answer only."""
    given = parse(EndpointIn, json_body())
    return _answer(service.create_endpoint(auth.user_id(), given), 201)


@api.get("/<int:endpoint_id>")
@describe(answer=EndpointView)
@auth.scoped("webhooks:read")
def get_endpoint(endpoint_id: int) -> Response:
    """Return one endpoint."""
    return _answer(service.get_endpoint(auth.user_id(), endpoint_id))


@api.patch("/<int:endpoint_id>")
@describe(body=EndpointChange, answer=EndpointView)
@auth.scoped("webhooks:write")
def patch_endpoint(endpoint_id: int) -> Response:
    """Change an endpoint, disable it or enable it again."""
    given = parse(EndpointChange, json_body())
    return _answer(service.change_endpoint(auth.user_id(), endpoint_id, given))


@api.delete("/<int:endpoint_id>")
@describe(answer=Done)
@auth.scoped("webhooks:write")
def delete_endpoint(endpoint_id: int) -> Response:
    """Delete an endpoint with all that waits for it."""
    service.delete_endpoint(auth.user_id(), endpoint_id)
    return _answer(Done())


@api.post("/<int:endpoint_id>/rotate")
@describe(answer=EndpointMade)
@auth.scoped("webhooks:write")
def post_rotation(endpoint_id: int) -> Response:
    """Give an endpoint a new secret; the old one signs too for 24 hours."""
    return _answer(service.rotate_secret(auth.user_id(), endpoint_id))


@api.post("/<int:endpoint_id>/test")
@describe(answer=DeliveryDetail, status=202)
@auth.scoped("webhooks:write")
def post_test(endpoint_id: int) -> Response:
    """Send an event of type webhook.test to an endpoint."""
    delivery_id = service.send_test(auth.user_id(), endpoint_id)
    return _answer(service.get_delivery(auth.user_id(), endpoint_id, delivery_id), 202)


@api.get("/<int:endpoint_id>/deliveries")
@describe(query=DeliveryQuery, answer=DeliveryPage)
@auth.scoped("webhooks:read")
def get_deliveries(endpoint_id: int) -> Response:
    """List what was sent to an endpoint or is to be, the newest first."""
    asked = parse(DeliveryQuery, request.args.to_dict())
    page = service.list_deliveries(auth.user_id(), endpoint_id, asked)
    return page_response(page.model_dump())


@api.get("/<int:endpoint_id>/deliveries/<int:delivery_id>")
@describe(answer=DeliveryDetail)
@auth.scoped("webhooks:read")
def get_delivery(endpoint_id: int, delivery_id: int) -> Response:
    """Return a delivery with its attempts and its body."""
    return _answer(service.get_delivery(auth.user_id(), endpoint_id, delivery_id))


@api.post("/<int:endpoint_id>/deliveries/<int:delivery_id>/replay")
@describe(answer=DeliveryView, status=202)
@auth.scoped("webhooks:write")
def post_replay(endpoint_id: int, delivery_id: int) -> Response:
    """Send a delivery again, under the id that it had."""
    return _answer(service.replay_delivery(auth.user_id(), endpoint_id, delivery_id), 202)


@api.post("/<int:endpoint_id>/replay")
@describe(body=ReplayIn, answer=Replayed, status=202)
@auth.scoped("webhooks:write")
def post_replay_failed(endpoint_id: int) -> Response:
    """Send the failed deliveries of a time again, up to 1,000 a request."""
    given = parse(ReplayIn, json_body())
    return _answer(service.replay_failed(auth.user_id(), endpoint_id, given), 202)
