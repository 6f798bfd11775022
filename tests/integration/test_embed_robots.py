"""Robots at work and runs over past bars on a member's pages, from the choice to the result."""

import re
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest

from app.core.db import transaction
from app.performance import service as performance
from app.robots import service as robots
from app.robots.service import work

WP_USER, OTHER = 7, 8
HEADER = "session,open,high,low,close,volume\n"
SETTINGS = {
    "plugin_id": "ma_cross",
    "p_fast": "2",
    "p_slow": "4",
    "p_qty": "1",
    "symbols": "spy",
    "timeframe": "D1",
    "cash": "5000",
    "commission_per_order": "1",
    "commission_per_unit": "0",
    "spread_ratio": "0.02",
    "slippage_ratio": "0.01",
    "volume_share": "10",
    "borrow_rate": "2",
}


@pytest.fixture
def owner(site, member):
    user_id = member(tier="mid")
    site.link(WP_USER, user_id)
    with transaction():
        robots.sync_catalogue()
    return user_id


@pytest.fixture
def ask(site, owner):
    def get(path, wp_user_id=WP_USER, **options):
        return site.get(f"/embed/{path}", wp_user_id=wp_user_id, caps=["read"], **options)

    return get


@pytest.fixture
def send(site, owner):
    def post(path, fields=None, *, body=None, wp_user_id=WP_USER):
        content, kind = body or (
            urlencode(fields or {}).encode(),
            "application/x-www-form-urlencoded",
        )
        return site.post(
            f"/embed/{path}",
            data=content,
            headers={"Content-Type": kind},
            wp_user_id=wp_user_id,
            caps=["read"],
        )  # fmt: skip

    return post


@pytest.fixture
def upload(send):
    """Send the form of a backtest with a file of bars."""

    def post(content, **changes):
        parts = "".join(
            f'--xx\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in (SETTINGS | changes).items()
        )
        parts += (
            '--xx\r\nContent-Disposition: form-data; name="file_1"; filename="bars.csv"\r\n'
            f"Content-Type: text/csv\r\n\r\n{content}\r\n--xx--\r\n"
        )
        return send("backtests", body=(parts.encode(), "multipart/form-data; boundary=xx"))

    return post


def swinging(count=300):
    """Return a file of days on which the price goes up and down, so that averages cross."""
    days = [date(2024, 1, 2) + timedelta(days=at) for at in range(count * 2)]
    rows = []
    for index, day in enumerate([day for day in days if day.weekday() < 5][:count]):
        price = 100 + (index * index * 7) % 23 - index % 11
        rows.append(f"{day},{price},{price + 1},{price - 1},{price},100000")
    return HEADER + "\n".join(rows) + "\n"


def text(response, status=200):
    assert response.status_code == status, response.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def number_of(response, what):
    return int(re.search(rf"/embed/{what}/(\d+)", response.text)[1])


@pytest.mark.req("S4-72")
def test_an_empty_tab_leads_to_the_first_robot_in_three_clicks(ask, send):
    tab = ask("dashboard?tab=robots")
    assert "No robot runs for you yet" in text(tab)
    assert 'hx-get="/embed/dashboard?tab=robots&amp;choose=1"' in tab.text
    choice = ask("dashboard?tab=robots&choose=1")
    assert 'hx-get="/embed/dashboard?tab=robots&amp;activate=ma_cross"' in choice.text
    settings = ask("dashboard?tab=robots&activate=ma_cross")
    assert 'hx-post="/embed/deployments"' in settings.text
    fields = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', settings.text))
    assert fields["p_fast"] == "10"
    started = send("deployments", {**fields, "timeframe": "D1"})
    assert "Running" in text(started)
    assert "waits for the first bar" in text(started)
    assert "Moving Average Cross" in text(ask("deployments"))


def test_settings_have_the_ranges_and_titles_that_the_robot_declares(ask):
    html = ask("robot-settings/ma_cross").text
    fast = re.search(r'<input[^>]*name="p_fast"[^>]*>', html)[0]
    assert 'type="number"' in fast
    assert 'min="1"' in fast
    assert 'max="5000"' in fast
    assert re.search(r'<label for="settings-p-fast">[^<]+</label>', html)
    assert 'id="settings-p-fast-said">1 to 5,000' in html or "1 to 5000" in html


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"p_fast": "0"}, "settings-p-fast", "1"),
        ({"p_fast": "ten"}, "settings-p-fast", ""),
        ({"symbols": ""}, "settings-symbols", "Name at least one symbol"),
        ({"cash": "-5"}, "settings-cash", "Write an amount"),
        ({"spread_ratio": "150"}, "settings-spread_ratio", "percentage from 0 to 100"),
        ({"timeframe": "M7"}, "settings-timeframe", ""),
    ],
)
def test_wrong_settings_come_back_at_their_field(send, changes, field, words):
    answer = send("deployments", SETTINGS | changes)
    assert answer.status_code == 422
    said = re.search(rf'<p class="trp-err" id="{field}-said" role="alert">([^<]+)</p>', answer.text)
    assert said, answer.text
    assert words in said[1]
    name = next(iter(changes))
    shown = re.search(rf'name="{name}"[^>]*aria-invalid="true"', answer.text)
    assert shown, "the field is marked"
    if name != "timeframe":
        assert f'value="{changes[name]}"' in answer.text, "what was typed stays"


def test_settings_of_a_robot_that_is_not_there_are_not_found(ask, send):
    assert ask("robot-settings/no_such").status_code == 404
    assert ask("backtest-form/no_such").status_code == 404
    assert send("deployments", SETTINGS | {"plugin_id": "no_such"}).status_code == 404


@pytest.fixture
def running(send):
    return number_of(send("deployments", SETTINGS), "deployments")


@pytest.mark.req("S4-75")
def test_a_robot_rests_goes_on_and_ends(send, ask, running):
    assert "Paused" in text(send(f"deployments/{running}/pause"))
    assert "Running" in text(send(f"deployments/{running}/resume"))
    stopped = send(f"deployments/{running}/stop")
    assert "Stopped" in text(stopped)
    assert "hx-trigger" not in stopped.text, "nothing moves any more"
    again = send(f"deployments/{running}/resume")
    assert again.status_code == 422
    assert 'role="alert"' in again.text


def test_stopping_asks_first(ask, running):
    html = ask(f"deployments/{running}/now").text
    button = re.search(r'<button[^>]*id="deployment-stop"[^>]*>', html)[0]
    assert "hx-confirm" in button


def test_an_unchanged_list_is_not_sent_again(ask, send, running):
    for path in ("deployments", f"deployments/{running}/now"):
        first = ask(path)
        tag = {"If-None-Match": first.headers["ETag"]}
        assert ask(path, headers=tag).status_code == 304
    tag = {"If-None-Match": ask("deployments").headers["ETag"]}
    send(f"deployments/{running}/pause")
    assert ask("deployments", headers=tag).status_code == 200


def test_other_parameters_begin_a_new_record_and_the_old_one_stays(ask, send, owner, running):
    wrong = send(f"deployments/{running}/parameters", {"p_fast": "9000"})
    assert wrong.status_code == 422
    assert 'id="deployment-p-fast-said" role="alert"' in wrong.text
    changed = send(
        f"deployments/{running}/parameters", {"p_fast": "3", "p_slow": "4", "p_qty": "1"}
    )
    assert number_of(changed, "deployments") != running
    states = {each.id: each.state for each in robots.list_deployments(owner)}
    assert states[running] == "stopped"
    assert "Stopped" in text(ask(f"deployments/{running}"))


def test_another_members_robots_and_runs_are_not_found(ask, send, site, member, running, upload):
    run = number_of(upload(swinging()), "backtests")
    site.link(OTHER, member("stranger@example.test"))
    for path in (
        f"deployments/{running}", f"deployments/{running}/now", f"backtests/{run}",
        f"backtest-trades/{run}", f"backtest-csv/{run}", f"dashboard?tab=robots&run={run}",
        f"dashboard?tab=robots&deployment={running}",
    ):  # fmt: skip
        assert ask(path, OTHER).status_code == 404, path
    for path in (
        f"deployments/{running}/pause", f"deployments/{running}/resume",
        f"deployments/{running}/stop", f"deployments/{running}/parameters",
        f"backtests/{run}/cancel",
    ):  # fmt: skip
        assert send(path, {}, wp_user_id=OTHER).status_code == 404, path


def test_a_backtest_of_a_file_shows_progress_and_then_its_result(upload, ask, owner):
    started = upload(swinging())
    run = number_of(started, "backtests")
    assert 'hx-trigger="every 1s"' in started.text
    assert "Waiting for a free worker" in text(started)
    work.run_backtest_job(run)
    done = ask(f"backtests/{run}")
    shown = text(done)
    assert "hx-trigger" not in done.text
    for words in ("Backtest", "Win rate", "95%", "Equity and drawdown", "Monthly return, percent",
                  "Trades on the chart", "What trading cost", "Commission", "Spread", "Slippage",
                  "Hash of the bars", "Hash of the code"):  # fmt: skip
        assert words in shown, words
    result = robots.get_run(owner, run).result
    assert result.bars_hash in shown
    assert "Sharpe is over a risk-free rate of 5.0% a year" in shown
    assert "Idle cash earns nothing here" in shown
    assert result.metrics.trade_count > 30
    assert "data-trp-chart" in done.text
    assert "does not say what comes next" in shown or "do not say what comes next" in shown
    assert "Moving Average Cross" in text(ask("backtests"))
    assert f"run={run}" in ask("dashboard?tab=robots").text


def test_several_values_of_a_parameter_are_a_search_and_its_result_shows_them(upload, ask, owner):
    assert 'name="s_fast"' in ask("backtest-form/ma_cross").text
    started = upload(swinging(), s_fast="2, 3", s_slow="5,8,")
    run = number_of(started, "backtests")
    other = number_of(upload(swinging(), s_fast="2, 3", s_slow="5,8,", folds="6"), "backtests")
    assert robots.get_run(owner, run).kind == "search"
    assert robots.get_run(owner, other).search["folds"] == 6
    assert "search for parameters" in text(ask("backtests"))
    work.run_search_job(run)
    shown = text(ask(f"backtests/{run}"))
    for words in ("The best of 4 tries", "All 4 tries", "Walked forward", "Sharpe after"):
        assert words in shown, words
    assert len(robots.get_run(owner, run).result.folds) == 4


def test_a_wrong_value_to_try_is_told_at_its_field(upload, owner):
    answer = upload(swinging(20), s_fast="2, many")
    assert answer.status_code == 422
    assert 'id="test-s_fast-said" role="alert"' in answer.text
    assert 'value="2, many"' in answer.text
    many = upload(swinging(20), s_fast=",".join(map(str, range(1, 31))),
                  s_slow=",".join(map(str, range(31, 61))))  # fmt: skip
    assert "900 combinations are too many" in text(many, 422)
    for typed, field in (
        ({"s_fast": ",".join(map(str, range(1, 60)))}, "s_fast"),
        ({"s_fast": "2,3", "folds": "1"}, "folds"),
        ({"s_fast": "2,3", "folds": "many"}, "folds"),
    ):
        wrong = upload(swinging(20), **typed)
        assert wrong.status_code == 422
        assert f'id="test-{field}-said" role="alert"' in wrong.text, field
    assert robots.list_runs(owner) == []


def test_trades_are_paged_and_stand_on_the_candles_of_their_page(upload, ask, owner):
    run = number_of(upload(swinging()), "backtests")
    work.run_backtest_job(run)
    trades = robots.get_run(owner, run).result.trades
    first, second = (ask(f"backtest-trades/{run}?page={page}").text for page in (1, 2))
    assert first.count('scope="row"') == 25
    assert second.count('scope="row"') == min(25, len(trades) - 25)
    assert first.count('class="mark buy') == 1 + 25, "one in the legend, one for each trade"
    assert "Later trades" in first
    assert "Earlier trades" in second
    beyond = ask(f"backtest-trades/{run}?page=999")
    assert "Later trades" not in beyond.text


def test_all_trades_come_as_a_file(upload, ask, owner):
    run = number_of(upload(swinging()), "backtests")
    early = ask(f"backtest-csv/{run}")
    assert early.status_code == 422
    work.run_backtest_job(run)
    html = ask(f"backtest-csv/{run}").text
    content = re.search(r'<pre hidden data-trp-file="trades-\d+.csv">([^<]*)</pre>', html)[1]
    lines = content.strip().splitlines()
    assert lines[0].startswith("symbol,direction,entry_at")
    assert len(lines) == 2 + len(robots.get_run(owner, run).result.trades)
    assert lines[-1].startswith("TOTAL,")


def test_bad_rows_come_back_as_a_list_by_row_and_nothing_is_run(upload, owner):
    bad = HEADER + "2024-01-02,10,9,11,10,5\n2024-01-03,10,11,9,10,5\n2024-01-03,10,11,9,x,5\n"
    answer = upload(bad)
    shown = text(answer, 422)
    assert "Rows that cannot be bars" in shown
    rows = re.findall(r'<th role="rowheader" scope="row" data-l>(\d+)</th>', answer.text)
    assert rows == ["2", "4"]
    assert 'name="p_fast"' in answer.text, "the form is there to be sent again"
    assert robots.list_runs(owner) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"p_slow": "0"}, "test-p-slow"),
        ({"from_at": "yesterday"}, "test-from_at"),
        ({"symbols": "!!!"}, "test-symbols"),
        ({"symbols": "SPY, IBM"}, "test-file_2"),
    ],
)
def test_a_wrong_field_of_a_backtest_is_named(upload, changes, field):
    answer = upload(swinging(20), **changes)
    assert answer.status_code == 422
    if field.endswith("file_2"):
        assert "Choose a file for IBM too." in text(answer, 422)
    else:
        assert f'id="{field}-said" role="alert"' in answer.text


def test_a_run_can_be_cancelled_and_says_so(upload, send, ask):
    run = number_of(upload(swinging()), "backtests")
    cancelled = send(f"backtests/{run}/cancel")
    assert "This run was cancelled" in text(cancelled)
    work.run_backtest_job(run)
    assert "This run was cancelled" in text(ask(f"backtests/{run}"))


def test_a_run_that_cannot_work_says_why(ask, send, owner):
    answer = send("backtests", SETTINGS | {"symbols": "ZZZZ"})
    run = number_of(answer, "backtests")
    work.run_backtest_job(run)
    shown = text(ask(f"backtests/{run}"))
    assert "The run stopped." in shown
    assert "ZZZZ" in shown


def test_members_runs_stay_their_own(site, upload, owner):
    run = number_of(upload(swinging()), "backtests")
    work.run_backtest_job(run)
    account = robots.get_run(owner, run).account_id
    with transaction():
        performance.refold_account(account, "USD", date(2024, 1, 1).toordinal())
    page = text(site.get("/embed/robot/ma_cross"))
    assert "No backtest is published" in page
    assert "Backtest only" not in page
