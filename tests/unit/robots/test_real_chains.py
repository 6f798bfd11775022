"""The options' robots on the real chains, with the arithmetic done a second time from the files.

The chains are of one day each, so the day on which orders are filled repeats their prices, and
where the underlying ends is made up: in the middle, beyond a wing, and between the two.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.quant.chains import last_day
from app.quant.options import read_contract
from app.quant.simulation import Costs, Market, Simulation, Terms
from app.quant.simulation.lookahead import check_on_bar
from tests.factories.chains import real, real_rows
from tests.factories.robot_bars import DAY_US, START, flat
from tests.factories.robots import load_robot

SPREAD, SLIPPAGE, FEE = Decimal("0.04"), Decimal("0.001"), Decimal("0.65")
COSTS = Costs(spread_ratio=0.04, slippage_ratio=0.001, commission_per_unit=0.65)


def bars_from(day: date, closes, last: date):
    """Return daily bars from a day on, the last two of them on and after the end of an option."""
    sessions = [day.toordinal() + at - START for at in range(len(closes) - 2)]
    sessions += [last.toordinal() - START, last.toordinal() + 1 - START]
    bars = flat(closes, sessions=sessions)
    first = bars.session.astype("int64") - date(1970, 1, 1).toordinal()
    return bars._replace(opened_at=first * DAY_US, closed_at=first * DAY_US + DAY_US)


def settles(expiry):
    return (last_day(expiry) - date(1970, 1, 1).toordinal() + 1) * DAY_US


def cents(row, side):
    """Return at what a contract is traded: its last price, half the spread and slippage worse."""
    middle = Decimal(row["close"])
    with_spread = middle + side * middle * SPREAD / 2
    return (with_spread * (1 + side * SLIPPAGE)).quantize(Decimal("1e-8"))


def row_of(rows, symbol):
    contract = read_contract(symbol)
    expiry = f"{date.fromordinal(contract.expiry):%Y%m%d}"
    (found,) = [
        row
        for row in rows
        if (row["expiry"], row["right"]) == (expiry, contract.right)
        and float(row["strike"]) == contract.strike
    ]
    return found


@pytest.mark.req("S1-21")
@pytest.mark.parametrize("end", [1900.0, 1950.0, 2050.0, 2140.0, 2300.0])
def test_an_iron_condor_on_the_chain_of_the_index(end):
    name, day, expiry = "SPX_2015-12-23.csv", date(2015, 12, 23), date(2016, 1, 15)
    _, rows = real_rows(name)
    bars = bars_from(day, [2064.29, 2064.29, end, end], expiry)
    times = [(int(bars.closed_at[at]), int(bars.session[at])) for at in range(2)]
    chains = {"SPX": real(name, times, settles)}

    def make():
        return load_robot("iron_condor", ("SPX",), gain=1.0, wing=0.025)

    terms = Terms(cash=20_000, costs=COSTS)
    step = Simulation(make(), terms, markets={"SPX": Market(1, 1)}, chains=chains).run(
        {"SPX": bars}
    )
    opened, closed = step.fills[:4], step.fills[4:]
    assert [(fill.symbol, fill.side) for fill in opened] == [
        ("SPX160115P01920000", "buy"), ("SPX160115C02165000", "buy"),
        ("SPX160115P01975000", "sell"), ("SPX160115C02120000", "sell"),
    ]  # fmt: skip

    # By hand: the sold legs have the deltas nearest to 0.16, the bought ones lie 2.5 % further out.
    sides = {"buy": 1, "sell": -1}
    money = Decimal(20_000)
    for fill in opened:
        price = cents(row_of(rows, fill.symbol), sides[fill.side])
        assert Decimal(str(fill.price)) == price
        money -= sides[fill.side] * price * 100 + FEE
    at_the_end = Decimal(str(end))
    strikes = {"P": (Decimal(1920), Decimal(1975)), "C": (Decimal(2165), Decimal(2120))}
    for right, (bought, sold) in strikes.items():
        way = 1 if right == "C" else -1
        gain = max(way * (at_the_end - bought), 0) - max(way * (at_the_end - sold), 0)
        money += 100 * gain
    assert {fill.reason for fill in closed} == {"expiry"}
    assert len(closed) == 4
    assert step.state["cash"] == pytest.approx(float(money), abs=1e-4)
    # What it can lose is known: the wider wing less the credit, and it lay in cash.
    assert money >= 20_000 - 55 * 100
    assert check_on_bar(lambda: make, {"SPX": bars}, terms, chains=chains) is None


def test_an_iron_condor_is_not_opened_without_the_cash_for_its_worst():
    name, day, expiry = "SPX_2015-12-23.csv", date(2015, 12, 23), date(2016, 1, 15)
    bars = bars_from(day, [2064.29, 2064.29, 2064.29, 2064.29], expiry)
    times = [(int(bars.closed_at[at]), int(bars.session[at])) for at in range(2)]
    robot = load_robot("iron_condor", ("SPX",), gain=1.0)
    terms = Terms(cash=4_000, costs=COSTS)
    step = Simulation(robot, terms, chains={"SPX": real(name, times, settles)}).run({"SPX": bars})
    assert step.fills == []
    assert {order.reason for order in step.orders if order.state == "rejected"} == {"options"}


@pytest.mark.req("S1-21")
@pytest.mark.parametrize("end", [90.0, 95.0, 101.5])
def test_a_covered_call_on_the_chain_of_a_share(end):
    name, day, expiry = "AAPL_2014-06-09.csv", date(2014, 6, 9), date(2014, 7, 19)
    price, rows = real_rows(name)
    # The shares come first, so a chain must be there the day after too, and the one after that.
    bars = bars_from(day, [price, price, price, end, end], date(2014, 7, 18))
    times = [(int(bars.closed_at[at]), int(bars.session[at])) for at in range(3)]
    chains = {"AAPL": real(name, times, settles)}
    robot = load_robot("covered_call", ("AAPL",), nearest=35, furthest=60, roll=0)
    markets = {"AAPL": Market(1, 1, is_delivered=True)}
    terms = Terms(cash=20_000, costs=COSTS)
    step = Simulation(robot, terms, markets=markets, chains=chains).run({"AAPL": bars})

    calls = [row for row in rows if (row["expiry"], row["right"]) == ("20140719", "C")]
    wanted = Decimal(str(price)) * Decimal("1.03")
    best = min(calls, key=lambda row: abs(Decimal(row["strike"]) - wanted))
    share, call, *ends = step.fills
    assert (share.symbol, share.qty, call.side) == ("AAPL", 100, "sell")
    assert row_of(rows, call.symbol) == best
    assert date.fromordinal(read_contract(call.symbol).expiry) == expiry

    strike = Decimal(best["strike"])
    paid = Decimal(str(price)) * (1 + SPREAD / 2 + SLIPPAGE)
    money = 20_000 - 100 * paid - 100 * FEE + 100 * cents(best, -1) - FEE
    if Decimal(str(end)) > strike:
        money += 100 * strike
        assert [fill.reason for fill in ends][:2] == ["expiry", "assignment"]
        assert ends[1].price == float(strike)
    else:
        assert [(fill.reason, fill.price) for fill in ends] == [("expiry", 1e-8)]
    bought_again = [fill for fill in ends if fill.reason == "open"]
    for fill in bought_again:
        money -= Decimal(str(fill.price)) * 100 + 100 * FEE
    # The last day is the Friday before the Saturday that the contract is dated.
    assert ends[0].at_us == int(bars.closed_at[3])
    assert step.state["cash"] == pytest.approx(float(money), abs=1e-4)
