"""Endpoints: where a user's programs listen. Made, changed, given a new secret, disabled."""

from __future__ import annotations

import os

from app.accounts import service as accounts
from app.core import clock, events, outbound, security
from app.core.db import db
from app.core.errors import ConflictError, ValidationError
from app.core.i18n import gettext, lazy_gettext, listed
from app.notifications.events import WebhookDisabled
from app.notifications.models import WebhookEndpoint
from app.notifications.queries import webhooks as queries
from app.notifications.rules import webhooks as rules
from app.notifications.schemas import EndpointChange, EndpointIn, EndpointMade, EndpointView
from app.notifications.service import webhook_events

NAME_SECONDS = 1.0
"""How long a request waits for a name server; each delivery asks it again anyway."""
OWNER, GONE, FAILING = "owner", "gone", "failing"
FAULTS = {
    "too_long": lazy_gettext("is longer than 500 characters"),
    "form": lazy_gettext(
        "is not a URL such as https://example.com/hook, in ASCII and without blanks"
    ),
    "scheme": lazy_gettext("must begin with https://"),
    "user": lazy_gettext("must not hold a user name or a password"),
    "fragment": lazy_gettext("must not hold a #"),
    "host": lazy_gettext("must name a host such as example.com"),
    "port": lazy_gettext("must use port 443, 8443 or one from 1024 on"),
    "private_address": lazy_gettext("leads to an address that is not on the public internet"),
    "own_address": lazy_gettext("leads to this service itself"),
    "name_unknown": lazy_gettext("names a host that does not exist"),
}


def list_endpoints(user_id: int) -> list[EndpointView]:
    """Return a user's endpoints, the oldest first."""
    return [_view(found) for found in queries.list_endpoints(user_id)]


def get_endpoint(user_id: int, endpoint_id: int) -> EndpointView:
    """Return one of a user's endpoints."""
    return _view(queries.get_endpoint(user_id, endpoint_id))


def create_endpoint(user_id: int, given: EndpointIn) -> EndpointMade:
    """Make an endpoint; its secret is in the answer and is not shown again.

    Raises:
        ValidationError: the URL may not be called, or a type of event is unknown.
        ConflictError: the user has ten endpoints.
    """
    # One after another: two requests at once must not make an eleventh.
    accounts.lock_user(user_id)
    if len(queries.list_endpoints(user_id)) >= rules.MOST_ENDPOINTS:
        message = gettext(
            "You have %(most)s endpoints. Delete one that you no longer use.",
            most=rules.MOST_ENDPOINTS,
        )
        raise ConflictError(message, code="too_many_endpoints")
    _check_url(given.url)
    secret, now = _new_secret(), clock.now()
    endpoint = WebhookEndpoint(
        user_id=user_id,
        url=given.url,
        description=_checked_text(given.description),
        event_types=_known(given.event_types),
        secret_encrypted=security.encrypt(secret, context(user_id)),
        state="active",
        created_at=now,
        updated_at=now,
    )
    db.session.add(endpoint)
    db.session.flush()
    _audit("webhook.created", endpoint)
    return EndpointMade(**_view(endpoint).model_dump(), secret=secret)


def change_endpoint(user_id: int, endpoint_id: int, given: EndpointChange) -> EndpointView:
    """Change what is given of an endpoint; what is left out stays."""
    endpoint = queries.get_endpoint(user_id, endpoint_id, is_locked=True)
    if given.url is not None and given.url != endpoint.url:
        _check_url(given.url)
        endpoint.url, endpoint.failing_since, endpoint.paused_until = given.url, None, None
        _audit("webhook.moved", endpoint)
    if given.description is not None:
        endpoint.description = _checked_text(given.description)
    if given.event_types is not None:
        endpoint.event_types = _known(given.event_types)
    if given.state == "disabled" and endpoint.state == "active":
        disable(endpoint, OWNER)
    elif given.state == "active" and endpoint.state == "disabled":
        _enable(endpoint)
    endpoint.updated_at = clock.now()
    db.session.flush()
    return _view(endpoint)


def delete_endpoint(user_id: int, endpoint_id: int) -> None:
    """Delete an endpoint with everything that waits for it."""
    endpoint = queries.get_endpoint(user_id, endpoint_id, is_locked=True)
    _audit("webhook.deleted", endpoint)
    db.session.delete(endpoint)
    db.session.flush()


def rotate_secret(user_id: int, endpoint_id: int) -> EndpointMade:
    """Give an endpoint a new secret; for 24 hours the old one signs too.

    Rotating again at once ends the secret before the last: two sign at most.
    """
    endpoint = queries.get_endpoint(user_id, endpoint_id, is_locked=True)
    secret, now = _new_secret(), clock.now()
    endpoint.previous_secret_encrypted = endpoint.secret_encrypted
    endpoint.previous_until = now + rules.OVERLAP
    endpoint.secret_encrypted = security.encrypt(secret, context(user_id))
    endpoint.updated_at = now
    db.session.flush()
    _audit("webhook.secret_rotated", endpoint)
    return EndpointMade(**_view(endpoint).model_dump(), secret=secret)


def secrets_of(endpoint: WebhookEndpoint) -> list[str]:
    """Return the secrets that sign for an endpoint now, the newest first."""
    found = [endpoint.secret_encrypted]
    until = endpoint.previous_until
    if endpoint.previous_secret_encrypted is not None and until and until > clock.now():
        found.append(endpoint.previous_secret_encrypted)
    return [security.decrypt(sealed, context(endpoint.user_id)) for sealed in found]


def context(user_id: int) -> str:
    """Return whose secret it is, as encryption is told."""
    return f"webhook:{user_id}"


def disable(endpoint: WebhookEndpoint, reason: str) -> None:
    """Send nothing more to an endpoint; what waits for it is given up and can be replayed.

    When it was not its owner who did it, the owner is told: by the owner's other endpoints, on
    the dashboard, and by whoever listens to WebhookDisabled.
    """
    now = clock.now()
    endpoint.state, endpoint.disabled_reason, endpoint.disabled_at = "disabled", reason, now
    endpoint.updated_at = now
    db.session.flush()
    queries.give_up(endpoint.id, "disabled", now)
    if reason != OWNER:
        data = {"endpoint_id": endpoint.id, "reason": reason}
        webhook_events.emit(endpoint.user_id, rules.DISABLED, data)
        events.publish(WebhookDisabled(endpoint.user_id, endpoint.id, reason))
    # Last: nobody waits for an endpoint while holding the audit log, which all others need.
    _audit("webhook.disabled", endpoint, None if reason == OWNER else "system", reason=reason)


def _enable(endpoint: WebhookEndpoint) -> None:
    _check_url(endpoint.url)
    endpoint.state, endpoint.disabled_reason, endpoint.disabled_at = "active", None, None
    endpoint.failing_since = endpoint.paused_until = None
    _audit("webhook.enabled", endpoint)


def _audit(action: str, endpoint: WebhookEndpoint, actor: str | None = None, **facts: str) -> None:
    accounts.audit(
        action, user_id=endpoint.user_id, subject=f"webhook:{endpoint.id}", actor=actor, **facts
    )


def _new_secret() -> str:
    return rules.secret_text(os.urandom(rules.SECRET_BYTES))


def _check_url(url: str) -> None:
    try:
        outbound.check_name(url, outbound.network(), NAME_SECONDS)
    except outbound.RefusedAddressError as error:
        message = gettext("url: %(fault)s", fault=str(FAULTS[error.reason]))
        raise ValidationError(message, field="url", code="url_refused") from error


def _checked_text(text: str) -> str:
    if not text.isprintable():
        message = gettext("description: must be one line without control characters")
        raise ValidationError(message, field="description")
    return text


def _known(types: list[str]) -> list[str]:
    unknown = [kind[:40] for kind in types if kind not in rules.TYPES]
    if unknown:
        message = gettext(
            "event_types: %(unknown)s is unknown; choose from %(known)s",
            unknown=listed(unknown[:3]),
            known=listed(rules.TYPES),
        )
        raise ValidationError(message, field="event_types")
    return list(dict.fromkeys(types))


def _view(endpoint: WebhookEndpoint) -> EndpointView:
    view = EndpointView.model_validate(endpoint)
    is_over = view.previous_until is not None and view.previous_until <= clock.now()
    return view.model_copy(update={"previous_until": None}) if is_over else view
