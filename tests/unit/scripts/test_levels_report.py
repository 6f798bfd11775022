"""The report on levels can fail: a price that is changed on one side only is found."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice

import pytest

from scripts import levels_report
from scripts.levels_report import CENT, Claim, Reading
from scripts.levels_second import read_days, second_levels

SPY = levels_report.DATA / "daily" / "SPY.csv"
AT = datetime(2026, 1, 5, 15, tzinfo=UTC)


@pytest.fixture
def real():
    if not levels_report.DATA.is_dir():
        pytest.skip("there is no ../shared/data/market beside the project")


@pytest.mark.req("S2-27")
def test_both_computations_agree_on_real_minutes_and_a_changed_price_is_found(real):
    # The second session has one before it; each has five instants.
    readings = [found for found, _ in islice(levels_report.compare(["IBM"], with_days=True), 10)]
    claims = [claim for found in readings for claim in found]
    assert len(claims) == 400
    assert sum(claim.theirs is not None for claim in claims) > 300
    assert [claim for claim in claims if not claim.distance <= CENT] == []
    source = levels_report._source("IBM", sorted(read_days(SPY)), with_days=True)
    raised = [bar._replace(high=bar.high + Decimal("0.02")) for bar in source.minutes]
    second = second_levels(source._replace(minutes=raised), claims[-1].at)
    ours = {claim.name: claim.ours for claim in claims[-40:]}
    wrong = {
        name for name, value in second.items() if value and abs(float(value) - ours[name]) > CENT
    }
    assert {"pmh", "orh"} <= wrong
    assert not {"pdh", "pp"} & wrong  # of the day before the kept day counts


def test_an_answer_of_only_one_is_no_agreement():
    assert Claim("X", AT, "pdh", None, 1.0).distance == float("inf")
    assert Claim("X", AT, "pdh", 1.0, None).distance == float("inf")
    assert Claim("X", AT, "pdh", None, None).distance == 0
    assert Claim("X", AT, "pdh", 1.0, 1.25).distance == 0.25


def test_the_report_counts_what_is_right_and_says_what_it_does_not_show():
    claims = [Claim("X", AT, "pdh", 1.0, 1.5), Claim("X", AT, "pdl", 1.0, 1.0)]
    text = levels_report.report(claims, [Reading("X", 0.02, 0.05)])
    assert "**2 claims, 1 within a cent (50.00 %).**" in text
    assert "| `pdh` | 1 | 0 | 0 | 5.0e-01 |" in text
    assert "TradingView" in text


def test_without_the_data_nothing_is_claimed(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(levels_report, "DATA", levels_report.ROOT.parent / "none" / "such")
    monkeypatch.setattr(levels_report, "REPORT", tmp_path / "report.md")
    levels_report.main()
    assert capsys.readouterr().out.startswith("0 claims")
    assert not (tmp_path / "report.md").exists()
