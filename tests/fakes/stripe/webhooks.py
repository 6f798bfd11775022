"""Events: their list, the endpoints that hear of them, signatures, deliveries."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import secrets
import time
import urllib.error
import urllib.request

from .errors import invalid, lacks
from .form import Params, merged
from .money import DAY
from .render import public
from .world import API_VERSION

KEPT_DAYS = 30
ANSWER_SECONDS = 20


def create_endpoint(world, p: Params) -> dict:
    """Answer POST /v1/webhook_endpoints; only this answer shows the secret."""
    url = p.need("url")
    if not url.startswith(("http://", "https://")):
        raise invalid(
            "Invalid URL: An explicit scheme (such as https) must be provided.",
            "url",
            "url_invalid",
        )
    if not p.words("enabled_events"):
        raise lacks("enabled_events")
    secret = f"whsec_{secrets.token_hex(16)}"
    body = new_endpoint(world, url, secret, p.words("enabled_events"))
    body.update(description=p.text("description"), metadata=merged({}, p.get("metadata")))
    return body | {"secret": secret}


def new_endpoint(world, url, secret, enabled_events=("*",)) -> dict:
    """Keep an endpoint with its secret."""
    return world.add(
        "we",
        "webhook_endpoint",
        api_version=API_VERSION,
        application=None,
        description=None,
        enabled_events=list(enabled_events),
        metadata={},
        status="enabled",
        url=url,
        _secrets=[secret],
    )


def update_endpoint(world, p: Params, key) -> dict:
    """Answer POST /v1/webhook_endpoints/{id}."""
    body = world.get("webhook_endpoint", key)
    if "url" in p:
        body["url"] = p.need("url")
    if "enabled_events" in p:
        body["enabled_events"] = p.words("enabled_events")
    if "disabled" in p:
        body["status"] = "disabled" if p.flag("disabled") else "enabled"
    body["metadata"] = merged(body["metadata"], p.get("metadata"))
    return body


def delete_endpoint(world, p: Params, key) -> dict:
    """Answer DELETE /v1/webhook_endpoints/{id}."""
    world.forget(world.get("webhook_endpoint", key))
    return {"id": key, "object": "webhook_endpoint", "deleted": True}


def visible_events(world, p: Params) -> list[dict]:
    """Return the events of the last 30 days that were asked for."""
    types = p.words("types")
    if types and p.text("type"):
        raise invalid("You may only specify one of these parameters: type, types.", "types")
    if len(types) > 20:
        raise invalid("You may specify up to 20 types.", "types")
    limit = world.now - KEPT_DAYS * DAY
    found = [one for one in world.all("event") if one["created"] >= limit]
    if p.text("type"):
        types = [p.text("type")]
    if types:
        found = [one for one in found if any(_matches(one["type"], name) for name in types)]
    success = p.flag("delivery_success")
    if success is not None:
        found = [one for one in found if (one["pending_webhooks"] == 0) is success]
    return found


def get_event(world, p: Params, key) -> dict:
    """Answer GET /v1/events/{id}: an old one is gone."""
    body = world.get("event", key)
    if body["created"] < world.now - KEPT_DAYS * DAY:
        from .errors import missing

        raise missing("event", key)
    return body


def _matches(kind, pattern):
    return pattern in ("*", kind) or (pattern.endswith(".*") and kind.startswith(pattern[:-1]))


def wants(endpoint, event) -> bool:
    """Tell whether an endpoint hears of an event."""
    if endpoint["status"] != "enabled":
        return False
    return any(_matches(event["type"], name) for name in endpoint["enabled_events"])


def payload(event) -> bytes:
    """Return the body of a delivery."""
    # The same bytes each time, also after somebody has acknowledged it.
    return json.dumps({**public(event), "pending_webhooks": 1}, indent=2).encode()


def signature(body: bytes, secret_list, at=None) -> str:
    """Return the header `Stripe-Signature`: one v1 for each secret that is valid now."""
    at = int(time.time() if at is None else at)
    signed = f"{at}.".encode() + body
    marks = [hmac.new(one.encode(), signed, hashlib.sha256).hexdigest() for one in secret_list]
    return ",".join([f"t={at}", *(f"v1={mark}" for mark in marks)])


def send(url, body: bytes, header: str) -> int:
    """Post a delivery; return the status, 0 where nobody answered."""
    request = urllib.request.Request(url, body, method="POST")
    request.add_header("Content-Type", "application/json; charset=utf-8")
    request.add_header("Stripe-Signature", header)
    request.add_header("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=ANSWER_SECONDS) as response:
            return response.status
    except urllib.error.HTTPError as error:
        with contextlib.closing(error):
            return error.code
    except OSError:
        return 0
