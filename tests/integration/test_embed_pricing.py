"""The page of plans: every ladder, by the month and the year, with and without a till."""

from __future__ import annotations

import re
from html import unescape

import pytest

from app.billing import service as billing
from app.core.db import transaction

WORDS = [
    "Start Free - No Credit Card Required",
    "Upgrade to Low Commitment - $9.99/month",
    "Upgrade to Mid-Tier - $29.99/month",
    "Contact Sales for Premium - $99.99/month",
]


@pytest.fixture
def till(app):
    app.config.update(STRIPE_API_KEY="sk_test_1", STRIPE_IS_TEST_TILL=True)


def text(response):
    assert response.status_code == 200, response.text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.text)))


def buttons(html):
    return {
        unescape(re.sub(r"\s+", " ", words).strip()): address.replace("&amp;", "&")
        for address, words in re.findall(
            r'<a class="trp-btn"[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', html
        )
    }


@pytest.mark.req("S4-67", "S4-84", "S4-88", "S4-89", "S4-90", "S4-91")
def test_four_plans_are_compared_each_with_its_own_call(site, till):
    answer = site.get("/embed/pricing")
    shown, links = text(answer), buttons(answer.text)
    for part in (*WORDS, "Most popular", "Compare plans", "in preparation", "Can I lose money?",
                 "14 days for nothing first", "Test till: no money moves."):  # fmt: skip
        assert part in shown
    assert shown.index("Mid-Tier Most popular") > shown.index("Low Commitment")
    assert links[WORDS[0]] == "https://site.example/dashboard/"
    assert links[WORDS[2]] == (
        "https://site.example/dashboard/?trp_tab=plan&trp_buy=mid&trp_interval=month"
        "&trp_source=pricing"
    )


@pytest.mark.req("S4-67", "S0-69")
def test_by_the_year_the_price_the_saving_and_the_words_are_those_of_a_year(site, till):
    shown = text(site.get("/embed/pricing?interval=year"))
    assert "Upgrade to Low Commitment - $99.90/year" in shown
    assert "$19.98 less than twelve single months" in shown
    assert "/month" not in shown


def test_without_a_till_no_button_leads_nowhere(site):
    answer = site.get("/embed/pricing")
    links = buttons(answer.text)
    assert "Nothing is sold here yet." in text(answer)
    assert WORDS[0] in links
    assert not [words for words in links if words.startswith(("Upgrade", "Contact"))]
    assert all(words in text(answer) for words in WORDS)


@pytest.mark.req("S4-91")
def test_the_owner_of_the_site_says_where_sales_is(site, till):
    from app.accounts.models import Site
    from app.core.db import db

    with transaction():
        row = db.session.get_one(Site, site.site_id)
        row.pages = {**row.pages, "contact": "mailto:sales@site.example"}
    links = buttons(site.get("/embed/pricing").text)
    answer = site.get("/embed/pricing")
    assert links[WORDS[3]] == "mailto:sales@site.example"
    assert "trp_buy=mid" in links[WORDS[2]]
    assert "Nobody has to be written to" not in text(answer)


@pytest.mark.req("S4-91")
def test_where_nobody_sells_the_button_leads_to_buying_the_plan_and_says_so(site, till):
    answer = site.get("/embed/pricing")
    assert "trp_buy=premium" in buttons(answer.text)[WORDS[3]]
    assert text(answer).count("Nobody has to be written to") == 1


def test_each_button_of_a_plan_says_which_it_is(site, till):
    for ladder in ("robots", "coach", "creator"):
        html = site.get(f"/embed/pricing?ladder={ladder}").text
        named = re.findall(r'data-trp-call="([^"]*)"', html)
        offered = {f"{ladder}.{plan.tier}" for plan in billing.list_plans(ladder)}
        assert named
        assert set(named) <= offered
        assert len(named) == len(buttons(html)) - 2  # two lead to other pages


@pytest.mark.parametrize("ladder", ["ai_traders", "signals", "coach", "creator"])
def test_a_plan_of_which_nothing_exists_is_shown_and_not_sold(site, till, ladder):
    answer = site.get(f"/embed/pricing?ladder={ladder}")
    shown, links = text(answer), buttons(answer.text)
    for plan in billing.list_plans(ladder):
        assert plan.name in shown
        if not billing.is_for_sale(plan):
            assert plan.cta not in links or not plan.price
    unsold = [
        each for each in billing.list_plans(ladder) if each.price and not billing.is_for_sale(each)
    ]
    assert shown.count("In preparation: it cannot be bought") == len(unsold)


@pytest.mark.parametrize("address", ["ladder=yachts", "interval=week", "ladder=robots&interval="])
def test_a_bad_link_shows_the_plans_all_the_same(site, address):
    assert WORDS[0] in text(site.get(f"/embed/pricing?{address}"))


def test_what_the_cells_say_is_what_is_enforced(site, till):
    shown = site.get("/embed/pricing").text
    for plan in billing.list_plans():
        for key in billing.get_ladder("robots").features:
            value = billing.plan_value(plan, key)
            if isinstance(value, str):
                assert value in shown
