"""What holds for every robot: one that cheats, forgets or hangs on the place of a cut fails."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from app.quant.robot import Robot
from app.quant.simulation import Costs, Simulation, Terms, history_bars
from app.quant.simulation.lookahead import check_on_bar, check_signals
from app.robots.host.child.loading import NoRobotError
from app.robots.host.simulations import Job, RobotHost
from app.robots.rules.parameters import model_of
from app.robots.service.plugins import read_folder
from tests.factories.robot_bars import cut
from tests.factories.robots import BUILTIN, load_robot, sample, sample_chains

ALL = sorted(path.name for path in BUILTIN.iterdir() if path.is_dir() and path.name[0] != "_")
COSTS = Costs(
    commission_per_order=0.5, spread_ratio=0.0004, slippage_ratio=0.0001, borrow_rate=0.02
)
TERMS = {
    "plain": Terms(cash=100_000),
    "costs": Terms(cash=100_000, costs=COSTS),
    "thin": Terms(cash=100_000, margin_ratio=0.5, costs=Costs(volume_share=0.05)),
}


def run(robot_id, terms=TERMS["plain"], *, bars=None, state=None, **parameters):
    symbols, made, usual = sample(robot_id)
    robot = load_robot(robot_id, symbols, **{**usual, **parameters})
    used = made if bars is None else bars
    chains = sample_chains(robot_id, made)
    return Simulation(robot, terms, state, chains=chains).run(used)


def test_there_are_fifteen_and_each_kind_of_strategy():
    assert len(ALL) >= 15
    kinds = {read_folder(BUILTIN / name).metadata.strategy for name in ALL}
    assert kinds == {
        "trend", "reversion", "breakout", "pairs", "arbitrage", "market_making", "options", "null",
    }  # fmt: skip


@pytest.mark.parametrize("robot_id", ALL)
def test_it_says_where_the_idea_comes_from_and_what_its_parameters_are(robot_id):
    folder = read_folder(BUILTIN / robot_id)
    document = folder.source.split('"""')[1]
    assert re.search(r"\b(19|20)\d\d\b", document), "no source with its year"
    robot = load_robot(robot_id)
    schema = type(robot.parameters).model_json_schema()
    assert len(model_of(schema).model_fields) >= 2
    for name, facts in schema["properties"].items():
        assert facts["title"].lower() != name.replace("_", " "), f"{name} has no title of its own"
    assert len(folder.source.splitlines()) <= 120


@pytest.mark.parametrize("robot_id", ALL)
def test_it_trades_in_and_out(robot_id):
    step = run(robot_id)
    assert len(step.fills) >= 2
    assert {fill.side for fill in step.fills} == {"buy", "sell"}


@pytest.mark.parametrize("robot_id", ALL)
def test_the_look_ahead_check_finds_nothing(robot_id):
    symbols, bars, parameters = sample(robot_id)

    def make():
        return load_robot(robot_id, symbols, **parameters)

    chains = sample_chains(robot_id, bars)
    assert check_on_bar(lambda: make, bars, TERMS["costs"], chains=chains) is None
    if type(make()).signals is not Robot.signals:
        assert check_signals(lambda: make, bars[symbols[0]]) is None


def chains_until(robot_id, bars, end):
    """Return the chains that are there when the last bar of a part closes."""
    chains = sample_chains(robot_id, bars)
    if chains is None:
        return None
    return {
        symbol: each.until(int(bars[symbol].closed_at[end - 1])) for symbol, each in chains.items()
    }


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("robot_id", ALL)
def test_paper_equals_backtest_wherever_it_is_cut(robot_id, terms):
    """Each part sees only its own bars, the state as JSON, and the history that it asks for."""
    whole = run(robot_id, TERMS[terms])
    symbols, bars, parameters = sample(robot_id)
    count = max(len(each.close) for each in bars.values())
    ends = sorted(
        np.random.default_rng(len(robot_id)).choice(np.arange(1, count), 9, replace=False)
    )
    fills, state, start = [], None, 0
    for end in [*ends, count]:
        robot = load_robot(robot_id, symbols, **parameters)
        begin = 0 if state is None else max(start - history_bars(robot), 0)
        part = {symbol: cut(each, begin, end) for symbol, each in bars.items()}
        step = Simulation(robot, TERMS[terms], state, chains=chains_until(robot_id, bars, end)).run(
            part
        )
        fills += step.fills
        state, start = json.loads(json.dumps(step.state)), end
    assert fills == whole.fills
    assert state["cash"] == whole.state["cash"]
    assert state["holdings"] == json.loads(json.dumps(whole.state["holdings"]))
    assert state["memory"] == whole.state["memory"]


@pytest.mark.parametrize("robot_id", ALL)
def test_what_it_decides_does_not_depend_on_what_comes_later(robot_id):
    """The bars after a cut are replaced by others: everything before stays as it was."""
    _, bars, _ = sample(robot_id)
    whole = run(robot_id)
    count = max(len(each.close) for each in bars.values())
    for end in range(count // 5, count, count // 5):
        other = {
            symbol: each._replace(
                **{
                    name: np.concatenate(
                        (getattr(each, name)[:end], getattr(each, name)[end:] * 1.7)
                    )
                    for name in ("open", "high", "low", "close", "volume")
                }
            )
            for symbol, each in bars.items()
        }
        limit = min(int(each.opened_at[end]) for each in bars.values())
        before = [fill for fill in whole.fills if fill.bar_opened_at < limit]
        found = [fill for fill in run(robot_id, bars=other).fills if fill.bar_opened_at < limit]
        assert found == before


@pytest.mark.parametrize("robot_id", ALL)
def test_its_decisions_at_once_do_not_look_ahead_either(robot_id):
    symbols, bars, parameters = sample(robot_id)
    robot = load_robot(robot_id, symbols, **parameters)
    if type(robot).signals is Robot.signals:
        with pytest.raises(NotImplementedError):
            robot.signals(None)
        return
    own = bars[symbols[0]]
    whole = robot.signals(own)
    for end in range(1, len(own.close), 37):
        assert np.array_equal(robot.signals(cut(own, 0, end)), whole[:end])


@pytest.mark.parametrize("robot_id", ALL)
def test_the_ends_of_its_ranges_do_not_break_it(robot_id):
    """Each parameter at its least and its most, the others as they are."""
    symbols, bars, usual = sample(robot_id)
    schema = type(load_robot(robot_id)).Parameters.model_json_schema()
    short = {symbol: cut(each, 0, 260) for symbol, each in bars.items()}
    refused = {}
    for name, facts in schema["properties"].items():
        for end in ("minimum", "maximum"):
            if end not in facts:
                continue
            try:
                robot = load_robot(robot_id, symbols, **{**usual, name: facts[end]})
            except NoRobotError as error:
                refused[name] = str(error)
                continue
            chains = sample_chains(robot_id, short)
            Simulation(robot, TERMS["costs"], chains=chains).run(short)
    assert all("must be smaller than" in reason for reason in refused.values())


def test_the_host_gives_the_same_steps_for_all_of_them():
    jobs, bars = [], {}
    for robot_id in ALL:
        symbols, made, parameters = sample(robot_id)
        chains = sample_chains(robot_id, made)
        # Options are named after their underlying, so these keep their names.
        named = tuple(symbol if chains else f"{robot_id}.{symbol}" for symbol in symbols)
        bars |= dict(zip(named, made.values(), strict=True))
        source = (BUILTIN / robot_id / "robot.py").read_text()
        jobs.append(Job(source, parameters, named, TERMS["costs"], is_trusted=True, chains=chains))
    with RobotHost() as host:
        ours = host.simulate(jobs, bars)
        theirs = host.simulate([job._replace(is_trusted=False) for job in jobs], bars)
    assert ours == theirs
    for robot_id, job, step in zip(ALL, jobs, ours, strict=True):
        here = load_robot(robot_id, job.symbols, **job.parameters)
        assert step.fills == Simulation(here, TERMS["costs"], chains=job.chains).run(bars).fills
