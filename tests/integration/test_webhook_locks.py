"""Two connections at the same webhooks: whoever comes second waits, and nobody for each other."""

from __future__ import annotations

import pytest

from app.accounts import service as accounts
from app.core.db import transaction
from app.core.errors import NotFoundError
from app.notifications import service
from app.notifications.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from app.notifications.queries import webhooks as queries
from tests.factories.plans import with_api
from tests.other import Other
from tests.webhooks import LOCAL, listen, rows, tell

# SQLite lets one transaction write at a time: there is nothing to wait for in the middle of one.
pytestmark = pytest.mark.parametrize("engine_app", ["postgresql"], indirect=True)
URL = "http://127.0.0.1:9/x"


@pytest.fixture
def owner(engine_app, member):
    engine_app.extensions["outbound"] = LOCAL
    return member()


@pytest.fixture
def deleting(engine_app, owner):
    """Return a function that begins to delete an endpoint on another connection."""

    def begin(endpoint_id):
        other = Other(engine_app, lambda: service.delete_endpoint(owner, endpoint_id), transaction)
        other.join(0.4)
        return other

    return begin


def test_an_event_is_written_while_its_endpoint_is_being_deleted(owner, deleting, monkeypatch):
    endpoint_id = listen(owner, URL).id
    real, others = queries.insert_event, []

    def insert(values):
        others.append(deleting(endpoint_id))
        assert others[0].is_alive(), "it did not wait for who is about to use the endpoint"
        return real(values)

    monkeypatch.setattr(queries, "insert_event", insert)
    tell(owner)
    others[0].end()
    assert rows(WebhookEndpoint) == []
    assert rows(WebhookDelivery) == []
    assert len(rows(WebhookEvent)) == 1


def test_two_events_and_a_deletion_do_not_wait_for_each_other(owner, deleting):
    """The first event locks what waits for the endpoint, the second one needs the endpoint."""
    endpoint_id = listen(owner, URL).id
    tell(owner, topic="look")
    with transaction():
        service.emit(owner, "metrics.updated", {}, topic="look")
        other = deleting(endpoint_id)
        service.emit(owner, "fills.recorded", {})
    other.end()
    assert rows(WebhookDelivery) == []


def test_a_new_key_and_a_deletion_do_not_wait_for_each_other(owner, deleting, monkeypatch):
    """A key is told to the endpoints and stands in the audit log; so does a deletion."""
    endpoint_id = listen(owner, URL).id
    real, others = queries.endpoints_to_tell, []

    def find(user_id):
        if not others:
            others.append(deleting(endpoint_id))
        return real(user_id)

    monkeypatch.setattr(queries, "endpoints_to_tell", find)
    with transaction():
        accounts.create_key(with_api(owner), None, "program")
    others[0].end()
    assert rows(WebhookDelivery) == []


def test_who_deletes_first_is_waited_for_and_nothing_is_written_for_it(engine_app, owner):
    endpoint_id, kept = listen(owner, URL).id, listen(owner, URL + "2").id
    with transaction():
        service.delete_endpoint(owner, endpoint_id)
        other = Other(engine_app, lambda: service.emit(owner, "fills.recorded", {}), transaction)
        other.join(0.4)
        assert other.is_alive()
    other.end()
    assert [row.endpoint_id for row in rows(WebhookDelivery)] == [kept]
    with pytest.raises(NotFoundError), transaction():
        service.delete_endpoint(owner, endpoint_id)
