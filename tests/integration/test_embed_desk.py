"""The market desk: what a member sees of an instrument, and what the page's script gets of it."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest

from app.core.db import db, transaction
from app.market import service as market
from tests.factories import desk
from tests.factories.bars import minutes_from
from tests.factories.desk import OPENS, bars, data

ask, instrument, reader = desk.ask, desk.instrument, desk.reader


@pytest.mark.req("S2-47", "S2-52")
def test_the_desk_shows_an_instrument_with_its_bars_and_every_timeframe(ask, instrument):
    html = ask("desk?symbol=simulated-a&timeframe=M5").text
    assert data(html, "symbol") == "SIMULATED-A"
    assert data(html, "timeframe") == "M5"
    assert [key for key in ("m1", "m5", "m15", "h1", "h4", "d1", "w1", "mn")
            if f'id="desk-{key}"' not in html] == []  # fmt: skip
    found = bars(html)
    assert len(found) == 17, "83 minutes are 16 bars of five and one that is still open"
    assert int(found[0][0]) == int(OPENS.timestamp())
    assert float(found[0][1]) == 100.0
    assert "Simulated" in html
    assert "prices are invented" in html
    # A reader without a script, and one without consent to the library, sees candles, too.
    assert 'class="wick"' in html


def test_the_first_instrument_opens_when_none_is_asked_for(ask, instrument):
    assert data(ask("desk").text, "symbol") == "SIMULATED-A"


@pytest.mark.parametrize("symbol", ["NOSUCH", "%22%3E%3Cscript%3E", "A%00B"])
def test_a_symbol_without_bars_says_so_and_offers_others(ask, instrument, symbol):
    html = ask(f"desk?symbol={symbol}").text
    assert "<script" not in html
    if symbol == "NOSUCH":
        assert "There are no bars of NOSUCH here" in html
        assert "SIMULATED-A" in html


def test_without_any_bars_the_desk_says_who_brings_them(ask):
    assert "The operator brings them in" in ask("desk").text


def test_sessions_come_with_the_hours_around_the_market(ask, instrument):
    first = data(ask("desk?symbol=SIMULATED-A&timeframe=M1").text, "sessions").split(";")[0]
    opens, closes, starts, ends = (int(each) for each in first.split(","))
    assert opens == OPENS.timestamp()
    assert closes - opens == 6.5 * 3600
    assert (opens - starts, ends - closes) == (5.5 * 3600, 4 * 3600)


@pytest.mark.req("S2-164")
@pytest.mark.parametrize(("timeframe", "count"), [("D1", 3), ("W1", 2), ("MN", 1)])
def test_days_weeks_and_months_hold_today_as_far_as_it_has_come(ask, instrument, timeframe, count):
    found = bars(ask(f"desk?symbol=SIMULATED-A&timeframe={timeframe}").text)
    assert len(found) == count
    assert float(found[-1][4]) == pytest.approx(100.0 + 0.82 + 0.25)


@pytest.mark.req("S2-54")
def test_older_bars_come_in_pieces_without_a_gap(ask, app, monkeypatch, instrument):
    from app.embed.service import desk, desk_bars

    monkeypatch.setattr(desk, "FIRST_BARS", 30)
    monkeypatch.setattr(desk_bars, "MORE_BARS", 40)
    html = ask("desk?symbol=SIMULATED-A&timeframe=M1").text
    seen = bars(html)
    assert len(seen) == 30
    piece = ask(f"desk-bars?symbol=SIMULATED-A&timeframe=M1&before={seen[0][0]}").text
    assert "data-first" not in piece
    seen = bars(piece) + seen
    rest = ask(f"desk-bars?symbol=SIMULATED-A&timeframe=M1&before={seen[0][0]}").text
    assert "data-first" in rest
    seen = bars(rest) + seen
    assert [int(row[0]) for row in seen] == [
        int((OPENS + timedelta(minutes=at)).timestamp()) for at in range(83)
    ]


@pytest.mark.req("S2-53")
def test_a_page_that_asks_again_gets_what_is_new_and_else_nothing(ask, instrument):
    html = ask("desk?symbol=SIMULATED-A&timeframe=M5").text
    path = unescape(re.search(r'hx-get="/embed/(desk-now[^"]*)"', html)[1])
    first = ask(path)
    assert [int(row[0]) for row in bars(first.text)] == [int(row[0]) for row in bars(html)][-2:]
    etag = first.headers["ETag"]
    assert ask(path, headers={"If-None-Match": etag}).status_code == 304
    with transaction():
        more = minutes_from(OPENS + timedelta(minutes=83), 3, price=150.0)
        market.store_bars(instrument.id, "M1", more, "simulated")
    second = ask(path, headers={"If-None-Match": etag})
    assert second.status_code == 200
    assert float(bars(second.text)[-1][4]) == 150.27
    assert "150.27" in second.text
    assert int(data(second.text, "minute")) == int((OPENS + timedelta(minutes=85)).timestamp())


def test_symbols_are_offered_by_their_beginning(ask, instrument):
    assert 'value="SIMULATED-A"' in ask("desk-symbols?symbol=simu").text
    assert "option" not in ask("desk-symbols?symbol=zzz").text


def test_a_page_without_bars_of_its_instrument_gets_none(ask):
    assert "data-bars" not in ask("desk-bars?symbol=NOSUCH&timeframe=M1&before=5").text
    assert "data-bars" not in ask("desk-now?symbol=NOSUCH").text


# --- Replay: the page is as of then, and each next bar comes alone ---


@pytest.mark.req("S0-33")
def test_a_replay_shows_nothing_of_what_came_after(ask, instrument):
    at = int((OPENS + timedelta(minutes=40)).timestamp())
    html = ask(f"desk?symbol=SIMULATED-A&timeframe=M5&replay={at}").text
    assert max(int(row[0]) for row in bars(html)) < at
    assert float(bars(html)[-1][4]) == pytest.approx(100 + 0.39 + 0.25)
    # Nor does the page ask for what is now.
    assert "/embed/desk-now" not in html
    assert 'hx-get="/embed/desk-levels' not in html
    step = ask(f"desk-step?symbol=SIMULATED-A&timeframe=M5&after={bars(html)[-1][0]}").text
    assert [int(row[0]) for row in bars(step)] == [at]


def test_the_steps_of_a_replay_are_the_bars_one_by_one_and_end_at_the_present(ask, instrument):
    at, seen = int(OPENS.timestamp()) + 75 * 60, []
    while "data-bars" in (
        html := ask(f"desk-step?symbol=SIMULATED-A&timeframe=M1&after={at}").text
    ):
        if not data(html, "bars"):
            break
        (row,) = bars(html)
        at = int(row[0])
        seen.append(at)
    assert seen == [
        int((OPENS + timedelta(minutes=minute)).timestamp()) for minute in range(76, 83)
    ]


def test_a_replay_begins_at_a_time_of_the_exchange_and_never_in_the_future(ask, instrument):
    html = ask("desk?symbol=SIMULATED-A&timeframe=M1&replay=2026-11-24T09:50").text
    assert data(html, "replay") == str(int((OPENS + timedelta(minutes=20)).timestamp()))
    assert len(bars(html)) == 20
    for wrong in ("2036-01-01T09:50", "2026-13-41T09:50"):
        html = ask(f"desk?symbol=SIMULATED-A&replay={wrong}").text
        assert "data-replay=" not in html
        assert "A replay needs a moment in the past. Choose an earlier one." in html
        assert re.search(r'<details class="trp-fold"\s+open', html), "the form is open"
    html = ask("desk?symbol=SIMULATED-A&timeframe=M1&replay=2020-01-02T09:50").text
    assert "No bar had closed by that moment." in html
    assert data(html, "bars") == ""


@pytest.mark.req("S2-49", "S2-51")
def test_key_levels_stand_beside_the_chart_with_their_distances(ask, instrument):
    html = ask("desk?symbol=SIMULATED-A&timeframe=M5").text
    found = dict(re.findall(r'data-level="(\w+)" data-price="([\d.]+)"', html))
    # Of the two days before: 90.01 + 0.5, - 0.5 and + 0.25.
    assert float(found["pdh"]) == pytest.approx(90.51)
    assert float(found["pdl"]) == pytest.approx(89.51)
    assert float(found["pdc"]) == pytest.approx(90.26)
    assert float(found["pp"]) == pytest.approx((90.51 + 89.51 + 90.26) / 3)
    prices = [float(price) for price in re.findall(r'data-level="\w+" data-price="([\d.]+)"', html)]
    assert prices == sorted(prices, reverse=True)
    assert "\u221210.45%" in html, "90.51 is so far below 101.07"
    assert 'id="desk-levels"' in ask("desk-levels?symbol=SIMULATED-A&timeframe=M5").text


def test_own_trades_of_the_instrument_are_marked_and_nobody_elses(reader, ask, member, instrument):
    from app.ledger import service as ledger
    from app.ledger.schemas import FillIn

    for owner in (reader, member("other@example.test")):
        with transaction():
            account = ledger.open_account(owner, "journal", "journal")
            fills = [
                FillIn(external_id=f"{owner}-{side}", executed_at=OPENS + timedelta(minutes=minute),
                       symbol="SIMULATED-A", side=side, qty="3", price="100", currency="USD")
                for side, minute in (("buy", 5), ("sell", 20))
            ]  # fmt: skip
            ledger.record_fills(account.id, fills, source="test")
    deals = json.loads(data(ask("desk?symbol=SIMULATED-A").text, "deals"))
    assert [(one["buy"], one["entry"], one["text"]) for one in deals] == [
        (True, True, "3"), (False, False, "3")
    ]  # fmt: skip
    before = int((OPENS + timedelta(minutes=10)).timestamp())
    html = ask(f"desk?symbol=SIMULATED-A&timeframe=M1&replay={before}").text
    assert len(json.loads(data(html, "deals"))) == 1


def waiting(user_id, number, price, kind="stop", state="working", symbol="SIMULATED-A"):
    """Let a robot of a member have an order; return the deployment's id."""
    from app.robots import service as robots
    from app.robots.models import RobotOrder
    from app.robots.schemas.running import DeploymentIn

    robots.sync_catalogue()
    given = {"plugin_id": "ma_cross", "symbols": ["SIMULATED-A"], "parameters": {}, "terms": {}}
    found = robots.list_deployments(user_id) or [
        robots.deploy(user_id, DeploymentIn.model_validate(given))
    ]
    order = RobotOrder(
        deployment_id=found[0].id, number=number, symbol=symbol, side="sell", qty=Decimal(10),
        kind=kind, price=price, given_at=OPENS, state=state, updated_at=OPENS,
    )  # fmt: skip
    db.session.add(order)
    return found[0].id


def test_orders_that_wait_are_drawn_and_nobody_elses(reader, ask, member, instrument):
    with transaction():
        mine = waiting(reader, 1, Decimal("98.5"))
        waiting(reader, 2, None, kind="market")
        waiting(reader, 3, Decimal(97), state="filled")
        waiting(reader, 4, Decimal(96), symbol="SIMULATED-B")
        waiting(member("other@example.test", tier="mid"), 1, Decimal(95))
    for path in ("desk?symbol=SIMULATED-A", "desk-levels?symbol=SIMULATED-A&timeframe=M5"):
        html = ask(path).text
        assert re.findall(r'data-level="(order-[^"]+)"\s+data-price="([\d.]+)"', html) == [
            (f"order-{mine}-1", "98.5")
        ]
        assert "Sell stop 10" in html
        assert "Sell market 10" in html
    before = int((OPENS + timedelta(minutes=10)).timestamp())
    past = ask(f"desk?symbol=SIMULATED-A&timeframe=M1&replay={before}").text
    assert "Sell stop 10" not in past, "orders are those of now"
