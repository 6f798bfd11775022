"""Many identical requests at one moment have one effect, on both engines, and none breaks."""

from __future__ import annotations

import contextvars
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from app.accounts import service as accounts
from app.accounts.models import ApiKey, Site, SiteMember, User
from app.ai import service as ai
from app.ai.models import AiKey
from app.billing import service as billing
from app.billing.schemas.administration import PlanGiftIn
from app.core.db import db, transaction
from app.core.errors import TooManyError
from app.moderation import service as moderation
from app.moderation.schemas import NameIn
from app.screenshots import service as screenshots
from app.screenshots.models import Screenshot
from app.screenshots.service import keeping
from tests.conftest import SiteCaller
from tests.factories import plans
from tests.factories.shots import picture

MANY = 50
AT_ONCE = 10
BOSS = {"wp_user_id": 1, "caps": ["read", "manage_options"]}


@pytest.fixture
def site(engine_app):
    return SiteCaller(engine_app)


def at_once(send) -> Counter:
    """Send many times, ten at a time, and count the statuses."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda _: contextvars.Context().run(send).status_code, range(MANY))
        return Counter(found)


def count(model) -> int:
    db.session.rollback()
    return db.session.query(model).count()


def test_a_first_visit_makes_one_account(site):
    body = {"wp_user_id": 9, "email": "new@example.test", "username": "new"}
    found = at_once(lambda: site.post("/api/wordpress/users", wp_user_id=9, json=body))
    assert found[201] == 1
    assert set(found) <= {200, 201, 409, 503}
    assert (count(User), count(SiteMember)) == (1, 1)


def test_a_connect_code_makes_one_site(site):
    with transaction():
        code = accounts.create_connect_code("X")
    body = {"code": code, "site_url": "https://x.example", "site_name": "X", "plugin_version": "1"}
    client = site.app.test_client
    found = at_once(lambda: client().post("/api/wordpress/connect", json=body))
    assert found[201] == 1
    assert set(found) <= {201, 422, 503}
    assert count(Site) == 2


def test_no_more_than_twenty_keys(site, member):
    site.link(7, plans.with_api(member()))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    data = b"name=k&scopes=ledger:read"
    found = at_once(lambda: site.post("/embed/api-keys", wp_user_id=7, data=data, headers=form))
    assert found[200] == 20
    assert not [status for status in found if status >= 500 and status != 503]
    assert count(ApiKey) == 20


def test_a_case_is_decided_once(site, member):
    user_id = member()
    site.link(7, user_id)
    with transaction():
        case = moderation.ask_for_name(site.site_id, user_id, NameIn(name="Ada Lovelace")).id
    target = f"/api/admin/moderation/{case}/decision"
    bodies = [{"decision": "approve", "note": f"n{number}"} for number in range(MANY)]
    found = at_once(lambda: site.post(target, json=bodies.pop(), **BOSS))
    assert found[200] == 1
    assert set(found) <= {200, 409, 503}


def test_the_same_screenshot_is_kept_once_and_never_more_than_may_be(site, member, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_KEPT", 3)
    user_id = member(tier="mid")
    same, others = picture(), iter([picture(size=(300 + more, 300)) for more in range(MANY)])

    def send(sent):
        with site.app.app_context():
            try:
                screenshots.send(user_id, [sent])
            except TooManyError:
                return SimpleNamespace(status_code=429)
            return SimpleNamespace(status_code=201)

    assert set(at_once(lambda: send(same))) == {201}
    assert count(Screenshot) == 1
    assert set(at_once(lambda: send(next(others)))) == {201, 429}
    assert count(Screenshot) == 3


def test_an_own_key_of_a_model_that_is_sent_many_times_is_there_once(site, member):
    user_id = member()
    with transaction():
        billing.give_plan(user_id, PlanGiftIn(ladder="ai_traders", plan="byok", reason="A test"))

    def save():
        with site.app.app_context():
            ai.save_key(user_id, "openai", "sk-the-same-key-0001")
            return SimpleNamespace(status_code=200)

    assert set(at_once(save)) == {200}
    assert count(AiKey) == 1
