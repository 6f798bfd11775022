"""Ending mails: by one click, by a page, in the settings; and what is counted of it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from sqlalchemy import select

from app.accounts import service as accounts
from app.core.db import db, transaction
from app.core.errors import ValidationError
from app.notifications import service
from app.notifications.errors import MailLinkError
from app.notifications.models import MailClicks, MailPreference, MailRow
from app.notifications.service import mail_care, unsubscribing
from tests.factories.house import work_off
from tests.factories.mails import FACTS
from tests.integration.test_account_sign_in import ANN, make
from tests.person import PASSWORD, Person, mails
from workers import queues

LIMIT = "limit_reached"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def ann(app, monkeypatch):
    monkeypatch.setattr(queues, "application", lambda: app)
    with time_machine.travel(NOW, tick=False):
        yield make()


def mail_to(app, user_id, topic=LIMIT, key="limit:1"):
    with transaction():
        service.tell(user_id, topic, key=key, facts=FACTS[topic])
    work_off()
    return mails(app)[-1]


def address_in(mail):
    parts = urlsplit(mail["List-Unsubscribe"].strip("<>"))
    return f"{parts.path}?{parts.query}"


def is_wanted(user_id, topic=LIMIT):
    db.session.rollback()
    return service.preferences(user_id)[topic]


def test_a_mail_program_ends_mails_by_one_post_without_a_cookie(app, ann):
    mail = mail_to(app, ann)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    client = app.test_client()
    for _ in range(2):
        done = client.post(address_in(mail), data=CLICK)
        assert done.status_code == 200
        assert not done.headers.getlist("Set-Cookie")
    assert not is_wanted(ann)
    assert [service.preferences(ann)[name] for name in ("weekly_performance",)] == [True]
    row = db.session.scalars(select(MailRow)).one()
    assert row.unsubscribed_at == NOW


def test_looking_at_the_link_changes_nothing_and_its_button_does(app, ann):
    mail = mail_to(app, ann)
    person = Person(app)
    page = person.get(address_in(mail))
    assert page.status_code == 200
    assert "A limit of your plan is reached" in page.text
    assert is_wanted(ann)
    token = re.search(r'name="token"\s+value="([^"]+)"', page.text)[1]
    done = person.post("/mail/unsubscribe", token=token)
    assert "You get no more mails of this kind" in done.text
    assert not is_wanted(ann)


def test_the_text_of_the_mail_holds_the_way_out(app, ann):
    mail = mail_to(app, ann)
    for kind in ("plain", "html"):
        said = mail.get_body((kind,)).get_content().replace("&amp;", "&")
        assert mail["List-Unsubscribe"].strip("<>") in said


@pytest.mark.parametrize("change", ["cut", "other", "empty", "topic", "address", "erased"])
def test_a_link_that_is_not_whole_or_went_elsewhere_ends_nothing(app, ann, change):
    token = address_in(mail_to(app, ann)).partition("=")[2]
    if change == "topic":
        token = unsubscribing.make_token(ann, ANN, "payment_failed", 1)
    elif change in {"cut", "empty"}:
        token = token[:-2] if change == "cut" else ""
    elif change == "other":
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    else:
        with transaction():
            if change == "erased":
                accounts.erase_user(ann)
            else:
                accounts.get_user(ann).email = "ann.new@example.test"
    client = app.test_client()
    for ask in (client.post, client.get):
        assert ask(f"/mail/unsubscribe?token={token}", data=CLICK).status_code == 404
    db.session.rollback()
    assert db.session.scalars(select(MailPreference)).all() == []


def test_a_link_of_one_member_ends_nothing_for_another(app, ann):
    bob = make("bob@example.test")
    mail = mail_to(app, ann)
    app.test_client().post(address_in(mail), data=CLICK)
    assert is_wanted(bob)


def test_a_member_chooses_on_the_page_of_the_account(app, ann):
    person = Person(app)
    person.sign_in(ANN, PASSWORD)
    page = person.get("/account/mails").text
    assert page.count("checked") == len(service.preferences(ann))
    done = person.send("/account/mails", language="de", **{"topic-weekly_performance": "on"})
    assert done.location == "/account/mails?done=mails"
    db.session.rollback()
    wanted = service.preferences(ann)
    assert [name for name, on in wanted.items() if on] == ["weekly_performance"]
    assert accounts.get_user(ann).language == "de"
    wrong = person.send("/account/mails", language="xx")
    assert (wrong.status_code, "xx: choose from" in wrong.text) == (422, True)
    odd = person.send("/account/mails", **{"topic-payment_failed": "on"})
    assert odd.status_code == 422
    with pytest.raises(ValidationError, match="payment_failed"):
        service.set_preferences(ann, {"payment_failed"})


def test_links_of_campaigns_are_counted_without_a_person(app, ann):
    mail = mail_to(app, ann)
    text = mail.get_body(("plain",)).get_content()
    link = urlsplit(re.search(r"http\S+/mail/go\?to=\S+", text)[0])
    for _ in range(3):
        led = app.test_client().get(f"{link.path}?{link.query}")
        assert (led.status_code, led.location) == (303, "http://127.0.0.1:5000/account/plan")
    db.session.rollback()
    assert [(row.topic, row.count) for row in db.session.scalars(select(MailClicks))] == [
        (LIMIT, 3)
    ]
    assert "user" not in MailClicks.__table__.columns
    for bad in ("", "x", "https://evil.test", link.query[3:-1]):
        assert app.test_client().get("/mail/go", query_string={"to": bad}).status_code == 404
    failed = mail_to(app, ann, "payment_failed", "payment_failed:1")
    assert "/mail/go" not in failed.get_body(("plain",)).get_content()


def test_what_became_of_mails_is_counted_by_topic_and_week(app, ann):
    before = NOW - timedelta(days=7)
    with time_machine.travel(before, tick=False):
        mail = mail_to(app, ann)
    app.test_client().post(address_in(mail), data=CLICK)
    mail_to(app, ann, LIMIT, "limit:2")
    mail_to(app, ann, "payment_failed", "payment_failed:1")
    found = service.mail_figures(date(2026, 11, 9), date(2026, 11, 22))
    shown = [
        (row.topic, row.week.day, row.asked, row.sent, row.skipped, row.unsubscribed)
        for row in found
    ]
    assert shown == [
        (LIMIT, 16, 1, 0, 1, 0),
        ("payment_failed", 16, 1, 1, 0, 0),
        (LIMIT, 9, 1, 1, 0, 1),
    ]
    assert mail_care.find_unwanted(None).faults == []
    for since, until in ((date(2026, 11, 22), date(2026, 11, 9)), (date(2020, 1, 1), NOW.date())):
        with pytest.raises(ValidationError):
            service.mail_figures(since, until)


def test_a_link_that_we_did_not_make_leads_nowhere(app):
    with pytest.raises(MailLinkError), transaction():
        service.follow("https://evil.test")
