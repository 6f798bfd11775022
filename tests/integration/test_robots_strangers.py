"""What somebody stumbles on who runs a robot here for the first time, and what they are told."""

from __future__ import annotations

import json
from datetime import date

import pytest

from app import create_app
from app.core.db import transaction
from app.core.errors import ValidationError
from app.market import service as market
from app.robots import service
from app.robots.schemas.running import DeploymentIn, RunIn
from app.robots.service import plugins, work

HEADER = "session,open,high,low,close,volume\n"
PAIR = {"plugin_id": "pairs_trading", "symbols": ["BAC"]}


def rows(count=60):
    days = market.calendar("XNYS").between(738_000, 738_000 + 2 * count)[:count]
    return [
        f"{date.fromordinal(day)},{100 + at % 7},{108 + at % 7},90,{101 + at % 5},1000\n"
        for at, day in enumerate(days)
    ]


@pytest.fixture
def days(app, tmp_path):
    path = tmp_path / "spy.csv"
    path.write_text(HEADER + "".join(rows()))
    return path


@pytest.fixture
def flask(app):
    def run(*arguments):
        return app.test_cli_runner().invoke(args=[str(each) for each in arguments])

    return run


def refused(outcome, words):
    assert outcome.exit_code == 2, outcome.output
    assert "Traceback" not in outcome.output
    assert words in outcome.output.replace("\n", " ")


def test_a_command_before_the_migrations_says_which_one_comes_first(tmp_path):
    empty = create_app({"TESTING": True, "DATA_DIR": str(tmp_path), "SECRET_KEY": "0" * 32})
    for arguments in (["robots", "list"], ["market", "list"], ["robots", "sync"]):
        refused(empty.test_cli_runner().invoke(args=arguments), "run flask db-upgrade")


def test_a_robot_that_is_not_there_is_named_with_where_it_would_belong(flask, days, app):
    refused(flask("robots", "backtest", "ma_cros", "--bars", days), "Is it ma_cross?")
    refused(flask("robots", "backtest", "mine", "--bars", days), app.config["ROBOTS_DIR"])
    refused(
        flask("robots", "search", "mine", "--bars", days, "--param", "a=1,2"),
        "There is no robot mine",
    )


def test_a_broken_folder_is_told_and_not_called_missing(flask, days, tmp_path, app):
    app.config["ROBOTS_DIR"] = str(tmp_path / "robots")
    broken = tmp_path / "robots" / "mine"
    broken.mkdir(parents=True)
    (broken / "metadata.json").write_text("{")
    refused(flask("robots", "backtest", "mine", "--bars", days), "metadata.json is no JSON")
    assert "metadata.json is no JSON" in flask("robots", "check", "mine").output


def test_code_that_cannot_be_run_is_never_on_the_shelf(flask, site, tmp_path, app):
    app.config["ROBOTS_DIR"] = str(tmp_path / "robots")
    mine = tmp_path / "robots" / "mine"
    mine.mkdir(parents=True)
    ours = json.loads((plugins.BUILTIN / "random_null" / "metadata.json").read_text())
    (mine / "metadata.json").write_text(json.dumps(ours | {"id": "mine", "name": "Mine"}))
    code = mine / "robot.py"
    code.write_text((plugins.BUILTIN / "random_null" / "robot.py").read_text())
    assert flask("robots", "sync").exit_code == 0
    assert site.get("/embed/robot/mine").status_code == 200
    code.write_text("import os\n" + code.read_text())
    told = flask("robots", "sync")
    assert told.exit_code == 1
    assert "a robot may not import os" in told.output
    assert site.get("/embed/robot/mine").status_code == 404
    assert "Mine" not in site.get("/embed/marketplace").text


def test_a_robot_is_checked_by_its_id_and_an_unknown_one_is_named(flask):
    assert "no look ahead" in flask("robots", "check", "random_null").output
    refused(flask("robots", "check", "nothing"), "FOLDER nothing: there is no such folder")


def test_a_parameter_that_is_given_twice_is_no_guess(flask, days):
    given = ("--param", "fast=5", "--param", "fast=6")
    refused(
        flask("robots", "backtest", "ma_cross", "--bars", days, *given), "fast stands there twice"
    )


def test_fewer_symbols_than_a_robot_trades_at_once_are_refused_before_it_runs(flask, days, member):
    refused(
        flask("robots", "backtest", "pairs_trading", "--bars", days),
        "this robot trades 2 at once, such as BAC, AIG (given: 1)",
    )
    user_id = member(tier="mid")
    with transaction():
        service.sync_catalogue()
    for ask in (
        lambda: service.deploy(user_id, DeploymentIn.model_validate(PAIR)),
        lambda: service.start_run(user_id, RunIn.model_validate(PAIR)),
    ):
        with pytest.raises(ValidationError, match="trades 2 at once") as raised:
            ask()
        assert raised.value.field == "symbols"
    assert service.list_deployments(user_id) == []


def notes_of(outcome):
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.output)["notes"]


def test_a_run_says_what_it_did_not_have_and_that_it_did_nothing(flask, days):
    run = ("robots", "backtest")
    assert notes_of(flask(*run, "vwap_reversion", "--bars", days, "--json")) == [
        "It traded nothing on these bars.",
        "It is made for bars of M1, and these are of D1.",
    ]
    short = ("--param", "fast=2", "--param", "slow=4", "--json")
    assert notes_of(flask(*run, "ma_cross", "--bars", days, *short)) == []
    assert notes_of(flask(*run, "covered_call", "--bars", days, "--json"))[0] == (
        "No option chain of SPY is stored for this time: it saw none."
    )
    assert notes_of(flask(*run, "ma_cross", "--bars", f"BTCEUR={days}", *short)) == [
        "BTCEUR is priced in EUR, and the run takes that for US dollars."
    ]


def test_the_page_of_a_run_shows_them(site, member):
    user_id = member(tier="mid")
    site.link(7, user_id)
    with transaction():
        service.sync_catalogue()
    given = {"plugin_id": "vwap_reversion", "files": {"SPY": HEADER + "".join(rows())}}
    run = service.start_run(user_id, RunIn.model_validate(given))
    work.run_backtest_job(run.id)
    page = site.get(f"/embed/backtests/{run.id}", wp_user_id=7, caps=["read"])
    assert "It traded nothing on these bars." in page.text


def test_pairs_that_trade_around_the_clock_are_known_by_the_names_that_people_use(flask, tmp_path):
    path = tmp_path / "BTCUSD.csv"
    times = [f"2024-05-04T{hour:02}:{minute:02}:00Z" for hour in (3, 4) for minute in range(60)]
    path.write_text(
        "opened_at,open,high,low,close,volume\n"
        + "".join(f"{at},{10 + n % 5},16,9,{11 + n % 3},1\n" for n, at in enumerate(times))
    )
    taken = flask("market", "import", path, "--timeframe", "M1")
    assert "BTCUSD M1: 120 created" in taken.output, taken.output
    short = ("--param", "fast=2", "--param", "slow=4")
    assert flask("robots", "backtest", "ma_cross", "--bars", path, *short).exit_code == 0
    other = flask("market", "import", path, "--timeframe", "M1", "--symbol", "MYCOIN")
    refused(other, "MYCOIN is taken for equity at XNYS: --asset-class says otherwise")
    refused(
        flask("robots", "backtest", "ma_cross", "--bars", f"MYCOIN={path}"),
        "MYCOIN is taken for a share; what trades around the clock is named like BTC/USD",
    )
