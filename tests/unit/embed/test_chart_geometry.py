from datetime import date, timedelta

import pytest

from app.embed import rules

START = date(2026, 5, 20)


def days(values, step=1):
    return [(START + timedelta(days=index * step), value) for index, value in enumerate(values)]


@pytest.mark.parametrize(
    ("span", "step"), [(10, 2), (1, 0.2), (12, 2.5), (24, 5), (0.03, 0.01), (57_000, 20_000)]
)
def test_steps_are_1_2_2_5_or_5_times_a_power_of_ten(span, step):
    assert rules.nice_step(span) == pytest.approx(step)


@pytest.mark.parametrize(
    ("values", "reference"),
    [([25_000, 28_441], 25_000), ([0, 0], 0), ([-12.5, 3], 0), ([0.01, 0.02], 0), ([9e6], 1e7)],
)
def test_an_axis_holds_all_values_and_has_three_to_six_ticks(values, reference):
    axis = rules.value_axis(values, reference, "USD")
    assert axis.low <= min(*values, reference)
    assert axis.high >= max(*values, reference)
    assert 2 <= len(axis.ticks()) <= 6
    assert all(0 <= float(tick.at) <= 100 for tick in axis.ticks())


def test_tick_labels_are_short_and_signed():
    axis = rules.value_axis([-5, 10], 0, "percent")
    assert [tick.label for tick in axis.ticks()] == ["\u22125%", "0%", "+5%", "+10%"]
    money = rules.value_axis([25_000, 30_000], 25_000, "USD")
    assert [tick.label for tick in money.ticks()][:2] == ["$25k", "$26k"]
    halves = rules.value_axis([0, 7.4], 0, "percent", 3)
    assert [tick.label for tick in halves.ticks()] == ["0%", "+2.5%", "+5.0%", "+7.5%"]


def test_day_labels_begin_and_end_with_the_first_and_last_day():
    labels = rules.day_labels(START, date(2026, 11, 20), 5)
    assert (labels[0], labels[-1], len(labels)) == ("20 May", "20 Nov", 5)
    assert rules.day_labels(START, START, 5) == ["20 May 2026"]
    assert rules.day_labels(START, date(2029, 5, 20), 3) == ["May 2026", "Nov 2027", "May 2029"]


def test_a_chart_draws_its_curve_in_a_box_of_1000():
    chart = rules.chart(
        [rules.Series("Equity", "live", days([0, 5, 10]))], reference=0, unit="percent"
    )
    assert chart.lines[0].path == "M0.0,1000.0 500.0,500.0 1000.0,0.0"
    assert (chart.zero, chart.first, chart.last) == ("100.00", 0, 10)


def test_one_point_is_no_chart():
    assert rules.chart([rules.Series("x", "live", days([1]))], reference=0, unit="USD") is None


def test_a_long_pause_is_flat_and_no_slope():
    points = [(START, 0.0), (START + timedelta(days=10), 10.0)]
    chart = rules.chart([rules.Series("x", "live", points)], reference=0, unit="percent")
    assert chart.lines[0].path == "M0.0,1000.0 900.0,1000.0 1000.0,0.0"


def test_thinning_keeps_the_highest_and_the_lowest_point():
    values = [5.0] * 5000
    values[1234], values[3210] = 10.0, 0.0
    chart = rules.chart([rules.Series("x", "live", days(values))], reference=0, unit="percent")
    heights = [float(place.split(",")[1]) for place in chart.lines[0].path[1:].split()]
    assert len(heights) < 400
    assert (min(heights), max(heights)) == (0.0, 1000.0)


def test_drawdown_hangs_from_zero_and_its_area_is_closed():
    fall = rules.Drawdown("percent", days([0, 4, 1]))
    chart = rules.chart(
        [rules.Series("x", "live", days([1, 2, 3]))], reference=0, unit="percent", drawdown=fall
    )
    assert chart.strip.deepest == -4
    assert chart.strip.path == "M0.0,0.0 500.0,1000.0 1000.0,250.0"
    assert chart.strip.area.endswith("L1000.0,0 L0.0,0Z")
    assert [tick.label for tick in chart.strip.ticks] == ["0%", "\u22124%"]


def test_charts_that_share_an_axis_share_their_ticks():
    axis = rules.value_axis([0, 20], 0, "percent")
    charts = [
        rules.chart(
            [rules.Series("x", "live", days(values))], reference=0, unit="percent", axis=axis
        )
        for values in ([0, 20], [0, 3])
    ]
    assert charts[0].ticks == charts[1].ticks


def test_the_table_has_the_last_value_of_each_month():
    points = [(date(2026, 5, 30), 100.0), (date(2026, 6, 1), 110.0), (date(2026, 6, 30), 121.0)]
    rows = rules.month_rows(points, "USD", 100.0)
    assert [(row.month, row.value) for row in rows] == [("May 2026", 100.0), ("Jun 2026", 121.0)]
    assert rows[-1].change == pytest.approx(21.0)
    assert rules.month_rows(points, "USD", 0.0)[-1].change is None
    assert rules.month_rows(points, "percent", 100.0)[-1].change == pytest.approx(21.0)


def test_returns_compound_and_a_joining_account_is_no_gain():
    # 1,000 gains 10 %, then another account of 1,000 joins, then both together gain 10 %.
    assert rules.cumulative_returns([1100, 2100, 2310], [100, 100, 310]) == pytest.approx(
        [10, 10, 21]
    )


def test_falls_are_measured_from_the_highest_point_so_far_and_from_zero():
    points = days([-5.0, 10.0, 4.0])
    assert [value for _day, value in rules.falls(points)] == [5.0, 0.0, 6.0]


def test_chart_data_are_texts_and_shares():
    series = rules.Series("Equity", "back", days([25_000.0, 25_100.456]))
    data = rules.chart_data([series], rules.Drawdown("percent", days([0.0, 2.5])))
    assert data["series"][0]["style"] == "backtest"
    assert data["series"][0]["points"][1] == ["2026-05-21", "25100.46"]
    assert data["drawdown"][1] == ["2026-05-21", "0.025000"]
    assert rules.chart_data([series], rules.Drawdown("USD", days([0.0, 9.0])))["drawdown"] == []
    assert data["reference"] == ""
    assert rules.chart_data([series], reference=25_000.0)["reference"] == "25000.00"
