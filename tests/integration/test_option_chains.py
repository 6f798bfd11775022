"""Option chains: files in, chains out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.core.db import transaction
from app.market import service as market
from app.market.errors import NoBarsError

HEADER = (
    "Expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,"
    "delta,gamma,vega,theta,rho\n"
)
UNDERLYING = ",,,92.69,92.95,92.50,92.72,2467914,,,,,,,\n"
CALL = "20140613,70.71,C,21.95,23.6,20.425,23.025,0,14,0,0.9974291,0,0,0.0787409,0.0058114\n"
PUT = "2014-06-20,70.71,put,1,2,0.5,1.5,3,,0.25,-0.1,,,,\n"


@pytest.fixture
def run(engine_app, tmp_path):
    def command(*rows, options=(), header=HEADER):
        path = tmp_path / "chain.csv"
        path.write_text(header + "".join(rows))
        arguments = ["--underlying", "aapl", "--session", "2014-06-09", *options]
        runner = engine_app.test_cli_runner()
        return runner.invoke(args=["market", "import-chain", str(path), *arguments])

    return command


def test_a_chain_is_kept_and_replaced(run):
    done = run(UNDERLYING, PUT, CALL)
    assert done.exit_code == 0, done.output
    assert "AAPL 2014-06-09: 2 contracts, 2 expiries, 0 refused" in done.output
    chain = market.read_chain("AAPL", date(2014, 6, 9))
    assert (chain.price, chain.session) == (Decimal("92.72"), date(2014, 6, 9))
    call, put = chain.quotes
    assert (call.expiry, call.strike, call.option_right) == (
        date(2014, 6, 13),
        Decimal("70.71"),
        "C",
    )
    assert (call.close, call.open_interest, call.delta) == (Decimal("23.025"), 14, 0.9974291)
    assert (put.option_right, put.open_interest, put.gamma, put.bid) == ("P", None, None, None)
    assert run(UNDERLYING, CALL).exit_code == 0
    assert len(market.read_chain("AAPL").quotes) == 1
    assert market.chain_sessions("AAPL") == [date(2014, 6, 9)]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (CALL, "row 3 repeats a contract"),
        (CALL.replace("20140613", "20140601"), "row 3, expiry: 2014-06-01 lies before"),
        (CALL.replace("20140613", "20141361"), "row 3, expiry: '20141361' is not a date"),
        (CALL.replace("70.71", "0"), "row 3, strike: must be above zero"),
        (CALL.replace("70.71", "-5"), "row 3, strike: -5 is below zero"),
        (CALL.replace(",C,", ",X,"), "row 3, right: 'X' is neither C nor P"),
        (CALL.replace("23.6", "3.6"), "row 3, high: 3.6"),
        (CALL.replace(",14,", ",1.5,"), "row 3, open_interest: 1.5 is not a count"),
        (CALL.replace("0.9974291", "nan"), "row 3, delta: 'nan' is not a number"),
        (CALL.replace("0.9974291", "1e999"), "row 3, delta: 1e999 is not a number"),
        ("20140613,1,C\n", "row 3 has another number of fields"),
    ],
)
def test_a_bad_row_is_told_and_nothing_is_written_unless_it_is_skipped(run, row, words):
    done = run(CALL, row)
    assert done.exit_code == 2
    assert words in done.output
    with pytest.raises(NoBarsError, match="no option chain of AAPL"):
        market.read_chain("AAPL")
    assert run(CALL, row, options=["--skip-bad"]).exit_code == 1
    assert len(market.read_chain("AAPL").quotes) == 1


def test_a_file_without_contracts_and_a_session_to_come_are_refused(run):
    assert "there are no contracts" in run(UNDERLYING).output
    assert "row 1, right" in run(header="expiry,strike\n").output
    assert "future" in run(CALL, options=["--session", "2200-01-01"]).output


@pytest.mark.parametrize(
    ("name", "session", "count", "price"),
    [
        ("AAPL_2014-06-09", "2014-06-09", 4360, Decimal("92.72")),
        ("SPX_2015-12-23", "2015-12-23", 272, None),
    ],
)
def test_real_chains_hold_no_fault(engine_app, market_data, name, session, count, price):
    path = market_data / "chains" / f"{name}.csv"
    symbol = name.partition("_")[0]
    done = engine_app.test_cli_runner().invoke(
        args=["market", "import-chain", str(path), "--underlying", symbol, "--session", session]
    )
    assert done.exit_code == 0, done.output
    chain = market.read_chain(symbol, date.fromisoformat(session))
    assert (len(chain.quotes), chain.price) == (count, price)


def test_the_real_chain_of_the_index_settles_in_the_morning_and_the_weekly_root_does_not(
    engine_app, market_data
):
    path, run = market_data / "chains" / "SPX_2015-12-23.csv", engine_app.test_cli_runner()
    with transaction():
        market.get_instrument("SPX", asset_class="index")
    found = {}
    for root in ("SPX", "SPXW"):
        args = ["market", "import-chain", str(path), "--underlying", root]
        done = run.invoke(args=[*args, "--session", "2015-12-23"])
        assert done.exit_code == 0, done.output
        found[root] = market.valued_chain(root)
    assert {each.settles for each in found["SPX"].expiries} == {"open"}, "all are third Fridays"
    assert {each.settles for each in found["SPXW"].expiries} == {"close"}
    assert {each.symbol.partition("1")[0] for each in found["SPXW"].quotes} == {"SPXW"}
    for early, late in zip(found["SPX"].expiries, found["SPXW"].expiries, strict=True):
        assert late.days - early.days == pytest.approx(6.5 / 24, abs=1e-3)
    # More time is worth the more the nearer the end: the same price means less volatility.
    first = found["SPX"].expiries[0].volatility, found["SPXW"].expiries[0].volatility
    assert first[0] > first[1] > 0
    assert found["SPXW"].other_roots == ["SPX"]
