"""`flask market import` and `flask market list`."""

from __future__ import annotations

import json

import pytest

from app.market import service as market

HEADER = "opened_at,open,high,low,close,volume\n"


def row(minute, high=11):
    return f"2025-11-26T14:{minute:02d}:00Z,10,{high},9,10,100\n"


@pytest.fixture
def run(engine_app):
    return lambda *arguments: engine_app.test_cli_runner().invoke(args=["market", *arguments])


@pytest.fixture
def file(tmp_path):
    def write(*rows, name="spy.csv"):
        path = tmp_path / name
        path.write_text(HEADER + "".join(rows))
        return str(path)

    return write


def test_a_file_goes_in_once_and_is_listed(run, file):
    path = file(row(30), row(31), row(35))
    done = run("import", path, "--timeframe", "M1")
    assert done.exit_code == 0, done.output
    assert "SPY M1: 3 created, 0 same, 0 corrected, 0 refused; 1 gaps, 3 bars" in done.output
    assert "row 4: 3 missing from 2025-11-26 14:31 to 2025-11-26 14:35 UTC" in done.output
    again = json.loads(run("import", path, "--timeframe", "M1", "--json").output)
    assert again["written"] == {"created": 0, "same": 3, "corrected": 0}
    assert again["gaps"][0]["row"] == 4
    listed = run("list").output
    assert "SPY" in listed
    assert "3 bars, 1 gaps (3 missing)" in listed
    (one,) = json.loads(run("list", "--json").output)
    assert (one["symbol"], one["first_at"], one["missing"]) == ("SPY", "2025-11-26T14:30:00Z", 3)


def test_a_file_with_a_bad_row_writes_nothing_unless_that_is_skipped(run, file):
    path = file(row(30), row(31, high=8), row(32))
    done = run("import", path, "--timeframe", "M1")
    assert done.exit_code == 2
    assert "row 3, high: 8 is below the low of 9" in done.output
    assert "Nothing was written" in done.output
    assert "No bars yet" in run("list").output
    told = json.loads(run("import", path, "--timeframe", "M1", "--json").output)
    assert told["written"] is None
    assert told["faults"] == [{"row": 3, "field": "high", "reason": "8 is below the low of 9"}]
    kept = run("import", path, "--timeframe", "M1", "--skip-bad")
    assert kept.exit_code == 1
    assert "2 created, 0 same, 0 corrected, 1 refused" in kept.output


def test_an_asset_class_tells_the_venue_and_another_venue_is_refused(run, file):
    night = "2025-11-26T03:00:00Z,10,11,9,10,0.5\n"
    path = file(night, name="mycoin.csv")
    done = run("import", path, "--timeframe", "M1")
    assert done.exit_code == 2
    assert "outside the hours" in done.output
    done = run("import", path, "--timeframe", "M1", "--asset-class", "crypto")
    assert done.exit_code == 0, done.output
    assert market.read_bars("MYCOIN", "M1").volume.tolist() == [0.5]
    other = run("import", path, "--timeframe", "M1", "--asset-class", "crypto", "--venue", "CMES")
    assert other.exit_code == 2
    assert "MYCOIN trades at 24/7" in other.output


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (b"\xff\xfe\x00", [], "not text in UTF-8"),
        (b"", [], "row 1, opened_at"),
        (HEADER.encode(), ["--symbol", "no good"], "is not a symbol"),
        (HEADER.encode(), ["--timeframe", "H1"], "H1"),
    ],
)
def test_what_cannot_be_used_is_said(run, tmp_path, content, options, words):
    path = tmp_path / "spy.csv"
    path.write_bytes(content)
    done = run("import", str(path), "--timeframe", "M1", *options)
    assert done.exit_code == 2
    assert words in done.output


def test_real_minutes_make_the_real_days(run, market_data):
    """Both are published apart, so they agree but for odd lots and the closing auction."""
    for folder, timeframe in (("minute", "M1"), ("daily", "D1")):
        done = run("import", str(market_data / folder / "IBM.csv"), "--timeframe", timeframe)
        assert done.exit_code == 0, done.output
    days = market.read_bars("IBM", "D1")
    assert len(days.close) == 5849
    hours = market.read_bars("IBM", "H1")
    for session in sorted(set(hours.session.tolist())):
        mine, theirs = hours.session == session, days.session == session
        assert mine.sum() == 7
        assert hours.high[mine].max() == pytest.approx(days.high[theirs][0], rel=0.001)
        assert hours.low[mine].min() == pytest.approx(days.low[theirs][0], rel=0.001)
        assert hours.close[mine][-1] == pytest.approx(days.close[theirs][0], rel=0.005)
