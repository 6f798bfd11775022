"""Charts by link: only with the owner's word, only what the document holds, until it ends."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from PIL import Image

from app.accounts import service as accounts
from app.accounts.service.audit import list_audit
from app.charts import service
from app.charts.models import ChartShare
from app.charts.schemas import Author, ChartIn, OperationsIn, ShareIn
from app.core import clock
from app.core.db import db, transaction
from app.core.parse import parse
from tests.conftest import SiteCaller
from tests.factories.charts import support, with_minutes


@pytest.fixture
def chart(engine_app, member):
    """Return a chart of a member's, with a line of a program's."""
    with_minutes(sessions=1)
    owner = member("dana.secret@example.test")
    program = service.Actor(owner, Author(kind="program", name="Dana's laptop"))
    asked = parse(OperationsIn, {"operations": [support()]})
    with transaction():
        made = service.create_chart(
            service.member(owner), ChartIn(title="Morning", document={"symbol": "AAPL"})
        )
        return service.apply(program, made.id, asked).chart


@pytest.fixture
def client(engine_app):
    return engine_app.test_client()


def shared(chart, **given) -> str:
    """Share a chart; return the token."""
    with transaction():
        made = service.share_chart(chart.user_id, chart.id, ShareIn(**given))
    return made.url.rpartition("/")[2]


def test_a_link_shows_the_document_and_nothing_of_its_owner(chart, client):
    token = shared(chart)
    found = client.get(f"/api/charts/shared/{token}")
    assert found.status_code == 200, found.text
    assert found.json["title"] == "Morning"
    assert found.json["owner"] is None
    assert found.json["document"]["drawings"][0]["by"] == {"kind": "program", "name": ""}
    page = client.get(f"/shared/charts/{token}")
    assert page.status_code == 200
    assert "Morning" in page.text
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    user = accounts.get_user(chart.user_id)
    for answer in (found.text, page.text):
        for word in ("dana", user.pseudonym.lower(), "laptop", '"user_id"'):
            assert word not in answer.lower()
    picture = client.get(f"/shared/charts/{token}/picture.png?width=400&height=300&theme=light")
    assert Image.open(io.BytesIO(picture.data)).size == (400, 300)
    assert client.get(f"/shared/charts/{token}/picture.png?width=9").status_code == 422
    assert db.session.query(ChartShare).one().token_hash not in (found.text + token)


def test_the_public_name_is_shown_where_the_owner_agreed(chart, client):
    token = shared(chart, shows_name=True)
    name = accounts.get_user(chart.user_id).pseudonym
    assert client.get(f"/api/charts/shared/{token}").json["owner"] == name
    assert name in client.get(f"/shared/charts/{token}").text


def test_a_link_ends_by_time_by_word_by_another_and_with_its_chart(chart, client, monkeypatch):
    def is_open(token):
        answers = {
            client.get(path).status_code
            for path in (f"/api/charts/shared/{token}", f"/shared/charts/{token}",
                         f"/shared/charts/{token}/picture.png")
        }  # fmt: skip
        assert len(answers) == 1
        return answers == {200}

    first = shared(chart, expires_in_days=1)
    second = shared(chart, expires_in_days=None)
    assert (is_open(first), is_open(second)) == (False, True)
    assert service.get_chart(chart.user_id, chart.id).is_shared is True
    with transaction():
        service.unshare_chart(chart.user_id, chart.id)
        service.unshare_chart(chart.user_id, chart.id)
    assert is_open(second) is False
    assert service.get_chart(chart.user_id, chart.id).is_shared is False
    third = shared(chart, expires_in_days=1)
    now = clock.now()
    with monkeypatch.context() as later:
        later.setattr(clock, "now", lambda: now + timedelta(days=1, seconds=1))
        assert is_open(third) is False
    assert is_open(third) is True
    with transaction():
        service.delete_chart(service.member(chart.user_id), chart.id)
        service.restore_chart(service.member(chart.user_id), chart.id)
    assert is_open(third) is False
    told = [one.action for one in list_audit(user_id=chart.user_id) if "chart" in one.action]
    assert sorted(told) == ["chart.shared"] * 3 + ["chart.unshared"] * 3


def test_only_a_person_shares_and_only_their_own(chart, client, engine_app, member, bearer):
    path, given = f"/api/charts/{chart.id}/share", {"expires_in_days": 7}
    key = bearer(chart.user_id, ["charts:read", "charts:write"])
    assert client.post(path, headers=key, json=given).json["code"] == "people_only"
    site = SiteCaller(engine_app)
    site.link(7, chart.user_id)
    site.link(8, member("other@example.test"))
    raw = json.dumps(given).encode()

    def ask(method, wp_user_id, body=b""):
        token = site.token(method, path, body, wp_user_id=wp_user_id, caps=["read"])
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return client.open(path, method=method, headers=headers, data=body)

    assert ask("POST", 8, raw).status_code == 404
    made = ask("POST", 7, raw)
    assert made.status_code == 201, made.text
    assert client.get(made.json["url"].partition("5000")[2]).status_code == 200
    listed = ask("GET", 7).json["items"]
    assert [one["url"] for one in listed] == [None]
    assert client.delete(path, headers=key).status_code == 204
    assert ask("GET", 7).json["items"] == []
    assert ask("POST", 7, b'{"expires_in_days": 0}').status_code == 422
