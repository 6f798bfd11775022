"""The coach's cards and the panel beside the conversation, as a member's page asks for them."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from time import process_time
from urllib.parse import urlencode

import pytest
from redis import Redis

from app.coach.models import CoachMessage
from app.core import clock, ticks
from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.schemas import FillIn, MarkIn
from app.market import service as market
from app.performance import service as performance
from tests.factories.bars import minutes_from
from workers import coach as jobs

WP_USER, OTHER = 7, 8
FRIDAY = datetime(2025, 10, 31, 13, 30, tzinfo=UTC)
MONDAY = datetime(2025, 11, 3, 14, 30, tzinfo=UTC)
NOW = MONDAY + timedelta(minutes=45, seconds=12)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def owner(app, site, member, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    user_id = member()
    site.link(WP_USER, user_id)
    return user_id


@pytest.fixture
def spx(owner):
    for start, count in ((FRIDAY, 390), (MONDAY - timedelta(minutes=330), 10), (MONDAY, 45)):
        with transaction():
            each = market.get_instrument("SPX", asset_class="index")
            market.store_bars(each.id, "M1", minutes_from(start, count, price=100), "csv")
    return each.id


@pytest.fixture
def get(site, owner):
    def ask(path, wp_user_id=WP_USER, **options):
        return site.get(f"/embed/{path}", wp_user_id=wp_user_id, caps=["read"], **options)

    return ask


@pytest.fixture
def answered(site, owner, get):
    """Ask a question through the page, let the job answer it; return the page's poll that has it."""

    def ask(question, **fields):
        body = urlencode({"question": question, **fields}).encode()
        page = site.post(
            "/embed/coach", data=body, headers=FORM, wp_user_id=WP_USER, caps=["read"]
        ).text
        poll = html.unescape(re.search(r'hx-get="/embed/(coach-messages/[^"]+)"', page)[1])
        jobs.answer(int(re.search(r"messages/(\d+)", poll)[1]), None)
        return get(poll).text

    return ask


def trade(user_id, kind, symbol="AAPL"):
    """Close one trade on an account of a kind, and hold two more shares."""
    with transaction():
        book = ledger.open_account(user_id, "journal", kind)
        for number, (side, qty, price) in enumerate(
            (("buy", "10", "100"), ("sell", "10", "103"), ("buy", "2", "101"))
        ):
            fill = FillIn(
                external_id=f"{kind}{number}",
                symbol=symbol,
                side=side,
                qty=qty,
                price=price,
                fee="1",
                executed_at=(NOW - timedelta(minutes=30 - number)).isoformat(),
            )
            result = ledger.record_fills(book.id, [fill], source="api")[0]
            assert result.status == "created", result
    with transaction():
        performance.refold_account(book.id, "USD", (NOW - timedelta(days=9)).toordinal())


def words(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def card_of(page):
    """Return where the first card of a page is asked for again."""
    return html.unescape(re.search(r'hx-get="/embed/(coach-card[^"]*)"', page)[1])


@pytest.mark.req("S2-57", "S2-64", "S2-65", "S2-72")
def test_show_me_the_chart_opens_it_with_the_levels_that_the_answer_names(spx, answered, get):
    page = answered("Show me SPX chart with levels")
    assert 'data-card="levels"' in page
    opens = html.unescape(re.search(r'hx-get="/embed/(coach-panel[^"]*quiet[^"]*)"', page)[1])
    assert "show=chart" in opens
    assert "quiet=1" in opens
    panel = get(opens).text
    assert 'data-symbol="SPX"' in panel
    assert "data-trp-desk" in panel
    assert 'tabindex="-1"' not in panel.partition(">")[0]  # whoever is writing keeps the focus
    marked = re.findall(r'data-level="(\w+)"[^>]*data-marked', panel)
    assert {"pdh", "pdl", "pdc"} <= set(marked)
    assert len(marked) < len(re.findall(r"data-level=", panel))
    # The page that is opened later shows the same.
    assert 'data-symbol="SPX"' in get("dashboard-coach?tab=coach").text


@pytest.mark.req("S2-65")
def test_the_key_levels_stand_around_the_price_with_distances_and_the_atr(spx, answered, get):
    card = get(card_of(answered("Where is PDH for SPX?"))).text
    answer, last = market.read_levels("SPX").levels, market.read_price("SPX").price
    shown = ("pdh", "pdl", "pdc", "pmh", "pml", "pp", "r1", "r2", "r3", "s1", "s2", "s3", "vwap")
    prices = sorted(found for key in shown if (found := answer[key].price) is not None)
    nearest = (
        [each for each in prices if each < last][-1],
        next(each for each in prices if each >= last),
    )
    for price in nearest:
        assert f"{price:.2f}" in card
    assert "In ATR" in card
    assert "Last price" in card
    assert "%" in words(card).partition("Last price")[0]
    tones = re.findall(r'trp-tone"\s+data-tone="(\w+)"|data-now', card)
    assert tones.count("") == 1
    assert len(tones) <= 7


@pytest.mark.req("S2-64", "S2-70")
def test_a_card_shows_a_new_price_in_under_two_seconds(spx, answered, get, monkeypatch):
    later = NOW + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    page = answered("What is SPX trading at?")
    every = int(re.search(r'hx-trigger="every (\d+)ms"', page)[1]) / 1000
    path = card_of(page)
    first = get(path)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert get(path, headers=tag).status_code == 304
    with transaction():
        bars = minutes_from(MONDAY + timedelta(minutes=45), 1, price=131.37)
        market.store_bars(spx, "M1", bars, "csv")
    began = process_time()
    second = get(path, headers=tag)
    took = process_time() - began
    assert second.status_code == 200
    assert second.text != first.text
    assert every + took < 2


@pytest.mark.req("S2-66", "S2-67", "S2-71")
def test_results_of_different_kinds_of_accounts_stand_apart(owner, answered, get):
    for kind in ("journal", "paper"):
        trade(owner, kind)
    for question, kind, title in (
        ("Show my last trades", "pnl", "P&L tracker"),
        ("What are my positions?", "positions", "Position summary"),
        ("What is my win rate?", "performance", "Performance"),
    ):
        page = answered(question)
        assert f'data-card="{kind}"' in page
        card = get(card_of(page)).text
        assert title in words(card)
        panel = get(f"coach-panel?show={kind}").text
        assert title in words(panel)
        assert 'tabindex="-1"' in panel.partition(">")[0]
    told = words(get("coach-card?show=pnl").text)
    assert "journal" in told
    assert "paper" in told
    assert "Kinds are never added up" in told
    figures = words(get("coach-card?show=performance").text)
    assert figures.count("n 1") == 2
    assert "Fees paid" in figures


@pytest.fixture
def tick(owner, app, redis_url, monkeypatch):
    """Let the feed tell a price of a symbol, so many seconds ago."""
    with Redis.from_url(redis_url) as redis:
        redis.delete(ticks.LAST, ticks.WANTED)
        monkeypatch.setitem(app.extensions, "live_redis", redis)
        monkeypatch.setitem(app.extensions, "cache_silent_until", 0.0)

        def tell(symbol, price, ago=0):
            (found,) = market.find_instruments([(symbol, None)])
            sent = int((NOW - timedelta(seconds=ago)).timestamp() * 1_000_000)
            bar = {"i": found.id, "b": [sent // 60_000_000 * 60, price, price, price, price, 5],
                   "closed": False, "sent": sent, "source": "massive"}  # fmt: skip
            redis.hset(ticks.LAST, str(found.id), json.dumps(bar))
            return found.id

        yield tell
        redis.delete(ticks.LAST, ticks.WANTED)


@pytest.mark.req("S2-64", "S2-66", "S2-67")
def test_open_profit_is_live_where_the_feed_tells_a_price_and_says_so(owner, get, tick):
    trade(owner, "journal")
    positions, pnl = "coach-card?show=positions", "coach-card?show=pnl"
    told, before = get(positions), get(pnl)
    assert "never marked" in words(told.text)
    assert "live," not in words(told.text) + words(before.text)
    aapl = tick("AAPL", 111.5, ago=4)
    assert aapl in market.live_wanted()  # who looks at a position has the feed follow it
    began = process_time()
    again = get(positions, headers={"If-None-Match": told.headers["ETag"]})
    took = process_time() - began
    every = int(re.search(r'hx-trigger="every (\d+)ms"', again.text)[1]) / 1000
    assert every + took < 2
    # Two shares that were bought at 101.
    assert words(again.text).count("live, 4 s old") == 2
    assert "+$21.00" in words(again.text)
    result = re.search(r"Journal.*?\$([\d.]+)", words(before.text), re.IGNORECASE)[1]
    now = words(get(pnl).text)
    assert f"{float(result) + 21:.2f}" in now
    assert "live, 4 s old" in now
    tick("AAPL", 120, ago=91)  # too old to be called live
    assert "never marked" in words(get(positions).text)


@pytest.mark.req("S2-66")
def test_live_and_marked_are_never_mixed_without_a_word(owner, get, tick):
    trade(owner, "journal")
    with transaction():
        book = ledger.open_account(owner, "journal", "journal")
        fill = FillIn(external_id="other", symbol="MSFT", side="buy", qty="1", price="50",
                      executed_at=(NOW - timedelta(minutes=9)).isoformat())  # fmt: skip
        assert ledger.record_fills(book.id, [fill], source="api")[0].status == "created"
        mark = MarkIn("m", (NOW - timedelta(minutes=5)).isoformat(), "MSFT", "55")
        assert ledger.record_marks(book.id, [mark], source="api")[0].status == "created"
    tick("AAPL", 111.5, ago=4)
    told = words(get("coach-card?show=positions").text)
    assert "1 of 2 live, the rest as of" in told
    assert "+$26.00" in told
    assert "as of 3 Nov 2025, 10:10 EST" in told
    assert "1 of 2 live" in words(get("coach-card?show=pnl").text)


def test_what_was_held_overnight_makes_no_result_of_today_live(owner, get, tick):
    """How much of a live price came today is not known where a fill may have followed a mark."""
    with transaction():
        book = ledger.open_account(owner, "journal", "journal")
        fill = FillIn(external_id="old", symbol="MSFT", side="buy", qty="1", price="50",
                      executed_at=(NOW - timedelta(days=3)).isoformat())  # fmt: skip
        assert ledger.record_fills(book.id, [fill], source="api")[0].status == "created"
        mark = MarkIn("m", (NOW - timedelta(minutes=5)).isoformat(), "MSFT", "55")
        assert ledger.record_marks(book.id, [mark], source="api")[0].status == "created"
    tick("MSFT", 60, ago=4)
    told = words(get("coach-card?show=pnl").text)
    assert "live, 4 s old" in told
    assert "Today, as last marked" in told


@pytest.mark.req("S2-69")
def test_there_is_a_card_of_each_of_the_four_kinds_that_were_asked_for(spx, get):
    for kind, heading in (
        ("levels&of=SPX", "Key levels: SPX"), ("positions", "Position summary"),
        ("pnl", "P&L tracker"), ("alerts", "Alert status"),
    ):  # fmt: skip
        page = get(f"coach-card?show={kind}").text
        assert f'data-card="{kind.partition("&")[0]}"' in page
        assert heading in words(page)


@pytest.mark.req("S2-68")
def test_the_alert_card_says_that_nothing_is_watched_yet(answered, get):
    assert 'data-card="alerts"' in answered("Which alerts do I have?")
    assert "none is watched yet" in get("coach-card?show=alerts").text


@pytest.mark.req("S2-71")
def test_a_card_opens_by_its_title_which_is_a_link_with_an_address_of_its_own(spx, answered, get):
    page = answered("Where is PDH for SPX?")
    link = html.unescape(re.search(r'id="coach-card-levels-spx-open"[^>]*href="([^"]+)"', page)[1])
    assert "trp_show=levels" in link
    assert "trp_of=SPX" in link
    assert "trp_marks=pdh" in link
    assert link.endswith("#coach-panel")
    shown = get("dashboard" + link.partition("#")[0]).text
    assert 'data-symbol="SPX"' in shown
    assert 'data-level="pdh"' in shown


@pytest.mark.req("S2-55")
def test_the_next_question_keeps_what_the_panel_shows(spx, site, get):
    panel = get("coach-panel?show=chart&of=SPX&marks=pdh").text
    named = dict(re.findall(r'form="coach-ask"\s+name="(\w+)"\s+value="([^"]*)"', panel))
    assert named == {"show": "chart", "of": "SPX", "marks": "pdh"}
    body = urlencode({"question": "Is the market open?", **named}).encode()
    page = site.post(
        "/embed/coach", data=body, headers=FORM, wp_user_id=WP_USER, caps=["read"]
    ).text
    assert 'data-symbol="SPX"' in page
    assert 'id="coach-message-' in page


def test_the_coach_has_a_page_of_its_own(spx, get):
    page = get("coach?show=levels&of=SPX").text
    assert re.search(r'<section id="coach" class="trp[ "]', page)
    assert 'id="coach-question"' in page
    assert 'data-symbol="SPX"' in page


def test_only_the_newest_answer_has_cards_that_move(spx, answered, get):
    first = answered("Where is PDH for SPX?")
    number = re.search(r'id="coach-message-(\d+)"', first)[1]
    talk_id = db.session.get(CoachMessage, int(number)).conversation_id
    answered("Is the market open?", talk=str(talk_id))
    older = get(f"coach-messages/{number}").text
    assert "every 1500ms" not in older
    assert "Key levels: SPX</a>" in older


def test_a_card_that_cannot_be_is_not_found_and_a_robot_that_is_not_there_says_so(owner, get):
    for path in (
        "coach-card",
        "coach-card?show=levels",
        "coach-card?show=levels&of=%3Cb%3E",
        "coach-card?show=chart&of=SPX",
    ):
        assert get(path).status_code == 404, path
    assert "There is no such robot here" in get("coach-card?show=robot&of=nothing").text
    assert "There is no such robot here" in get("coach-panel?show=robot&of=nothing").text
    assert "no bars of this instrument" in get("coach-card?show=levels&of=NOPE").text
    assert "There are no bars of NOPE" in get("coach-panel?show=chart&of=NOPE").text
    assert "data-empty" in get("coach-panel?show=levels&of=%3Cb%3E").text
