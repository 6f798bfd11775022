"""Robots on option chains, from the files to the ledger."""

from __future__ import annotations

import json
from datetime import date

import pytest

from app.core.db import transaction
from app.ledger import service as ledger
from app.market import service as market

DAYS = (
    "2026-06-15",
    "2026-06-16",
    "2026-06-17",
    "2026-06-18",
    "2026-06-22",
    "2026-07-16",
    "2026-07-17",
)
HEADER = "expiry,strike,right,bid,ask,close,volume,open_interest,delta\n"


@pytest.fixture
def stored(engine_app, tmp_path):
    """Return a function that puts a chain into the store for a session."""

    def put(session, *rows, underlying="AAPL"):
        path = tmp_path / "chain.csv"
        path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
        done = engine_app.test_cli_runner().invoke(
            args=[
                "market",
                "import-chain",
                str(path),
                "--underlying",
                underlying,
                "--session",
                session,
            ]
        )
        assert done.exit_code == 0, done.output

    return put


def bars(tmp_path, closes, name="AAPL"):
    path = tmp_path / f"{name}.csv"
    rows = [
        f"{day},{close},{close},{close},{close},1000"
        for day, close in zip(DAYS, closes, strict=True)
    ]
    path.write_text("session,open,high,low,close,volume\n" + "\n".join(rows) + "\n")
    return path


@pytest.mark.req("S1-21", "S0-92")
def test_a_covered_call_from_the_files_to_the_ledger(engine_app, stored, tmp_path, member):
    with transaction():
        user_id = member("options@example.test")
    for at, session in enumerate(DAYS[:4]):
        stored(
            session,
            f"20260717,100,C,{3 + at},{3.4 + at},,10,10,0.5",
            f"20260717,110,C,{1 + at},{1.4 + at},,10,10,0.3",
        )
    path = bars(tmp_path, [100, 100, 100, 100, 100, 112, 115])
    arguments = ["robots", "backtest", "covered_call", "--bars", str(path), "--param", "above=0.08"]
    done = engine_app.test_cli_runner().invoke(
        args=[
            *arguments, "--param", "roll=0", "--param", "nearest=20", "--cash", "20000",
            "--owner", "options@example.test", "--json",
        ]
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    # The shares on the second day, the call on the third at its bid of 3, called away at 110.
    trades = {trade["symbol"]: trade for trade in told["trades"]}
    call, share = trades["AAPL260717C00110000"], trades["AAPL"]
    assert (float(call["entry_price"]), float(share["exit_price"])) == (3.0, 110.0)
    assert float(call["pnl"]) == pytest.approx(300, abs=0.001)
    assert float(share["pnl"]) == 1000.0
    kept = {trade.symbol: trade.net_pnl for trade in ledger.list_trades(user_id).items}
    assert {name: float(value) for name, value in kept.items()} == {
        name: float(trade["pnl"]) for name, trade in trades.items()
    }
    assert ledger.verify() is None
    again = engine_app.test_cli_runner().invoke(args=[*arguments, "--param", "roll=0", "--json"])
    assert again.exit_code == 0


def test_an_index_by_the_name_of_a_share_is_found_with_its_chain(engine_app, stored, tmp_path):
    path = bars(tmp_path, [6000] * 7, "SPX")
    done = engine_app.test_cli_runner().invoke(
        args=["market", "import", str(path), "--symbol", "SPX", "--timeframe", "D1",
              "--asset-class", "index"]
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    stored(DAYS[0], "20260717,6000,C,50,51,,10,10,0.5", underlying="SPX")
    (found,) = market.find_instruments([("SPX", None)])
    assert found.asset_class == "index"
    assert market.chain_sessions("SPX") == [date.fromisoformat(DAYS[0])]
    chains = market.read_chains(["SPX"])["SPX"]
    close = market.calendar("XNYS").closes_us[
        market.calendar("XNYS").days.index(date(2026, 6, 15).toordinal())
    ]
    assert chains.snapshots["as_of"].tolist() == [close]
    assert chains.rows["bid"].tolist() == [50.0]
    assert market.read_chains(["SPX"], after=market.instant(close + 1))["SPX"].rows["ask"] == [51.0]
    assert market.read_chains(["AAPL"]) == {}
