"""Parameter searches as jobs and as a command: done, cut, cancelled, limited."""

import itertools
import json
import random
import statistics

import pytest

from app.core.db import db
from app.core.errors import ValidationError
from app.core.outbox import OutboxRow
from app.core.parse import parse
from app.ledger import service as ledger
from app.ledger.models import LedgerEvent
from app.robots import service
from app.robots.errors import ParameterError
from app.robots.models import RobotRunFile, RobotRunTry
from app.robots.schemas.running import RunIn
from app.robots.service import searching, tries, work
from tests.cuts import run_forked
from tests.factories.searches import TRIED, bars, pairs_of


def test_a_search_tells_every_try_and_keeps_the_best_as_a_backtest(engine_app, search):
    user_id, run_id = search()
    work.run_search_job(run_id)
    found = service.get_run(user_id, run_id)
    assert (found.state, found.progress, found.error) == ("done", 1.0, None)
    result = found.result
    assert pairs_of(result.tries) == TRIED
    assert result.try_count == len(TRIED)
    best = max(result.tries, key=lambda each: each.sharpe_ratio)
    assert found.parameters == best.parameters
    assert found.parameters["short"] is True
    # Tries are compared over no interest: one share of the cash earns less than it.
    assert result.metrics.sharpe_ratio < best.sharpe_ratio
    assert result.metrics.trade_count == best.trade_count == len(result.trades)
    assert 0 <= result.metrics.deflated_sharpe <= 1
    assert ledger.get_account(user_id, found.account_id).robot_version == result.version
    assert db.session.query(RobotRunFile).count() == 0
    assert ledger.verify() is None


def test_the_best_of_a_search_is_what_a_backtest_with_its_parameters_gives(app, search):
    user_id, run_id = search()
    work.run_search_job(run_id)
    found = service.get_run(user_id, run_id)
    asked = RunIn(plugin_id="ma_cross", files={"SWING": bars()}, parameters=found.parameters)
    again = service.start_run(user_id, asked)
    work.run_backtest_job(again.id)
    alone = service.get_run(user_id, again.id)
    assert alone.result.trades == found.result.trades
    assert alone.result.version == found.result.version
    assert alone.account_id == found.account_id


def test_each_window_is_chosen_before_and_judged_after(app, search):
    user_id, run_id = search()
    work.run_search_job(run_id)
    result = service.get_run(user_id, run_id).result
    days = [day.session for day in result.days]
    spans = [(fold.from_at.date(), fold.to_at.date()) for fold in result.folds]
    assert spans == [(days[100], days[149]), (days[150], days[199])]
    # The best of all is chosen in a window too: there its own equity is at hand.
    values = [10_000.0, *(float(day.equity) for day in result.days)]
    returns = [after / before - 1 for before, after in itertools.pairwise(values)]
    own = [fold for fold in result.folds if fold.parameters == result_parameters(result)]
    for fold in own:
        first = days.index(fold.from_at.date())
        part = returns[first : first + 50]
        ratio = statistics.fmean(part) / statistics.stdev(part) * 252**0.5
        assert fold.sharpe_after == pytest.approx(ratio, rel=1e-9)
    assert own


def result_parameters(result):
    return max(result.tries, key=lambda each: each.sharpe_ratio).parameters


def test_a_window_does_not_change_with_the_bars_after_it(app, search):
    user_id, run_id = search()
    work.run_search_job(run_id)
    whole = service.get_run(user_id, run_id).result.folds[0]
    rows = bars().splitlines()
    # The same first three quarters, and another end.
    head, tail = rows[:151], [row.split(",") for row in rows[151:]]
    other = [f"{row[0]},50,90,40,{50 + at % 7 * 5},1000" for at, row in enumerate(tail)]
    user_id, other_id = search("\n".join([*head, *other]))
    work.run_search_job(other_id)
    fold = service.get_run(user_id, other_id).result.folds[0]
    assert fold == whole


@pytest.mark.parametrize(
    ("grid", "parameters", "field", "words"),
    [
        ({"fast": list(range(1, 31)), "slow": list(range(40, 60))}, {}, "search/grid", "600"),
        ({"fast": [5, 0]}, {}, "search/grid/fast", "fast=0"),
        ({"fast": ["many"]}, {}, "search/grid/fast", "fast=many"),
        ({"colour": ["red"]}, {}, "search/grid/colour", "no setting colour"),
        ({"fast": [50, 60], "slow": [20, 30]}, {}, "search/grid", "none of these"),
        ({"fast": [5]}, {"slow": 0}, "parameters/slow", "slow=0"),
    ],
)
def test_what_cannot_be_tried_is_told_by_its_field(app, search, grid, parameters, field, words):
    with pytest.raises(ValidationError, match=words) as told:
        search(grid=grid, parameters=parameters)
    assert told.value.field == field
    assert db.session.query(OutboxRow).filter_by(name="robots.run_search").count() == 0


def test_values_that_come_to_the_same_are_tried_once(app):
    found = tries.tries_of("ma_cross", {"slow": 30}, {"fast": [5, "5", 7]})
    assert [each.parameters["fast"] for each in found] == [5, 7]
    with pytest.raises(ParameterError, match="fast=5"):
        tries.tries_of("ma_cross", {}, {"fast": [5.5]})


def test_too_few_bars_for_a_ratio_are_told(app, search):
    user_id, run_id = search("\n".join(bars().splitlines()[:15]))
    work.run_search_job(run_id)
    found = service.get_run(user_id, run_id)
    assert (found.state, found.account_id) == ("failed", None)
    assert "20 sessions" in found.error


def test_a_cancelled_search_ends_at_its_next_word(app, search, monkeypatch):
    user_id, run_id = search()
    monkeypatch.setattr(work, "STEP_SECONDS", 0)
    said = []
    report = work.Reporter.__call__

    def cancel(self, done):
        said.append(done)
        service.cancel_run(user_id, run_id)
        report(self, done)

    monkeypatch.setattr(work.Reporter, "__call__", cancel)
    work.run_search_job(run_id)
    found = service.get_run(user_id, run_id)
    assert (found.state, found.result, len(said)) == ("cancelled", None, 1)
    assert db.session.query(LedgerEvent).count() == 0


def test_progress_never_goes_back_and_ends_before_the_record(app, search, monkeypatch):
    _, run_id = search()
    said = []
    monkeypatch.setattr(work.Reporter, "__call__", lambda _, done: said.append(done))
    work.run_search_job(run_id)
    assert said == sorted(said)
    assert len(set(said)) >= len(TRIED)
    assert said[-1] == work.RECORDING


def test_a_search_that_was_cut_goes_on_with_the_tries_that_are_left(
    engine_app, search, monkeypatch
):
    user_id, run_id = search()
    monkeypatch.setattr(work, "STEP_SECONDS", 0)
    done, once = [], searching._try

    class CutError(BaseException):
        pass

    def cut(plan, *rest):
        if len(done) == 2:
            raise CutError
        done.append(plan.chosen.parameters["slow"])
        return once(plan, *rest)

    monkeypatch.setattr(searching, "_try", cut)
    with pytest.raises(CutError):
        work.run_search_job(run_id)
    db.session.rollback()
    assert db.session.query(RobotRunTry).count() == 2
    again = []
    monkeypatch.setattr(searching, "_try", lambda *given: again.append(1) or once(*given))
    work.run_search_job(run_id)
    found = service.get_run(user_id, run_id)
    assert (len(again), len(found.result.tries)) == (2, 4)
    assert db.session.query(RobotRunTry).count() == 0
    # What was kept says the same as what is done in one go.
    monkeypatch.setattr(searching, "_try", once)
    _, other = search()
    work.run_search_job(other)
    whole = service.get_run(user_id, other).result
    assert found.result.tries == whole.tries
    assert found.result.folds == whole.folds
    assert found.result.metrics == whole.metrics


def test_tries_of_other_bars_are_not_taken(app, search, monkeypatch):
    _, run_id = search()
    monkeypatch.setattr(work, "STEP_SECONDS", 0)
    asked = []

    class Empty(work.TryShelf):
        def find(self, key):
            asked.append(key)
            return super().find(key)

    monkeypatch.setattr(work, "TryShelf", Empty)
    work.run_search_job(run_id)
    _, other = search(bars(190))
    work.run_search_job(other)
    assert len(set(asked)) == 8


@pytest.mark.parametrize(
    ("grid", "pointer"),
    [
        ({f"p{number}": [1] for number in range(6)}, "/search/grid"),
        ({"fast": list(range(51))}, "/search/grid/fast"),
        ({"fast": []}, "/search/grid/fast"),
    ],
)
def test_too_many_parameters_or_values_are_told_by_their_field(app, grid, pointer):
    given = {
        "plugin_id": "ma_cross",
        "kind": "search",
        "symbols": ["SPY"],
        "search": {"grid": grid},
    }
    with pytest.raises(ValidationError) as told:
        parse(RunIn, given)
    assert [fault["pointer"] for fault in told.value.details["errors"]] == [pointer]


@pytest.mark.faults
def test_a_search_that_is_killed_anywhere_is_there_once(house, search):
    user_id, run_id = search()
    chance, killed = random.Random(11), 0
    for _ in range(3):
        at = chance.randint(1, 40_000)
        killed += run_forked(lambda: work.run_search_job(run_id), at=at) is None
    work.run_search_job(run_id)
    found = service.get_run(user_id, run_id)
    assert killed
    assert (found.state, found.result.try_count) == ("done", len(TRIED))
    kept = db.session.query(LedgerEvent.external_id).filter_by(
        account_id=found.account_id, kind="fill"
    )
    names = sorted(int(name[1:]) for (name,) in kept)
    assert names == list(range(1, len(names) + 1))


@pytest.fixture
def command(app, tmp_path):
    path = tmp_path / "swing.csv"
    path.write_text(bars())

    def run(*options):
        asked = ["robots", "search", "ma_cross", "--bars", str(path), *options]
        return app.test_cli_runner().invoke(args=asked)

    return run


def test_the_command_prints_tries_windows_and_the_best(command):
    given = ("--param", "fast=2,3,5", "--param", "slow=3,8", "--param", "short=true")
    outcome = command(*given, "--windows", "2")
    assert outcome.exit_code == 0, outcome.output
    assert "The best of 4 tries" in outcome.output
    assert "Walked forward in 2 windows" in outcome.output
    found = json.loads(command(*given, "--windows", "2", "--json").output)
    assert found["try_count"] == len(found["tries"]) == 4
    assert found["parameters"] == max(found["tries"], key=lambda t: t["sharpe_ratio"])["parameters"]
    assert {"sharpe_before", "sharpe_after"} <= set(found["folds"][0])
    assert found["metrics"]["deflated_sharpe"] is not None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--param", "fast=5"], "several values"),
        (["--param", "fast=5,x"], "fast=x"),
        (["--param", "fast=" + ",".join(map(str, range(1, 600)))], "at most 500"),
        (["--param", "fast=5,6", "--windows", "1"], "--windows"),
        (["--param", "fast=2,3", "--owner", "nobody@example.test"], "There is no user"),
    ],
)
def test_wrong_options_of_a_search_are_told(command, options, words):
    outcome = command(*options)
    assert outcome.exit_code == 2
    assert words in outcome.output
