"""The page of a member's plan: every state, every step, through the fake till and the real SDK."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from app.billing import service as billing
from app.billing.models import ConversionEvent
from app.core.db import db, transaction
from tests.factories import tills

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def till(app, monkeypatch):
    with tills.till_of(app, monkeypatch) as fake:
        yield fake


@pytest.fixture
def ada(site, member):
    """A member of the site, and how she asks."""
    user_id = member("ada@example.test")
    site.link(7, user_id)
    return Asker(site, user_id)


class Asker:
    def __init__(self, site, user_id):
        self.site, self.user_id = site, user_id

    def get(self, query=""):
        return self.site.get(f"/embed/plan{query}", wp_user_id=7)

    def post(self, action, **fields):
        from urllib.parse import urlencode

        body = urlencode(fields).encode()
        return self.site.post(f"/embed/plan/{action}", wp_user_id=7, data=body, headers=FORM)


def text(response, status=200):
    assert response.status_code == status, response.text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.text))).strip()


def link(response, text_of_it):
    found = re.search(rf'href="([^"]+)"[^>]*>\s*{text_of_it}', response.text)
    assert found, response.text
    return unescape(found[1])


def field(response, name):
    return re.search(rf'name="{name}" value="([^"]*)"', response.text)[1]


def test_without_a_till_the_page_says_so_and_offers_nothing(ada):
    shown = text(ada.get())
    assert "Your plan" in shown
    assert "Nothing is sold here yet." in shown
    assert "Robots at once 0 of 1" in shown
    assert "Another plan" not in shown
    assert "This did not work." in text(ada.post("checkout", buy="mid"), 422)


@pytest.mark.req("S4-73", "S4-99", "S0-69")
def test_a_member_buys_with_a_trial_and_comes_back_to_a_plan(ada, till):
    asked = ada.get("?buy=mid&source=pricing")
    assert "Nothing: 14 days to try it." in text(asked)
    went = ada.post("checkout", buy="mid", source="pricing")
    assert link(went, "Go on to the payment").startswith(till.url)
    session = tills.newest_session(till)
    till.complete(session)
    back = ada.get(f"?paid={session}")
    shown = text(back)
    assert "Thank you." in shown
    assert "Mid-Tier On trial" in shown
    assert "14 days left" in shown
    db.session.rollback()
    started = [(one.kind, one.source) for one in db.session.scalars(select(ConversionEvent))]
    assert ("checkout_started", "pricing") in started
    assert ("trial_started", "pricing") in started


def bought(ada, till, plan="low"):
    tills.buy(till, ada.user_id, plan)
    billing.sync_user(ada.user_id)


@pytest.mark.req("S4-99", "S0-72", "S0-59", "S3-64")
def test_an_upgrade_says_what_it_costs_today_and_costs_that(ada, till):
    bought(ada, till)
    assert "Low Commitment Active" in text(ada.get())
    till.advance(days=10)
    asked = ada.get("?buy=mid")
    due = re.search(r"You pay today (\$[\d.]+)", text(asked))[1]
    done = ada.post("change", buy="mid", proration_at=field(asked, "proration_at"))
    shown = text(done)
    assert "Your plan is changed." in shown
    assert "Mid-Tier Active" in shown
    assert due in shown  # the invoice in the list
    assert due not in {"$0.00", "$29.99"}


@pytest.mark.req("S4-99", "S0-72")
def test_a_downgrade_begins_when_what_is_paid_for_ends(ada, till):
    bought(ada, till, "premium")
    asked = text(ada.get("?buy=low"))
    assert "You pay today $0.00" in asked
    assert "when what you have paid for ends" in asked
    shown = text(ada.post("change", buy="low"))
    assert "Premium Active" in shown
    assert "Becomes Low Commitment" in shown


@pytest.mark.req("S4-99", "S0-72")
def test_a_lower_plan_that_is_to_follow_is_taken_back_by_one_button(ada, till):
    bought(ada, till, "premium")
    till.advance(days=15)  # a trial has nothing to become
    billing.sync_user(ada.user_id)
    assert "Keep my present plan" not in text(ada.get())
    shown = ada.post("change", buy="low")
    assert "Your plan becomes Low Commitment on" in text(ada.get())
    assert 'hx-post="/embed/plan/keep"' in ada.get().text
    assert "Follows" in text(ada.get())
    assert "choose-low" not in ada.get().text
    for _ in range(2):
        shown = text(ada.post("keep", ladder="robots"))
        assert "You keep your present plan." in shown
        assert "Becomes" not in shown
        assert "Keep my present plan" not in shown


@pytest.mark.req("S0-72")
def test_a_plan_rests_and_goes_on(ada, till):
    bought(ada, till)
    assert "Pause the plan" in text(ada.get("?step=pause"))
    assert "Low Commitment Paused" in text(ada.post("pause", months="2"))
    assert "Your plan goes on." in text(ada.post("resume"))
    assert "Low Commitment Active" in text(ada.get())


def test_a_pause_of_nonsense_is_told_at_the_form(ada, till):
    bought(ada, till)
    for months in ("0", "9", "a", ""):
        assert "This did not work." in text(ada.post("pause", months=months), 422)
    assert "Low Commitment Active" in text(ada.get())


@pytest.mark.req("S0-72")
def test_a_plan_is_cancelled_with_a_reason_and_kept_after_all(ada, till):
    bought(ada, till)
    asked = text(ada.get("?step=cancel"))
    assert "Your record, your trades and your data stay" in asked
    shown = text(ada.post("cancel", when="end", feedback="unused", comment="Too busy."))
    assert "Cancelled, usable until its end" in shown
    (sub,) = till.client().v1.subscriptions.list().data
    assert sub.cancellation_details.feedback == "unused"
    assert "Low Commitment Active" in text(ada.post("resume"))


def test_a_plan_that_is_ended_at_once_is_free_again(ada, till):
    bought(ada, till)
    shown = text(ada.post("cancel", when="now"))
    assert "Your plan has ended." in shown
    assert "Free Ended" in shown
    assert not re.search(r"\d days to try it", text(ada.get("?buy=mid")))


def test_a_failed_payment_says_until_when_and_where_to_pay(ada, till):
    bought(ada, till)
    customer = till.client().v1.customers.list().data[0].id
    till.decline(customer)
    till.advance(days=32)
    billing.sync_user(ada.user_id)
    answer = ada.get()
    shown = text(answer)
    assert "A payment is open." in shown
    assert "You keep your plan until" in shown
    assert link(answer, "Pay or confirm").startswith(till.url)
    assert "plan-pause" not in answer.text


def test_what_an_administrator_gave_is_said_with_its_end_and_its_reason(ada, till):
    with transaction():
        row = billing.subscribe(ada.user_id, "premium", source="operator")
        row.reason = "Helped us find a fault."
    shown = text(ada.get())
    assert "Premium Given to you" in shown
    assert "Helped us find a fault." in shown
    assert "Cancel the plan" not in shown


def test_a_limit_that_is_near_is_amber(ada, till):
    from app.embed.service.usage import Use

    assert Use("robots", "Robots", 4, 5).bar.is_full
    assert not Use("robots", "Robots", 3, 5).bar.is_full
    assert Use("robots", "Robots", 1, 0).percent == 0
    assert not Use("robots", "Robots", 7, None).is_reached


@pytest.mark.req("S4-92", "S4-100")
def test_to_look_at_the_plans_counts_once_a_day_and_reading_alone_changes_nothing(ada, site):
    shown = site.get("/embed/plan-now", wp_user_id=7)
    assert "Your plan: Free" in text(shown)
    assert '{"what": "pricing", "step": "shown"}' in unescape(shown.text)
    db.session.rollback()
    assert db.session.query(ConversionEvent).all() == []
    for _ in range(2):
        assert seen(site, what="pricing") == 204
    db.session.rollback()
    assert [one.kind for one in db.session.query(ConversionEvent)] == ["pricing_viewed"]
    assert site.get("/embed/plan-now").status_code == 401
    assert site.post("/embed/seen").status_code == 401


def seen(site, **fields):
    from urllib.parse import urlencode

    body = urlencode(fields).encode()
    return site.post("/embed/seen", wp_user_id=7, data=body, headers=FORM).status_code


@pytest.mark.req("S4-92", "S4-93")
def test_a_prompt_counts_as_shown_and_as_followed_once_a_day(ada, site):
    for _ in range(2):
        assert seen(site, what="limit.robots") == 204
        assert seen(site, what="limit.robots", step="followed") == 204
    db.session.rollback()
    told = sorted((one.kind, one.source) for one in db.session.query(ConversionEvent))
    assert told == [
        (kind, "limit.robots") for kind in ("limit_reached", "prompt_followed", "prompt_shown")
    ]


@pytest.mark.parametrize(
    "what", ["limit.yachts", "limit.", "else", "", "pricing\n", "limit.robots x"]
)
def test_what_is_called_by_no_name_of_ours_is_not_counted(ada, site, what):
    assert seen(site, what=what) == 422
    db.session.rollback()
    assert db.session.query(ConversionEvent).all() == []


def test_who_comes_from_a_prompt_tells_so_and_who_does_not_does_not(ada, till):
    assert '"step": "followed"' in unescape(ada.get("?buy=mid&source=limit.robots").text)
    assert '"step": "followed"' not in unescape(ada.get("?buy=mid&source=pricing").text)


def test_the_dashboard_opens_with_the_plan_that_was_chosen(ada, site, till):
    shown = text(site.get("/embed/dashboard?tab=plan&buy=low&interval=year", wp_user_id=7))
    assert "Get Low Commitment" in shown
    assert "$99.90 a year" in shown


@pytest.mark.parametrize("query", ["?buy=gold", "?buy=free", "?ladder=signals&buy=pro", "?paid=cs_no",
                                   "?step=cancel", "?ladder=yachts"])  # fmt: skip
def test_an_address_that_asks_for_what_cannot_be_shows_the_plan(ada, till, query):
    answer = ada.get(query)
    assert "plan-step" not in answer.text
    assert "Your plan" in text(answer)


def test_somebody_elses_checkout_says_nothing(ada, till, member):
    session = tills.buy(till, member("bob@example.test"), "mid")
    assert "Thank you." not in text(ada.get(f"?paid={session}"))
