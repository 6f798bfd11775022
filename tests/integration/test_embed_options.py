"""The tab of options, as a member uses it: chain, spread by two clicks, form, what-if, LEAPS."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime
from urllib.parse import urlencode

import pytest
from redis import Redis

from app.core import clock
from app.market import service as market
from app.trading import service as trading
from tests.integration.test_portfolio import CALL, HEAD, ROWS

WP_USER = 7
NOW = datetime(2026, 5, 19, 21, tzinfo=UTC)
DEAL = re.compile(r'hx-get="([^"]+)"[^>]*>')


@pytest.fixture
def owner(app, site, member, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    lines = [HEAD, ",,,,,100.20,,\n"]
    lines += [",".join([*row, row[4], "10", "100"]) + "\n" for row in ROWS]
    market.import_chain(lines, "ACME", date(2026, 5, 19))
    user_id = member(tier="mid")
    site.link(WP_USER, user_id)
    return user_id


@pytest.fixture
def ask(site, owner):
    def get(path="/embed/dashboard-options", wp_user_id=WP_USER):
        answer = site.get(path, wp_user_id=wp_user_id, caps=["read"])
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    return get


@pytest.fixture
def send(site, owner):
    def post(path, wp_user_id=WP_USER, **fields):
        return site.post(
            f"/embed/{path}",
            data=urlencode(fields).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            wp_user_id=wp_user_id,
            caps=["read"],
        )

    return post


def follow(page, id_):
    """Return where a link leads that htmx loads."""
    tag = re.search(rf'<a[^>]*id="{id_}"[^>]*>', page)[0]
    return html.unescape(re.search(r'hx-get="([^"]+)"', tag)[1])


@pytest.mark.req("S2-86", "S2-87", "S2-88")
def test_the_chain_shows_its_columns_filters_strikes_and_says_what_is_in_the_money(ask):
    page = ask("/embed/dashboard-options?part=chain&underlying=ACME")
    for words in ("Delta", "Gamma", "Theta", "Vega", "IV", "Open interest", "in the money"):
        assert words in page
    assert page.count("data-money") == 4
    assert 'data-money="at"' in page
    assert "Doubtful" in page
    assert "nobody bids" in page
    narrow = ask("/embed/dashboard-options?part=chain&underlying=ACME&low=96&high=104")
    assert narrow.count("data-money") == 1
    nothing = ask("/embed/dashboard-options?part=chain&underlying=ACME&low=500")
    assert "no strikes in that range" in nothing
    gone = ask("/embed/dashboard-options?part=chain&underlying=ACME&expiry=2026-06-20")
    assert "no options of 2026-06-20" in gone


@pytest.mark.req("S2-89")
def test_two_clicks_make_a_spread_with_its_risk(ask):
    page = ask("/embed/dashboard-options?part=chain&underlying=ACME")
    page = ask(follow(page, "buy-2"))
    page = ask(follow(page, "sell-3"))
    # 100 for 105: 3.70 less 1.65 is paid, of 5 that can be won.
    for words in ("$205.00", "$295.00", "102.05", "Probability of profit", "Breakeven"):
        assert words in page
    again = ask(follow(page, "leg-more-1"))
    assert "Unlimited" in again
    assert "Nothing is chosen yet" in ask(follow(page, "built-clear"))
    asked = ask("/embed/dashboard-options?part=chain&underlying=ACME&move=5&legs=1C100@2026-06-19")
    assert "What if, at 105.21" in asked


def test_a_combination_that_the_chain_does_not_have_is_told(ask):
    for legs, words in (
        ("1C101@2026-06-19", "no strike 101"),
        ("1C100@2026-06-20", "no options of 20 Jun 2026"),
        ("1C140@2026-06-19", "Nobody quotes 140"),
    ):
        page = ask(f"/embed/dashboard-options?part=chain&underlying=ACME&legs={legs}")
        assert words in page


@pytest.mark.req("S2-90")
def test_smile_deltas_and_term_structure_are_drawn_with_their_tables(ask):
    page = ask("/embed/dashboard-options?part=curves&underlying=ACME")
    for id_ in ("smile", "deltas", "term"):
        assert f'id="{id_}-table"' in page


def test_without_a_chain_the_pages_say_how_one_comes_in(site, member):
    site.link(WP_USER, member(tier="mid"))
    for part in ("chain", "curves"):
        answer = site.get(
            f"/embed/dashboard-options?part={part}", wp_user_id=WP_USER, caps=["read"]
        )
        assert "flask market import-chain" in answer.get_data(as_text=True)


@pytest.mark.req("S2-85", "S2-91")
def test_a_position_is_written_down_changed_and_deleted_on_the_page(owner, ask, send):
    page = send("positions", **CALL).get_data(as_text=True)
    (noted,) = trading.noted_positions(owner)
    for words in ("Long call", "+$140.00", "Net delta", "Net theta", "Most that can be lost"):
        assert words in page
    form = ask(follow(page, f"edit-{noted.key}"))
    assert 'value="2026-06-19"' in form
    changed = send(f"positions/{noted.key}", **{**CALL, "price": "4.00"})
    assert "\u2212$60.00" in changed.get_data(as_text=True)
    gone = send(f"positions/{noted.key}/delete").get_data(as_text=True)
    assert "No open position" in gone
    assert send(f"positions/{noted.key}/delete").status_code == 404


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"strike": "101"}, "strike", "The chain of ACME has none at 101"),
        ({"price": "-1"}, "price", "Input should be greater than 0"),
        ({"expiry": ""}, "expiry", "Is needed for an option"),
        ({"qty": "many"}, "qty", "Input should be a valid decimal"),
    ],
)
def test_a_wrong_field_is_marked_and_what_was_typed_stays(send, changes, field, words):
    answer = send("positions", **{**CALL, **changes})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="position-{field}-said" role="alert">{words}' in page
    assert 'value="2026-05-12"' in page


def test_a_what_if_answers_and_odd_values_in_an_address_do_no_harm(ask, send):
    send("positions", **CALL)
    page = ask("/embed/dashboard-options?move=5&points=-2&later=10")
    assert "Changes by" in page
    assert "What if" in page
    for odd in ("move=900&later=-5", "move=x&kind=backtest", "edit=hand-0000000000000000"):
        assert "Long call" in ask(f"/embed/dashboard-options?{odd}")


@pytest.mark.req("S2-168", "S2-169", "S2-171", "S2-178")
def test_leaps_are_tracked_projected_and_rolled(owner, ask, send):
    send("positions", **CALL)
    assert "No LEAPS" in ask("/embed/dashboard-options?part=leaps")
    send("positions", **{**CALL, "expiry": "2027-06-18", "price": "12"})
    page = ask("/embed/dashboard-options?part=leaps")
    for words in ("ACME 100 Call", "Paid for time", "Greeks over time", "Roll calculator"):
        assert words in page
    # 13.30 is worth 0.20 when exercised; bought at 12 it breaks even at 112.
    assert "13.10" in page
    assert "112.00" in page
    assert "no later expiry to roll to" in page


def test_anothers_position_is_not_found_on_the_page(owner, ask, send, site, member):
    send("positions", **CALL)
    (noted,) = trading.noted_positions(owner)
    site.link(8, member("other@example.test", tier="mid"))
    for path in (f"positions/{noted.key}", f"positions/{noted.key}/delete"):
        assert send(path, wp_user_id=8, **CALL).status_code == 404
    assert "Long call" not in ask(wp_user_id=8)
    assert "Long call" in ask()


@pytest.mark.parametrize("part", ["positions", "chain", "curves", "leaps", "macro"])
def test_each_part_opens_with_the_dashboard_around_it(ask, send, part):
    send("positions", **CALL)
    page = ask(f"/embed/dashboard?tab=options&part={part}")
    assert 'id="dashboard-options"' in page
    assert f'id="dashboard-options-part-{part}"' in page


@pytest.mark.req("S2-94")
def test_a_page_values_its_chain_once(app, ask, monkeypatch, redis_url):
    from app.quant import chain_values

    asked, value = [], chain_values.value_chain
    monkeypatch.setattr(
        chain_values, "value_chain", lambda *given: asked.append(1) or value(*given)
    )
    with Redis.from_url(redis_url) as redis:
        for part in ("chain", "curves"):
            redis.flushall()
            asked.clear()
            monkeypatch.setitem(app.extensions, "live_redis", redis)
            monkeypatch.setitem(app.extensions, "cache_silent_until", 0.0)
            page = ask(f"/embed/dashboard-options?part={part}&underlying=ACME")
            assert "<svg" in page or "<table" in page
            assert len(asked) == 1, part
