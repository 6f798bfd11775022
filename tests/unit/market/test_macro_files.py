"""Files of releases, rate expectations, sectors and earnings, row by row."""

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest

from app.market.rules import simulated_macro
from app.market.rules.macro import KINDS, SHAPES, parse_macro_file
from app.quant import rotation

CALENDAR = "released_at,name,importance,period,unit,previous,forecast,actual\n"
CPI = "2026-05-13T08:30:00-04:00,Consumer prices,3,Apr 2026,%,2.8,2.7,3.1\n"
RATES = "as_of,meeting_on,low,high,probability\n"
CUT = "2026-05-01,2026-06-17,4.00,4.25,0.62\n"
SECTORS = "session,sector,symbol,close\n"
EARNINGS = "symbol,report_on,period,hour,eps_estimate,eps_actual\n"
REPORT = "ACME,2026-05-04,Q1 2026,after,-0.50,-0.40\n"


def read(kind, *rows):
    return parse_macro_file(kind, "".join(rows).splitlines(keepends=True))


@pytest.mark.req("S2-172")
def test_a_release_has_its_surprise_in_utc():
    (found,) = read("calendar", CALENDAR, CPI).facts
    assert found.at == datetime(2026, 5, 13, 12, 30, tzinfo=UTC)
    assert (found.surprise, found.region) == (Decimal("0.4"), "US")
    (waiting,) = read("calendar", CALENDAR, CPI.replace("3.1", "")).facts
    assert (waiting.actual, waiting.surprise) == (None, None)


@pytest.mark.req("S2-175")
def test_a_smaller_loss_than_expected_is_a_surprise_above_zero():
    (found,) = read("earnings", EARNINGS, REPORT).facts
    assert found.eps_surprise == pytest.approx(0.2)
    (without,) = read("earnings", EARNINGS, REPORT.replace("-0.50", "0")).facts
    assert without.eps_surprise is None


@pytest.mark.parametrize(
    ("kind", "head", "row", "words"),
    [
        ("calendar", CALENDAR, CPI.replace("-04:00", ""), "row 3, released_at: Value error, needs"),
        ("calendar", CALENDAR, CPI.replace(",3,", ",4,"), "row 3, importance: Input should be 1"),
        ("calendar", CALENDAR, CPI.replace("2.7", "much"), "row 3, forecast: Input should be a"),
        ("calendar", CALENDAR, CPI.replace("2.7", "nan"), "row 3, forecast: Input should be a"),
        ("calendar", CALENDAR, CPI, "row 3 repeats a row"),
        ("calendar", CALENDAR, "2026-05-13T08:30Z,x\n", "row 3 has another number of fields"),
        ("rates", RATES, CUT.replace("0.62", "1.2"), "row 3, probability: Input should be less"),
        ("rates", RATES, CUT.replace("4.25", "3.25"), "high: is below low"),
        ("rates", RATES, CUT.replace("2026-06", "2026-04"), "meeting_on: lies before as_of"),
        ("sectors", SECTORS, "2026-05-01,Energy,XLE,0\n", "row 3, close: Input should be greater"),
        ("sectors", SECTORS, "2026-05-01,Energy,../x,9\n", "row 3, symbol: String should match"),
        ("earnings", EARNINGS, REPORT.replace("after", "noon"), "row 3, hour: Input should be"),
        ("earnings", EARNINGS, REPORT.replace("2026-05-04", "soon"), "row 3, report_on: Input"),
    ],
)
def test_a_bad_row_is_told_by_number_and_field(kind, head, row, words):
    good = {"calendar": CPI, "rates": CUT, "earnings": REPORT}.get(kind, "")
    good = good or "2026-04-30,Energy,XLE,91.20\n"
    found = read(kind, head, good, row)
    assert len(found.facts) == 1
    (fault,) = found.faults
    assert words in str(fault)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("as_of,meeting_on,low,high\n", "row 1, probability: there is no such column"),
        ("as_of,meeting_on,low,high,probability,odds\n", "row 1, odds: no such column is known"),
        ("", "row 1, as_of"),
    ],
)
def test_a_file_without_its_columns_is_refused_whole(head, words):
    found = read("rates", head, CUT)
    assert found.facts == []
    assert any(words in str(each) for each in found.faults) or not head
    assert "there are no rows" in str(read("rates", RATES).faults[0])


@pytest.mark.req("S2-174")
def test_rotation_agrees_with_a_calculation_by_hand():
    rng = np.random.default_rng(7)
    closes, whole = (100 * np.exp(np.cumsum(rng.normal(0, 0.01, 75))) for _ in range(2))
    found = rotation.rotation(closes, whole)
    ratios = [a / b for a, b in zip(closes, whole, strict=True)]

    def strength(at):
        window = ratios[at - 49 : at + 1]
        return 100 * ratios[at] / (sum(window) / 50)

    assert len(found.strength) == len(found.momentum) == 75 - 59
    assert found.strength[-1] == pytest.approx(strength(74))
    assert found.momentum[-1] == pytest.approx(100 * strength(74) / strength(64))
    assert rotation.rotation(closes[:59], whole[:59]) is None
    assert rotation.change(closes, 75) is None
    assert rotation.change(closes, 21) == pytest.approx(closes[-1] / closes[-22] - 1)


def test_who_does_as_the_market_does_is_even_and_who_gains_on_it_leads():
    whole = np.linspace(90, 110, 80)
    even = rotation.rotation(2 * whole, whole)
    assert even.strength == pytest.approx(100)
    assert even.momentum == pytest.approx(100)
    speeding = rotation.rotation(whole * 1.0002 ** (np.arange(80) ** 2), whole)
    assert speeding.quadrant == "leading"
    falling = rotation.rotation(whole * 0.9998 ** (np.arange(80) ** 2), whole)
    assert falling.quadrant == "lagging"


@pytest.mark.parametrize("kind", KINDS)
def test_the_invented_economy_is_the_same_each_time_and_knows_no_future(kind):
    now = datetime(2026, 5, 20, 15, tzinfo=UTC)
    days = [date.fromordinal(each) for each in range(date(2019, 12, 1).toordinal(), 739_800)]
    span = (date(2026, 4, 20), date(2026, 12, 20))
    found = simulated_macro.facts(kind, "seed", days, span, now)
    assert found == simulated_macro.facts(kind, "seed", days, span, now)
    assert found != simulated_macro.facts(kind, "other", days, span, now)
    assert found
    assert len({each.key for each in found}) == len(found)
    for each in found:
        actual = getattr(each, "actual", None) or getattr(each, "eps_actual", None)
        assert actual is None or each.at <= now
        assert kind != "sectors" or each.session < now.date()
        assert SHAPES[kind].model_validate(each.model_dump(mode="json")) == each
    if kind == "rates":
        meetings = {}
        for each in found:
            meetings[each.meeting_on] = meetings.get(each.meeting_on, 0) + each.probability
        assert list(meetings.values()) == pytest.approx([1] * len(meetings))
