"""What the author of a robot is told before anybody else runs it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from app.core.i18n import gettext
from app.robots.errors import PluginError
from app.robots.host.parent import RobotFault
from app.robots.schemas import RobotPlugin
from app.robots.service.plugins import described, read_folder

if TYPE_CHECKING:
    from app.quant.bars import BarColumns
    from app.robots.host.simulations import Job, RobotHost

CUTS = 5


class Finding(NamedTuple):
    """What was looked at, and what is wrong with it; None: nothing."""

    what: str
    problem: str | None = None


def check_folder(path: Path, bars: Mapping[str, BarColumns] | None = None) -> Iterator[Finding]:
    """Look at a robot's folder, one thing after the other; the first fault of the files ends it.

    Without `bars` a random walk is made for its symbols, the same each time. Option chains, for
    who needs any, are made by a model.
    """
    yielded, plugin = _read(path.resolve())
    yield from yielded
    if plugin is None:
        return
    from app.robots.host.simulations import RobotHost
    from app.robots.service.samples import sample_bars

    used = sample_bars(plugin) if bars is None else bars
    missing = [symbol for symbol in plugin.metadata.symbols if symbol not in used]
    if missing:
        problem = gettext("there are no bars of %(symbols)s", symbols=", ".join(missing))
        yield Finding("bars", problem)
        return
    with RobotHost() as host:
        yield from _try_out(host, plugin, used)


def _read(path: Path) -> tuple[list[Finding], RobotPlugin | None]:
    found: list[Finding] = []
    try:
        folder = read_folder(path)
        found.append(Finding("metadata.json"))
        plugin = described(folder)
    except PluginError as error:
        return [*found, Finding("robot.py" if found else "folder", error.message)], None
    return [*found, Finding("robot.py, Parameters")], plugin


def _try_out(host: RobotHost, plugin: RobotPlugin, bars: Mapping[str, BarColumns]) -> Any:
    from app.quant.simulation import Terms
    from app.robots.host.simulations import Job
    from app.robots.service.samples import sample_chain

    symbols, chains = plugin.metadata.symbols, None
    if plugin.metadata.needs_chains:
        chains = {symbol: sample_chain(bars[symbol]) for symbol in symbols}
    job = Job(plugin.source, {}, symbols, Terms(cash=1_000_000), chains=chains)
    whole = host.simulate([job], bars)[0]
    yield Finding("runs", told(whole))
    if isinstance(whole, RobotFault):
        return
    count = len(whole.fills)
    nothing = gettext("it traded nothing on these bars: try others with --bars")
    yield Finding(f"trades: {count} fills", None if count else nothing)
    yield Finding("the same twice", _differs_again(job, bars, whole))
    yield Finding("no look ahead", _looks_ahead(host, job, bars))
    yield Finding("goes on where it was cut", _differs_when_cut(host, job, bars, whole))
    yield Finding("the ends of its ranges", _breaks_at_ends(host, plugin, job, bars))


def told(outcome: Any) -> str | None:
    """Return the fault of a run in words; None when it is none."""
    if not isinstance(outcome, RobotFault):
        return None
    return f"{outcome.kind}: {outcome.message}"


def _differs_again(job: Job, bars: Mapping[str, BarColumns], whole: Any) -> str | None:
    from app.robots.host.simulations import RobotHost

    with RobotHost() as fresh:
        again = fresh.simulate([job], bars)[0]
    if again == whole:
        return None
    return gettext("a second run on the same bars did something else: chance without a seed?")


def _cuts(bars: Mapping[str, BarColumns]) -> list[int]:
    """Return some opening times to cut at."""
    longest = max(bars.values(), key=lambda columns: len(columns.opened_at)).opened_at
    step = max(len(longest) // (CUTS + 1), 1)
    return [int(longest[at]) for at in range(step, len(longest), step)][:CUTS]


def _looks_ahead(host: RobotHost, job: Job, bars: Mapping[str, BarColumns]) -> str | None:
    leak = host.look_ahead(job, bars)
    if leak is None or isinstance(leak, RobotFault):
        return told(leak)
    from app.robots.service.backtests import instant

    at = instant(leak.opened_at).isoformat(timespec="minutes")
    if leak.fault == "later_bars":
        return gettext(
            "%(way)s: at %(at)s it decided otherwise when the bars after it were taken away",
            way=leak.way,
            at=at,
        )
    if leak.fault == "earlier_run":
        return gettext(
            "%(way)s: at %(at)s it decided otherwise after a run that it had made before",
            way=leak.way,
            at=at,
        )
    return gettext(
        "%(way)s: at %(at)s it raised when the bars after it were taken away", way=leak.way, at=at
    )


def _differs_when_cut(
    host: RobotHost, job: Job, bars: Mapping[str, BarColumns], whole: Any
) -> str | None:
    fills: list[Any] = []
    state = None
    for until in [*(cut - 1 for cut in _cuts(bars)), None]:
        step = host.simulate([job._replace(state=state, until=until)], bars)[0]
        if isinstance(step, RobotFault):
            return told(step)
        fills += step.fills
        state = json.loads(json.dumps(step.state))
    if fills == whole.fills:
        return None
    return gettext(
        "cut and gone on with, it traded otherwise: what it must remember belongs into book.memory"
    )


def _breaks_at_ends(
    host: RobotHost, plugin: RobotPlugin, job: Job, bars: Mapping[str, BarColumns]
) -> str | None:
    for name, facts in plugin.parameters_schema.get("properties", {}).items():
        for end in ("minimum", "maximum"):
            if end not in facts:
                continue
            outcome = host.simulate([job._replace(parameters={name: facts[end]})], bars)[0]
            problem = told(outcome)
            if problem and "must be smaller than" not in problem:
                return f"{name}={facts[end]}: {problem}"
    return None
