"""Chains with Greeks and positions of options: by file, invented, and when somebody asks wrongly."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from app.core import clock
from app.core.db import transaction
from app.market import service as market
from tests.conftest import make_app, migrate
from tests.factories.robot_bars import MARKET_DATA

NOW = datetime(2026, 1, 15, 17, 0, tzinfo=UTC)  # a Thursday at noon in New York
HEADER = "expiry,strike,right,bid,ask,close,volume,open_interest,implied_volatility,delta\n"


def rows(expiry="2026-02-20"):
    """Return a chain around 100: fair two-sided quotes, and some that are bad."""
    from app.quant.greeks import Market, Terms, american

    years, found = 36.17 / 365, [",,,,,100,,,,\n"]
    for strike in range(80, 125, 5):
        for right in "CP":
            fair = american.price(Market(100.0, 0.05), Terms(strike, years, right == "C"), 0.25)[0]
            bid, ask = max(fair - 0.03, 0.01), fair + 0.03
            if (strike, right) == (110, "C"):
                bid = 0.0
            if (strike, right) == (95, "P"):
                bid, ask = bid + 3, ask + 3
            told = ",0.31,0.77" if (strike, right) == (90, "C") else ",,"
            found.append(f"{expiry},{strike},{right},{bid:.4f},{ask:.4f},{fair:.4f},7,11{told}\n")
    return found


@pytest.fixture
def now(monkeypatch):
    present = [NOW]
    monkeypatch.setattr(clock, "now", lambda: present[0])
    return present


@pytest.fixture
def bring(tmp_path, engine_app, now):
    def run(lines, *options, underlying="AAA"):
        path = tmp_path / "chain.csv"
        path.write_text(HEADER + "".join(lines))
        done = engine_app.test_cli_runner().invoke(
            args=["market", "import-chain", str(path), "--underlying", underlying, *options]
        )
        assert done.exit_code == 0, done.output
        return done.output

    return run


@pytest.fixture
def client(engine_app, now, member, bearer):
    headers = bearer(member(tier="mid"), ["market:read"])

    class Client:
        def get(self, path, status=200):
            answer = engine_app.test_client().get(path, headers=headers)
            assert answer.status_code == status, answer.json
            return answer.json

        def post(self, body, status=200):
            answer = engine_app.test_client().post(
                "/api/options/analysis", json=body, headers=headers
            )
            assert answer.status_code == status, answer.json
            return answer.json

    return Client()


@pytest.mark.req("S2-77")
def test_a_chain_tells_greeks_where_nobody_published_them(bring, client):
    bring(rows(), "--date", "2026-01-14")
    found = client.get("/api/options/aaa/chain")
    assert (found["underlying"], found["style"], found["source"]) == ("AAA", "american", "csv")
    assert (found["price"], found["session"], found["is_simulated"]) == (100, "2026-01-14", False)
    assert found["as_of"] == "2026-01-14T21:00:00Z"
    assert found["age_seconds"] == 20 * 3600
    by = {(each["strike"], each["right"]): each for each in found["quotes"]}
    atm = by[100, "C"]
    assert atm["implied_volatility"] == pytest.approx(0.25, abs=0.01)
    assert atm["delta"] == pytest.approx(0.54, abs=0.02)
    assert (atm["greeks_from"], atm["moneyness"], atm["open_interest"]) == ("quote", "at", 11)
    told = by[90, "C"]
    assert (told["greeks_from"], told["delta"], told["implied_volatility"]) == (
        "published",
        0.77,
        0.31,
    )
    assert told["gamma"] is not None
    dead, wrong = by[110, "C"], by[95, "P"]
    assert (dead["faults"], dead["middle"], dead["greeks_from"]) == (["zero_bid"], None, "smile")
    assert dead["delta"] == pytest.approx(0.13, abs=0.05)
    assert "not_monotone" in wrong["faults"] or "parity" in wrong["faults"]
    assert set(found["fault_texts"]) >= {"zero_bid"}
    assert found["left_out"] >= 2
    ours = client.get("/api/options/AAA/chain?greeks=computed&strike_from=90&strike_to=90")
    assert [each["greeks_from"] for each in ours["quotes"]] == ["quote", "quote"]
    assert ours["quotes"][0]["implied_volatility"] == pytest.approx(0.25, abs=0.02)


@pytest.mark.req("S2-76")
def test_a_second_question_is_answered_from_the_cache(
    engine_app, bring, client, monkeypatch, redis_url
):
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
        monkeypatch.setitem(engine_app.extensions, "live_redis", redis)
        monkeypatch.setitem(engine_app.extensions, "cache_silent_until", 0.0)
        _asks_twice(bring, client, monkeypatch)
        bring(rows()[:5], "--date", "2026-01-14")  # another chain is another answer
        assert len(client.get("/api/options/AAA/chain")["quotes"]) == 4


def _asks_twice(bring, client, monkeypatch):
    bring(rows(), "--date", "2026-01-14")
    first = client.get("/api/options/AAA/chain")
    monkeypatch.setattr(
        "app.quant.chain_values.value_chain", lambda *_: pytest.fail("worked out again")
    )
    assert client.get("/api/options/AAA/chain") == first
    monkeypatch.undo()


def test_chains_within_a_session_are_kept_beside_its_close(bring, client, now):
    bring(rows(), "--date", "2026-01-14")
    said = bring(rows()[:5], "--date", "2026-01-14", "--time", "15:30")
    assert "AAA 2026-01-14 15:30 UTC: 4 contracts" in said
    bring(rows()[:7], "--date", "2026-01-14", "--time", "15:30")  # again: replaced
    count = lambda query: len(client.get(f"/api/options/AAA/chain{query}")["quotes"])  # noqa: E731
    assert count("") == 18
    assert count("?at=2026-01-14T20:59:00Z") == 6
    assert count("?at=2026-01-14T21:00:00Z") == 18
    client.get("/api/options/AAA/chain?at=2026-01-14T15:29:00Z", 404)
    assert market.chain_sessions("AAA") == [NOW.date() - timedelta(days=1)]
    chains = market.read_chains(["AAA"])["AAA"]
    assert [int(each) for each in chains.snapshots["end"]] == [6, 24]


WRONG_QUESTIONS = [
    ("expiry=2026-03-20", "expiry", "2026-02-20"),
    ("expiry=soon", "expiry", ""),
    ("strike_from=500", "strike_from", "80"),
    ("strike_to=-5", "strike_to", ""),
    ("strike_from=100&strike_to=90", "", "strike_to lies below strike_from"),
    ("at=2027-01-01T00:00:00Z", "at", "still to come"),
    ("rate=9", "rate", ""),
    ("greeks=mine", "greeks", ""),
    ("colour=red", "colour", ""),
]


def test_a_wrong_question_is_told_what_is_wrong(bring, client):
    bring(rows(), "--date", "2026-01-14")
    for query, field, words in WRONG_QUESTIONS:
        found = client.get(f"/api/options/AAA/chain?{query}", 422)
        assert field in str(found), query
        assert words in found["detail"], query


def test_an_underlying_without_a_chain_is_not_found(client):
    assert client.get("/api/options/ZZZ/chain", 404)["code"] == "no_bars"
    assert client.get("/api/options/ZZZ/curves", 404)["code"] == "no_bars"
    body = {"underlying": "ZZZ", "legs": [{"kind": "stock", "quantity": 1}]}
    assert client.post(body, 404)["code"] == "no_bars"


def test_the_smile_the_deltas_and_the_term_structure_are_data(bring, client):
    late = [row for row in rows("2026-06-19") if not row.startswith(",")]
    bring(rows() + late, "--date", "2026-01-14")
    found = client.get("/api/options/AAA/curves")
    assert found["expiry"] == "2026-02-20"
    assert [each["expiry"] for each in found["term_structure"]] == ["2026-02-20", "2026-06-19"]
    strikes = [float(each["strike"]) for each in found["smile"]]
    assert strikes == sorted(strikes)
    assert 110 not in strikes  # nobody bids
    assert all(
        each["volatility"] == pytest.approx(0.25, abs=0.02)
        for each in found["smile"]
        if 90 <= float(each["strike"]) <= 105
    )
    deltas = [each["call"] for each in found["deltas"] if each["call"] is not None]
    assert deltas == sorted(deltas, reverse=True)
    client.get("/api/options/AAA/curves?expiry=2026-03-20", 422)


@pytest.mark.req("S2-82", "S2-83", "S2-84")
def test_a_spread_is_analysed(bring, client):
    bring(rows(), "--date", "2026-01-14")
    legs = [
        {"kind": "call", "quantity": 1, "strike": "100", "expiry": "2026-02-20", "price": "3.4"},
        {"kind": "call", "quantity": -1, "strike": "105", "expiry": "2026-02-20", "price": "1.4"},
    ]
    what_if = {"price": 104, "days": 10, "points": 2}
    found = client.post(
        {"underlying": "aaa", "legs": legs, "what_if": what_if, "project_days": [0, 30]}
    )
    assert (found["cost"], found["breakevens"]) == (200, [102])
    assert found["max_gain"] == {"amount": 300, "is_unlimited": False}
    assert found["max_loss"] == {"amount": 200, "is_unlimited": False}
    assert 0.3 < found["probability_of_profit"] < 0.5
    assert found["curve"][0][1] == -200
    assert found["curve"][-1][1] == 300
    assert [102, 0.0] in [point[:2] for point in found["curve"]]
    assert found["what_if"]["price"] == 104
    assert found["what_if"]["profit"] > 0
    assert found["projection"][0]["greeks"] == found["greeks"]
    assert found["projection"][1]["greeks"]["theta"] != found["greeks"]["theta"]
    naked = client.post({"underlying": "AAA", "legs": [{**legs[1], "price": None}]})
    assert naked["max_loss"] == {"amount": None, "is_unlimited": True}
    covered = client.post(
        {"underlying": "AAA", "legs": [{"kind": "stock", "quantity": 100}, legs[1]]}
    )
    assert covered["greeks"]["delta"] == pytest.approx(100 + found["legs"][1]["greeks"]["delta"])


WRONG_LEGS = [
    ({"strike": "101"}, "legs/0/strike", "95, 100"),
    ({"expiry": "2026-03-20"}, "legs/0/expiry", "2026-02-20"),
    ({"strike": "110"}, "legs/0/price", "Nobody quotes"),
    ({"strike": "-1"}, "legs/0/strike", ""),
    ({"quantity": 0}, "legs/0", "zero"),
    ({"price": "-3"}, "legs/0/price", ""),
    ({"strike": None}, "legs/0", "strike and expiry"),
    ({"kind": "stock"}, "legs/0", "neither"),
    ({"kind": "future"}, "legs/0/kind", ""),
]


def test_a_leg_off_the_chain_is_told(bring, client):
    bring(rows(), "--date", "2026-01-14")
    for leg, field, words in WRONG_LEGS:
        given = {"kind": "call", "quantity": 1, "strike": "100", "expiry": "2026-02-20"} | leg
        found = client.post({"underlying": "AAA", "legs": [given]}, 422)
        assert field in str(found), leg
        assert words in found["detail"], leg


@pytest.fixture
def invented(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    app = make_app(tmp_path, MARKET_SIMULATED=True)
    migrate(app)
    with app.app_context():
        with transaction():
            each = market.get_instrument("SIMULATED-A")
        market.fill(each, "M1", NOW - timedelta(days=2), NOW)
        yield app


def test_an_invented_underlying_has_a_chain_that_says_so(invented):
    first = market.valued_chain("SIMULATED-A")
    assert first.is_simulated
    assert first.source == "simulated"
    assert 0 <= first.age_seconds < 120
    assert len(first.expiries) >= 12
    assert first.expiries[-1].days > 400  # LEAPS
    assert len(first.quotes) > 1_000
    faults = {fault for each in first.quotes for fault in each.faults}
    assert {"zero_bid", "wide"} <= faults
    assert first.left_out < len(first.quotes) / 4
    near = first.expiries[2]
    puts = [
        each.implied_volatility
        for each in first.quotes
        if each.expiry == near.expiry and each.right == "P" and not each.faults
        and float(each.strike) < first.price
    ]  # fmt: skip
    assert puts[0] > puts[-1]  # a smile
    assert sum(each.open_interest for each in first.quotes) > 10_000
    assert first.quotes == market.valued_chain("SIMULATED-A").quotes
    with pytest.raises(market_error()):
        market.valued_chain("SIMULATED/USD")


def market_error():
    from app.market.errors import NoBarsError

    return NoBarsError


@pytest.mark.req("S2-94")
def test_the_chain_of_the_index_loads_within_a_second(tmp_path):
    file = MARKET_DATA / "chains" / "SPX_2015-12-23.csv"
    if not file.exists():
        pytest.skip(f"real chains are not on this machine: {file.name}")
    app = make_app(tmp_path)
    migrate(app)
    with app.app_context():
        with transaction():
            market.get_instrument("SPX", asset_class="index")
        with file.open() as lines:
            market.import_chain(lines, "SPX", datetime(2015, 12, 23, tzinfo=UTC).date())
        market.valued_chain("SPX")  # sessions and numpy are loaded once in a process
        begun = time.process_time()
        found = market.valued_chain("SPX", market_inputs(rate=0.01))
        assert time.process_time() - begun < 1
        assert (len(found.quotes), found.style) == (272, "european")
        assert found.is_price_implied
        assert found.price == pytest.approx(2064.29, rel=0.005)


@pytest.mark.req("S2-94")
def test_a_chain_of_american_options_loads_within_a_second(tmp_path):
    file = MARKET_DATA / "chains" / "AAPL_2014-06-09.csv"
    if not file.exists():
        pytest.skip(f"real chains are not on this machine: {file.name}")
    app = make_app(tmp_path)
    migrate(app)
    with app.app_context():
        with file.open() as lines:
            market.import_chain(lines, "AAPL", datetime(2014, 6, 9, tzinfo=UTC).date())
        market.read_curves("AAPL", curves_query())  # sessions and numpy are loaded once
        found, seconds = cold("AAPL")
        assert seconds < 1
        assert (len(found.quotes), found.style) == (4360, "american")
        known = [each.delta for each in found.quotes if each.delta is not None]
        assert len(known) > 4000


@pytest.mark.req("S2-94")
def test_an_invented_chain_is_made_and_loads_within_a_second(invented):
    market.valued_chain("SIMULATED-A")
    found, seconds = cold("SIMULATED-A")
    assert seconds < 1
    assert len(found.quotes) > 2_000


def cold(symbol):
    """Return a chain that nobody has asked for with this interest, and the seconds of CPU."""
    begun = time.process_time()
    found = market.valued_chain(symbol, market_inputs(rate=0.0123))
    return found, time.process_time() - begun


def curves_query():
    from app.market.schemas.options import CurvesQuery

    return CurvesQuery()


def market_inputs(**given):
    from app.market.schemas.options import Inputs

    return Inputs(**given)
