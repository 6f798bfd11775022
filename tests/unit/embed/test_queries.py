from datetime import UTC, date, datetime

import pytest

from app.embed.schemas import DashboardQuery, LeaderboardQuery, MarketplaceQuery, OverviewQuery
from app.embed.service.periods import period_start, since

FRIDAY_NIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)  # 20 November, 22:00 in New York


def test_names_with_and_without_the_prefix_are_understood():
    assert LeaderboardQuery.parse({"period": "day"}) == LeaderboardQuery.parse(
        {"trp_period": "day"}
    )


def test_a_wrong_value_becomes_the_default_and_spares_the_others():
    query = LeaderboardQuery.parse({"sort": "luck", "kind": "live", "page_id": "7"})
    assert (query.sort, query.kind) == ("rank", "live")


@pytest.mark.parametrize("value", ["../etc", "A B", "<script>", "x" * 65])
def test_a_robot_that_cannot_exist_is_no_robot(value):
    assert MarketplaceQuery.parse({"robot": value}).robot == ""


def test_only_what_differs_from_the_defaults_stands_in_an_address():
    query = MarketplaceQuery(strategy="trend", view="list")
    assert query.params("trp_") == {"trp_strategy": "trend", "trp_view": "list"}
    assert query.encoded(view="grid") == "?strategy=trend"
    assert OverviewQuery().encoded() == ""


def test_the_dashboard_keeps_tab_and_range():
    query = DashboardQuery.parse({"trp_tab": "journal", "trp_range": "all"})
    assert (query.tab, query.range) == ("journal", "all")


@pytest.mark.parametrize(
    ("period", "start"),
    [
        ("daily", date(2026, 11, 20)),
        ("weekly", date(2026, 11, 16)),
        ("monthly", date(2026, 11, 1)),
        ("all_time", date.min),
    ],
)
def test_a_period_begins_by_the_day_in_new_york(period, start):
    assert period_start(period, FRIDAY_NIGHT) == start


def test_a_range_goes_back_from_today():
    assert since("1m", FRIDAY_NIGHT) == date(2026, 10, 20)
    assert since("all", FRIDAY_NIGHT) is None
