"""A newcomer's three steps, and what a larger plan would show: from data, never from a wish."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from app.accounts import service as accounts
from app.billing import service as billing
from app.core import clock
from app.core.db import db, transaction
from app.performance import service as performance
from app.robots import service as robots
from app.robots.schemas.running import DeploymentIn
from tests.factories.performance import make_account, make_day


@pytest.fixture(autouse=True)
def catalogue(app):
    with transaction():
        robots.sync_catalogue(demo=True)


@pytest.fixture
def ada(site, member):
    user_id = member("ada@example.test")
    site.link(7, user_id)
    return user_id


def text(response):
    assert response.status_code == 200, response.text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.text))).strip()


def test_a_newcomer_goes_from_a_choice_to_a_record_to_the_start_in_three_clicks(site, ada):
    first = site.get("/embed/dashboard", wp_user_id=7)
    assert "Step 1 of 3" in text(first)
    chosen = re.findall(r'first-steps\?look=([a-z_0-9]+)"', first.text)[0]
    second = site.get(f"/embed/first-steps?look={chosen}", wp_user_id=7)
    assert "Step 2 of 3" in text(second)
    way = unescape(re.search(r'id="first-start"[^>]*hx-get="([^"]+)"', second.text)[1])
    third = site.get(way, wp_user_id=7)
    assert "Step 3 of 3" in text(third)
    assert 'hx-post="/embed/deployments"' in third.text


def test_who_has_started_a_robot_is_no_newcomer(site, ada):
    plugin_id = "ma_cross"
    with transaction():
        robots.deploy(ada, DeploymentIn(plugin_id=plugin_id, symbols=["SPY"], timeframe="D1"))
    assert text(site.get("/embed/first-steps", wp_user_id=7)) == ""


def test_the_steps_go_for_good_when_they_are_not_wanted(site, ada):
    assert text(site.post("/embed/first-steps/dismiss", wp_user_id=7)) == ""
    assert text(site.post("/embed/first-steps/dismiss", wp_user_id=7)) == ""
    assert "Step 1 of 3" not in text(site.get("/embed/dashboard", wp_user_id=7))
    db.session.rollback()
    assert accounts.is_dismissed(ada, "first-steps")


@pytest.mark.parametrize("look", ["no_such_robot", "..", "A"])
def test_a_robot_that_is_not_there_leads_back_to_the_choice(site, ada, look):
    assert "Step 1 of 3" in text(site.get(f"/embed/first-steps?look={look}", wp_user_id=7))


@pytest.mark.req("S4-94")
def test_what_is_missing_is_the_next_plans_robots_all_of_them_good_and_bad_by_name(
    site, ada, member
):
    opened = sorted(
        (each.robot.name, key)
        for key, each in {one.facts.id: one for one in robots.shelf(site.site_id)}.items()
        if each.facts.min_tier == "low"
    )
    assert len(opened) > 1
    today = clock.now().date()
    for index, (_name, plugin_id) in enumerate(opened[:2]):
        with transaction():
            account = make_account(
                member(f"r{index}@example.test"), plugin_id, "paper", is_ranked=True,
                is_simulated=True, starting_balance=25_000, opened_on=today - timedelta(days=60),
            )  # fmt: skip
            for day in range(60, 2, -1):
                pnl = "50.00" if index else "-50.00"
                make_day(
                    account, today - timedelta(days=day), pnl, opening=25_000 if day == 60 else 0
                )
            first = (today - timedelta(days=60)).toordinal()
            performance.refold_account(account.id, "USD", first)
            performance.refold_robot(plugin_id, "USD", first)
    shown = text(site.get("/embed/missing", wp_user_id=7))
    places = [shown.index(name) for name, _key in opened]
    assert places == sorted(places)
    assert "\N{MINUS SIGN}$2,900.00" in shown
    assert "+$2,900.00" in shown
    assert "Fees" in shown
    assert "0\N{EN DASH}" in shown  # the interval of a robot that only lost


@pytest.mark.req("S4-94")
def test_hidden_days_of_ones_own_are_counted_and_not_judged(site, ada):
    today = clock.now().date()
    with transaction():
        account = make_account(ada, "mine", "journal", opened_on=today - timedelta(days=40))
        for day in (40, 30, 20, 3):
            make_day(account, today - timedelta(days=day), "10.00")
        performance.refold_account(account.id, "USD", (today - timedelta(days=40)).toordinal())
    shown = text(site.get("/embed/missing", wp_user_id=7))
    assert "are kept and not shown: your plan shows 7 days." in shown
    assert "$10.00" not in shown
    with transaction():
        billing.subscribe(ada, "premium", source="operator")
    assert text(site.get("/embed/missing", wp_user_id=7)) == ""


@pytest.mark.req("S4-93")
def test_at_a_limit_one_way_up_and_one_to_compare_and_nothing_is_lost(site, ada, app):
    app.config.update(STRIPE_API_KEY="sk_test_1", STRIPE_IS_TEST_TILL=True)
    with transaction():
        robots.deploy(ada, DeploymentIn(plugin_id="ma_cross", symbols=["SPY"], timeframe="D1"))
    answer = site.get("/embed/robot-settings/ma_cross", wp_user_id=7)
    shown = text(answer)
    assert "Low Commitment gives: Robots at once, 3 robots at once." in shown
    assert "Nothing is lost" in shown
    up = unescape(re.search(r'href="([^"]+)"[^>]*>Get Low Commitment', answer.text)[1])
    assert up == (
        "https://site.example/dashboard/?trp_tab=plan&trp_buy=low&trp_source=limit.robots"
    )
    assert '{"what": "limit.robots", "step": "shown"}' in unescape(answer.text)
    assert "Compare plans" in shown


@pytest.mark.req("S4-93")
def test_where_nothing_is_sold_the_limit_is_said_without_a_way_that_leads_nowhere(site, ada):
    shown = site.get("/embed/api-keys", wp_user_id=7)
    assert "Your plan has no API access" in text(shown)
    assert "trp_buy" not in shown.text
    assert 'hx-post="/embed/api-keys"' not in shown.text
    with transaction():
        billing.subscribe(ada, "mid", source="operator")
    assert "Make a key" in text(site.get("/embed/api-keys", wp_user_id=7))


@pytest.mark.req("S4-93")
def test_figures_before_the_window_are_said_to_be_kept(site, ada):
    today = clock.now().date()
    with transaction():
        account = make_account(ada, "mine", "journal", opened_on=today - timedelta(days=40))
        make_day(account, today - timedelta(days=40), "10.00")
        performance.refold_account(account.id, "USD", (today - timedelta(days=40)).toordinal())
    for tab in ("overview", "journal"):
        shown = text(site.get(f"/embed/dashboard?tab={tab}", wp_user_id=7))
        assert "older than the 7 days that your plan shows" in shown
        assert "Low Commitment gives: History, 30 days." in shown
