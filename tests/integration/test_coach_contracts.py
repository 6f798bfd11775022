"""The coach about one option contract: its figures against QuantLib, and what it says of none."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pytest

from app.coach.rules.citing import Citation
from app.core.db import db, transaction
from app.market import service as market
from app.market.schemas.reading import BarsQuery
from app.quant.bars import price_units
from app.quant.greeks import Market, Terms
from tests.conftest import make_app, migrate
from tests.factories.bars import bars_at, us
from tests.factories.options import Sample, american_deltas_on_a_grid, european_by_quantlib
from tests.integration.coach_world import FRIDAY, HEAD, ROWS, build, cited

SESSIONS = 1_100
NAME = "{} 19 Dec 2025 100 call"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One world for all questions: they read."""
    patch = pytest.MonkeyPatch()
    app = make_app(tmp_path_factory.mktemp("coach"))
    migrate(app)
    with app.app_context():
        built = build(patch)
        lines = [HEAD, ",,,,,100.20,,\n"]
        lines += [",".join([*row, row[4], "10", "100"]) + "\n" for row in ROWS]
        lines += ["2025-12-24,100,C,4.30,4.50,4.50,10,100\n", "2026-01-16,100,C,0,,,0,0\n"]
        market.import_chain(lines, "SPX", date(2025, 10, 31))
        with transaction():
            long = market.get_instrument("LONG", asset_class="equity")
            market.store_bars(long.id, "D1", _days(), "csv")
        lines = [
            HEAD,
            ",,,,,100.20,,\n",
            *(row.replace("2025-12-19", "2026-10-16") for row in lines[2:8]),
        ]
        market.import_chain(lines, "LONG", date(2025, 10, 31))
        yield built
        db.session.remove()
    patch.undo()


def _days():
    """Return daily bars of four years and more that swing up and down."""
    hours = market.hours("XNYS")
    opens = hours.opens[: int(hours.opens.searchsorted(us(FRIDAY), "right"))][-SESSIONS:]
    waves = 100 + 12 * np.sin(np.arange(len(opens)) / 23) + 0.01 * np.arange(len(opens))
    bars = bars_at(opens)
    return bars._replace(
        open=price_units(waves), high=price_units(waves + 1),
        low=price_units(waves - 1), close=price_units(waves + 0.5),
    )  # fmt: skip


def said(world, question, **more):
    answer = world.ask(question, **more)
    assert not answer.checked.removed, answer.checked.removed
    return answer


def by_quantlib(found, price):
    """Return a sample of one contract, by what the answer says that it is computed with.

    QuantLib counts whole days: with another span, rates and variance that are more or less by the
    same share give the same price.
    """
    days = round(float(found["days"]))
    share = float(found["days"]) / days
    rate, dividends, volatility = (
        float(found[name]) / 100 for name in ("interest", "dividends", "volatility")
    )
    return Sample(
        Market(np.array([price]), np.array([rate * share]), np.array([dividends * share])),
        Terms(np.array([100.0]), np.array([days / 365]), np.array([True])),
        np.array([volatility * share**0.5]),
        np.array([days]),
    ), share


@pytest.mark.req("S2-92")
def test_greeks_of_a_european_contract_are_quantlibs_for_the_inputs_that_are_told(world):
    answer = said(world, "What are the Greeks of the SPX 100 call expiring 19 Dec?")
    found = cited(answer)
    price = float(found["underlying"])
    sample, share = by_quantlib(found, price)
    theirs = european_by_quantlib(sample, price)
    assert float(found["delta"]) == pytest.approx(theirs.delta[0], abs=0.001)
    assert float(found["gamma"]) == pytest.approx(theirs.gamma[0], abs=0.0005)
    assert float(found["vega"]) == pytest.approx(theirs.vega[0] * share**0.5, abs=0.001)
    assert float(found["rho"]) == pytest.approx(theirs.rho[0] * share, abs=0.001)
    assert float(found["price"]) == pytest.approx(theirs.price[0], abs=0.02)
    assert "Black-Scholes-Merton" in answer.checked.text
    assert "computed from its own quote" in answer.checked.text


@pytest.mark.req("S2-92")
@pytest.mark.parametrize(
    "question",
    [
        "What is the delta of the ACME 100 call expiring 19 Dec?",
        "delta of ACME251219C00100000",
        "acme Dec 100 call delta",
    ],
)
def test_the_delta_of_an_american_contract_is_quantlibs_and_every_number_has_a_source(
    world, question
):
    answer = said(world, question)
    found = cited(answer)
    price = float(found["underlying"])
    sample, _ = by_quantlib(found, price)
    assert float(found["delta"]) == pytest.approx(
        american_deltas_on_a_grid(sample, price)[0], abs=0.005
    )
    assert f"{NAME.format('ACME')}'s delta is" in answer.checked.text
    assert "gamma" not in found
    assert (found["price"], found["bid"], found["ask"]) == (
        Decimal("4.2"), Decimal("4.1"), Decimal("4.3"),
    )  # fmt: skip
    assert isinstance(found["at"], datetime)
    for part in answer.checked.parts:
        if isinstance(part, Citation):
            assert "Option chain of ACME (csv), as of 2025-10-31 20:00 UTC" in part.fact.source
            assert part.fact.link.startswith("dashboard?tab=options&part=chain&underlying=ACME")


def test_figures_of_one_contract_cannot_be_told_of_another(world):
    from app.coach.rules.citing import check

    facts = said(world, "delta of the ACME 100 call expiring 19 Dec").facts
    delta = next(fact for fact in facts if fact.label == "delta")
    told = f"{NAME.format('ACME')}'s delta is +{delta.value}."
    assert check(told, facts).text == told
    for other in ("ACME 19 Dec 2025 105 call", "ACME 19 Dec 2025 100 put", "SPX 19 Dec 2025 100 call"):  # fmt: skip
        assert check(f"{other}'s delta is +{delta.value}.", facts).text == ""


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (
            "delta of the SPX 101 call expiring 19 Dec",
            ["no such strike on 19 Dec 2025", "listed strike 95", "listed strike 100"],
        ),
        ("delta of the SPX 100 call expiring 22 Dec 2025", ["no such expiry", "19 Dec 2025; 24 Dec 2025"]),
        ("delta of the SPX 100 call", ["Which expiry of SPX?", "19 Dec 2025; 24 Dec 2025; 16 Jan 2026"]),
        ("delta of the QQQ 300 call 19 Dec", ["There is no option chain of QQQ here", "ACME"]),
        ("delta of the ZZZQ 300 call 19 Dec", ["There is no option chain of ZZZQ here"]),
    ],
)  # fmt: skip
def test_a_contract_that_is_not_there_is_said_so_and_near_ones_are_named(world, question, words):
    text = said(world, question).checked.text
    for each in words:
        assert each in text


def test_a_contract_that_nobody_quotes_has_no_figures_and_says_why(world):
    text = said(world, "delta of the SPX 100 call expiring 16 Jan 2026").checked.text
    assert "has no delta: its quote is of no use" in text or "volatility of its neighbours" in text
    assert "middle price" not in text


def test_the_implied_volatility_alone_is_told_without_greeks(world):
    answer = said(world, "what is the implied volatility of the ACME 100 call 12/19?")
    assert "volatility" in cited(answer)
    assert "delta" not in cited(answer)
    assert said(world, "Should I buy the ACME 100 call 12/19?").checked.text.startswith(
        "I do not tell"
    )


@pytest.mark.req("S2-177")
@pytest.mark.parametrize("question", ["long term view of LONG", "swing view on LONG"])
def test_the_long_view_has_averages_swings_and_leaps_with_their_sources(world, question):
    frame = "W1" if "long term" in question else "D1"
    answer = said(world, question)
    found = cited(answer)
    bars = market.chart_bars("LONG", BarsQuery(timeframe=frame, count=260))
    for period in (50, 200):
        query = BarsQuery(timeframe=frame, count=1)
        average = market.read_indicator("LONG", "ema", {"period": period}, query)
        value = dict(zip(average.columns, average.rows[-1], strict=True))["value"]
        assert float(found[f"ema{period}"]) == pytest.approx(value, abs=0.006)
        assert found[f"ema{period}.far"] == found["last"] - found[f"ema{period}"]
    closed = bars.bars if bars.is_last_closed else bars.bars[:-1]
    high = max(
        at
        for at in range(2, len(closed) - 2)
        if closed[at][2] == max(bar[2] for bar in closed[at - 2 : at + 3])
        and closed[at][2] > max(closed[at - 1][2], closed[at - 2][2])
    )
    assert float(found["swing_high1"]) == pytest.approx(closed[high][2], abs=0.006)
    assert found["leaps"] == date(2026, 10, 16)
    assert 0 < found["leaps.delta"] < 1
    assert found["leaps.volatility"] > 0


def test_the_long_view_of_a_young_instrument_says_what_is_missing(world):
    text = said(world, "long term view of SPY").checked.text
    assert "SPY has no EMA (200) on W1" in text
    assert "no confirmed swing" in text
    assert "LEAPS: there is no option chain of it here." in text
