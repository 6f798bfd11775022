"""The public fragments on real figures: what a visitor of a WordPress page sees."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from app.core.db import transaction
from app.ledger import service as ledger
from app.ledger.schemas import FillIn
from app.performance import service as performance
from app.robots import service as robots
from app.robots.schemas.running import DeploymentIn
from tests.factories.performance import make_account, make_day

NOON = datetime(2025, 3, 31, 16, 0, tzinfo=UTC)
WEEKDAYS = [date(2025, 2, day) for day in range(3, 29) if date(2025, 2, day).weekday() < 5]
GOOD = ("120.00", "-40.00")
BAD = ("-120.00", "40.00")


@pytest.fixture(autouse=True)
def spring():
    with time_machine.travel(NOON, tick=True):
        yield


@pytest.fixture(autouse=True)
def catalogue(app):
    with transaction():
        robots.sync_catalogue(demo=True)


@pytest.fixture
def record(member):
    """Give a robot a ranked paper account with a year's worth of evidence."""

    def make(plugin_id, pnls, days=WEEKDAYS, **columns):
        user_id = member(f"{plugin_id}@example.test")
        with transaction():
            account = make_account(
                user_id,
                plugin_id,
                "paper",
                **{"is_ranked": True, "is_simulated": True, "starting_balance": 25_000, **columns},
                opened_on=days[0],
            )
            for index, day in enumerate(days):
                opening = {"opening": 25_000} if index == 0 else {}
                make_day(account, day, *pnls, **opening)
            performance.refold_account(account.id, "USD", days[0].toordinal())
            performance.refold_robot(plugin_id, "USD", days[0].toordinal())
        return account

    return make


@pytest.fixture
def uneven(record):
    """Give a robot a record whose days differ."""
    account = record("gap_fade", GOOD)
    later = [WEEKDAYS[-1] + timedelta(days=3 + index) for index in range(20)]
    with transaction():
        for index, day in enumerate(day for day in later if day.weekday() < 5):
            make_day(account, day, f"{40 + 17 * index % 90}.00", f"-{20 + 13 * index % 70}.00")
        performance.refold_account(account.id, "USD", WEEKDAYS[0].toordinal())
        performance.refold_robot("gap_fade", "USD", WEEKDAYS[0].toordinal())


def text(response):
    assert response.status_code == 200, response.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


@pytest.mark.parametrize(
    "path",
    ["performance", "leaderboard-table", "marketplace", "robot-cards", "robot/gap_fade", "pricing"],
)
def test_public_fragments_need_a_site_and_no_member(site, client, path):
    assert site.get(f"/embed/{path}").status_code == 200
    assert client.get(f"/embed/{path}").status_code == 401


@pytest.mark.req("S4-68", "S4-85")
def test_the_performance_page_has_tiles_best_robots_averages_and_the_leaderboard(site, record):
    record("gap_fade", GOOD)
    record("night_desk", BAD)
    shown = text(site.get("/embed/performance"))
    assert "Robots with a record 2" in shown
    assert "Robots in profit 1 of 2" in shown
    assert "Best three by return" in shown
    assert "Averages over all robots" in shown
    assert "2 of 2 ranked" in shown
    assert "Simulated" in shown
    assert "Paper" in shown
    assert "Past results, real or simulated, do not say what comes next" in shown
    assert "Start free" in shown
    assert "Log in" in shown


@pytest.mark.req("S4-119", "S4-68")
def test_averages_are_the_plain_mean_of_robots_with_a_record_losers_included(site, record):
    record("gap_fade", GOOD)
    record("night_desk", BAD)
    # Nine days are 18 trades: no record yet, and no part of the mean.
    record("ma_cross", GOOD, days=WEEKDAYS[:9])
    shown = text(site.get("/embed/performance"))
    assert "Win rate 50.0% 50.0% to 50.0%, 2 robots" in shown
    assert "Profit factor 1.67 0.33 to 3.00, 2 robots" in shown


@pytest.mark.req("S4-7", "S4-8", "S4-70")
@pytest.mark.parametrize(
    ("path", "has_sharpe"),
    [
        ("robot-cards?evidence=paper", False),
        ("robot-cards?view=list&evidence=paper", False),
        ("leaderboard-table", True),
        ("robot/gap_fade", True),
    ],
)
def test_no_profit_factor_and_no_sharpe_ratio_stands_without_its_interval(
    site, uneven, path, has_sharpe
):
    made = performance.robot_records(["gap_fade"])["gap_fade"].metrics
    shown = text(site.get(f"/embed/{path}"))
    low, high = made.profit_factor_low, made.profit_factor_high
    assert low < made.profit_factor < high
    assert f"{made.profit_factor:.2f} 95% {low:.2f} to {high:.2f}" in shown
    if has_sharpe:
        told = f"{made.sharpe_ratio:.2f} 95% {made.sharpe_low:.2f} to {made.sharpe_high:.2f}"
        assert told.replace("-", "\u2212") in shown
        assert "Sharpe is a year's, over a risk-free rate of 5.0%." in shown.replace("&#39;", "'")


def test_where_there_is_no_interval_the_page_says_so(site, record):
    record("gap_fade", GOOD)  # every day like the others: nothing to judge the spread by
    shown = text(site.get("/embed/robot-cards?evidence=paper"))
    assert "Profit factor 3.00 no interval: too few days" in shown


@pytest.mark.req("S4-68")
def test_a_curve_is_drawn_with_a_table_beside_it(site, record):
    record("gap_fade", GOOD)
    html = site.get("/embed/performance").text
    assert re.search(r'<path class="paper" d="M[\d., ]+"', html)
    assert "Show as table" in html
    assert "Feb 2025" in html


def test_without_records_the_page_says_why_and_what_to_do(site):
    shown = text(site.get("/embed/performance"))
    assert "No robot has a full record yet" in shown
    assert "Backtests do not count" in shown
    assert "No record fits these filters" in shown


def test_too_few_trades_are_a_progress_and_no_ratio(site, record):
    record("gap_fade", GOOD, days=WEEKDAYS[:9])
    html = site.get("/embed/leaderboard-table").text
    assert "Not enough yet: 18 of 30 trades" in html
    assert "Profit factor&" not in html
    assert "18 of 30 trades" in text(site.get("/embed/robot-cards"))


def test_losing_robots_get_the_same_card(site, record):
    record("gap_fade", GOOD)
    record("night_desk", BAD)
    html = site.get("/embed/robot-cards?evidence=paper").text
    winner, loser = html.split('<li class="trp-bot">')[1:]
    shape = re.compile(r"<(\w+)")
    assert shape.findall(winner)[: len(shape.findall(loser)) - 4] == shape.findall(loser)[:-4]
    assert 'data-sign="down"' in loser


@pytest.mark.req("S4-70")
def test_a_card_has_name_description_figures_price_and_both_actions(site, record):
    record("gap_fade", GOOD)
    shown = text(site.get("/embed/robot-cards?evidence=paper"))
    for part in (
        "Gap Fade",
        "Trades against large opening gaps",
        "Win rate 50%",
        "Profit factor 3.00",
        "40 trades",
        "Mid-Tier $29.99 a month",
        "Try demo",
        "Get access",
    ):
        assert part in shown


@pytest.mark.req("S4-69", "S4-86")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("result=profit", ["Gap Fade"]),
        ("result=loss", ["Night Desk"]),
        ("evidence=live", []),
        ("strategy=reversion&plan=mid&evidence=paper", ["Gap Fade"]),
        ("evidence=paper&sort=drawdown", ["Gap Fade", "Night Desk"]),
        ("trp_evidence=paper&trp_sort=name&trp_view=list", ["Gap Fade", "Night Desk"]),
    ],
)
def test_the_marketplace_filters_and_sorts_by_address(site, record, query, found):
    record("night_desk", BAD)
    record("gap_fade", GOOD)
    html = site.get(f"/embed/marketplace?{query}").text
    assert re.findall(r"trp_robot=\w+\"[^>]*>\s*([^<]+)</a>", html) == found


@pytest.mark.req("S4-69")
def test_the_marketplace_has_a_grid_and_a_list(site):
    assert 'class="trp-grid trp-cards"' in site.get("/embed/robot-cards").text
    assert "Robots as a list" in site.get("/embed/robot-cards?view=list").text


def test_filters_work_without_a_script(site):
    html = site.get("/embed/robot-cards?strategy=trend&view=list").text
    form = re.search(r"<form[^>]*>", html)[0]
    assert 'method="get"' in form
    assert '<input type="hidden" name="trp_view" value="list">' in html
    assert 'href="?trp_strategy=trend#robot-cards"' in html
    assert re.search(r'<option value="trend" selected>', html)


def test_a_robot_without_a_record_says_so_and_shows_no_figure(site):
    shown = text(site.get("/embed/robot/ma_cross"))
    assert "No record yet" in shown
    assert "Win rate" not in shown


def test_a_robots_page_has_four_periods_drawdown_months_and_backtests_apart(site, record):
    record("gap_fade", GOOD)
    shown = text(site.get("/embed/marketplace?robot=gap_fade"))
    for part in ("Day", "Week", "Month", "All time", "Return and drawdown", "Show as table"):
        assert part in shown
    assert "Monthly return, percent" in shown
    assert "Never part of the record above" in shown
    assert "Fees come off each trade" in shown


def test_an_unknown_robot_is_an_error_fragment(site):
    response = site.get("/embed/robot/nobody")
    assert response.status_code == 404
    assert response.text.startswith('<div class="trp-alert" data-tone="bad" role="alert">')
    assert "Not here." in response.text


def test_an_unchanged_fragment_is_304(site):
    first = site.get("/embed/performance")
    again = site.get("/embed/performance", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_nothing_in_a_public_fragment_can_run(site, record):
    record("gap_fade", GOOD)
    for path in ("performance", "marketplace", "pricing", "robot/gap_fade"):
        html = site.get(f"/embed/{path}").text
        assert not re.search(r"<script|\sstyle=|\son\w+=", html)


@pytest.fixture
def backtest(app, member, tmp_path):
    """Run the built-in robot over made-up bars for an owner, and refold."""
    owner_id = member("owner@example.test", tier="mid")
    bars = tmp_path / "SWING.csv"
    lines = ["session,open,high,low,close,volume"]
    days = [day for day in range(2, 30) if date(2024, 1, day).weekday() < 5]
    for index, day in enumerate(days):
        price = 100 + (index * index * 7) % 23 - index % 11
        lines.append(f"2024-01-{day:02},{price},{price + 1},{price - 1},{price},1000")
    bars.write_text("\n".join(lines) + "\n")
    options = ["--owner", "owner@example.test", "--param", "fast=2", "--param", "slow=4"]
    command = ["robots", "backtest", "ma_cross", "--bars", str(bars), *options]
    outcome = app.test_cli_runner().invoke(args=command)
    assert outcome.exit_code == 0, outcome.output
    account = ledger.list_accounts(owner_id)[0]
    with transaction():
        performance.refold_account(account.id, "USD", account.opened_on.toordinal())
    return account


def test_a_backtest_stands_apart_and_is_never_a_record(site, backtest):
    shown = text(site.get("/embed/robot/ma_cross"))
    assert "Backtest only" in shown
    assert "No record yet" in shown
    assert f"{backtest.name} from 2 Jan 2024" in shown
    assert "real trading would have earned less" in shown
    card = text(site.get("/embed/robot-cards?evidence=none&strategy=trend"))
    assert "Moving Average Cross Backtest only" in card
    assert "Robots with a record 0" in text(site.get("/embed/performance"))


def test_a_backtest_is_labelled_on_its_owners_dashboard(site, backtest):
    site.link(7, backtest.user_id)
    asked = {"wp_user_id": 7, "caps": ["read"]}
    assert "Moving Average Cross Backtest over past bars" in text(
        site.get("/embed/dashboard-robots", **asked)
    )
    overview = text(site.get("/embed/dashboard-overview", **asked))
    assert "All time $0.00 0 trades" in overview


def test_fees_of_a_record_are_shown(site, record):
    record("gap_fade", GOOD)
    assert re.search(r"Fees paid\s+\$\d", text(site.get("/embed/robot/gap_fade")))


def test_a_front_page_shows_the_head_of_the_board_and_leads_to_the_rest(site):
    answer = site.get("/embed/leaderboard-table?rows=5")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "<form" not in html
    assert html.count('role="row"') <= 6


@pytest.fixture
def deployed(app, member):
    """Let the operator start robots whose records are public, and give each a trade."""
    keeper = member("keeper@example.test")

    def make(plugin_id):
        given = DeploymentIn(plugin_id=plugin_id, symbols=["SPY"])
        made = robots.deploy(keeper, given, is_ranked=True)
        at = datetime.now(UTC) - timedelta(days=3)
        with transaction():
            fills = [
                FillIn(f"f{number}", at.isoformat(), "SPY", side, "1", price, "1", "USD")
                for number, (side, price) in enumerate((("buy", "100"), ("sell", "105")))
            ]
            ledger.record_fills(made.account_id, fills, source="paper")
        with transaction():
            first_day = (at - timedelta(9)).toordinal()
            performance.refold_account(made.account_id, "USD", first_day)
            performance.refold_robot(plugin_id, "USD", first_day)
        return made

    return make


def test_a_robots_page_tells_versions_settings_hash_and_how_to_check_it(site, deployed):
    made = deployed("ma_cross")
    response = site.get("/embed/robot/ma_cross")
    shown = text(response)
    account = ledger.list_ranked("ma_cross")[0]
    assert account.head_hash in shown
    assert "2 entries" in shown
    assert "flask ledger verify" in shown
    assert made.version[:12] in shown
    assert f"Settings of {made.version} on SPY" in shown
    assert "Commission, an order" in shown, "costs are stated"
    assert "+$3.00" in shown
    assert "trp_activate=ma_cross" in response.text, "Try demo leads to the settings"


def test_the_null_robot_is_named_so_and_its_record_is_of_its_own_kind(site, deployed):
    made = deployed("random_null")
    assert ledger.list_ranked("random_null")[0].kind == "null"
    for path in ("robot/random_null", "robot-cards", "robot-cards?view=list"):
        assert "at random" in text(site.get(f"/embed/{path}")), path
    assert "Null, paper" in text(site.get("/embed/robot-cards"))
    assert made.state == "active"


def test_backtest_and_record_share_an_axis_and_differ_by_their_line(site, backtest, deployed):
    deployed("ma_cross")
    html = site.get("/embed/robot/ma_cross").text
    assert '<line class="back"' in html
    assert "The dotted line is a backtest" in re.sub(r"\s+", " ", html)
