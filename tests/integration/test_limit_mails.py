"""Mails about limits of a plan: near one, at one, each once, and none that a member has ended."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
import time_machine

from app.core.db import transaction
from app.notifications import service
from tests.factories.house import work_off
from tests.factories.mails import FACTS
from tests.integration.test_member_mail import LIMIT, NOW, ann, rows
from tests.person import mails

__all__ = ["ann"]


@pytest.mark.req("S4-95")
def test_a_limit_is_told_once_a_month_with_what_the_next_plan_gives(ann, engine_app):
    def reach(limit="robots"):
        with transaction():
            return service.tell_limit(ann, limit, FACTS[LIMIT])

    assert [reach(), reach(), reach("broker_accounts")] == [True, False, True]
    with time_machine.travel(NOW + timedelta(days=12), tick=False):
        assert reach() is True
    work_off()
    (mail,) = mails(engine_app)
    text = mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == "You have reached a limit: Robots"
    assert "you use 2 of the 2 that Robots Low has" in text
    assert "Robots Mid has: 5, for $40.00 a month." in text


def near_and_full(user_id, *, then=lambda: None):
    for is_near in (True, False):
        with transaction():
            facts = FACTS["limit_near" if is_near else LIMIT] | {"used": 8 if is_near else 10,
                                                                 "allowed": 10}  # fmt: skip
            service.tell_limit(user_id, "robots", facts, is_near=is_near)
        then()
    work_off()


@pytest.mark.req("S4-95")
def test_a_limit_is_told_when_it_is_near_and_again_when_it_is_reached(ann, engine_app):
    near_and_full(ann, then=work_off)
    assert rows() == [("limit_near", "sent", None), (LIMIT, "sent", None)]
    mail = mails(engine_app)[0]
    assert mail["Subject"] == "You come near a limit: Questions to the coach a month"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("plain", "html"):
        text = " ".join(unescape(mail.get_body((kind,)).get_content()).split())
        assert "you use 8 of the 10 that Robots Low has, 2 are left" in text
        assert "It is counted from zero again from 4 Dec 2026" in text
        assert "Coach Lite has: 100, for $19.00 a month." in text
        assert "/mail/unsubscribe?token=" in text
    # The other way round, and of anything else, one a day is enough.
    with transaction():
        service.tell_limit(ann, "broker_accounts", FACTS["limit_near"], is_near=True)
    work_off()
    assert rows()[2:] == [("limit_near", "skipped", "often")]


def test_who_stands_at_a_limit_is_not_told_any_more_that_it_is_near(ann):
    near_and_full(ann)
    assert rows() == [("limit_near", "skipped", "over"), (LIMIT, "sent", None)]


def test_who_ends_the_one_kind_of_limit_mails_still_gets_the_other(ann):
    with transaction():
        service.set_preferences(ann, {LIMIT})
    near_and_full(ann, then=work_off)
    assert rows() == [("limit_near", "skipped", "unwanted"), (LIMIT, "sent", None)]
