"""Holds the service's key levels against a second computation on every session of real minutes.

The prices come into an empty store by the same import as anybody's, the levels out of it by
`market.service.read_levels`, at several instants of each session, once with minutes alone and once
with days kept, too. Writes docs/levels-report.md.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from datetime import time as clock_time
from typing import Any, NamedTuple

from scripts.console import Refusal, run_main, say
from scripts.levels_second import (
    NEW_YORK,
    Source,
    read_days,
    read_minutes,
    second_levels,
)
from scripts.settings import ROOT

DATA = ROOT.parent / "shared" / "data" / "market"
REPORT = ROOT / "docs" / "levels-report.md"
CENT = 0.01
STOCKS = ("SPY", "IBM", "BAC", "AIG")
PAIRS = ("BTCUSD", "ETHUSD", "LTCUSD", "BTCEUR")
WALL = (clock_time(9), clock_time(9, 45), clock_time(10, 30), clock_time(13), clock_time(16))
UTC_WALL = (clock_time(0, 20), clock_time(6), clock_time(12), clock_time(18), clock_time(23, 59))


class Claim(NamedTuple):
    """One level of one symbol at one instant, by both computations."""

    symbol: str
    at: datetime
    name: str
    ours: float | None
    theirs: float | None

    @property
    def day(self) -> date:
        """The day on the wall where it is traded."""
        return self.at.astimezone(UTC if "/" in self.symbol else NEW_YORK).date()

    @property
    def distance(self) -> float:
        """How far they are from each other; without end where only one has an answer."""
        if self.ours is None or self.theirs is None:
            return 0.0 if self.ours is self.theirs else float("inf")
        return abs(self.ours - self.theirs)


class Reading(NamedTuple):
    """How long the service took for all levels of a symbol at an instant."""

    symbol: str
    seconds: float
    second: float
    """What the second computation took."""


def main() -> None:
    """Compare, write the report, and fail where a level is more than a cent away."""
    if not DATA.is_dir():
        say(f"0 claims: there is no {DATA.relative_to(ROOT.parent)} beside the project")
        return
    claims: list[Claim] = []
    readings: list[Reading] = []
    for with_days in (False, True):
        for found, reading in compare((*STOCKS, "SPX", *PAIRS), with_days=with_days):
            claims += found
            readings.append(reading)
    wrong = [claim for claim in claims if not claim.distance <= CENT]
    REPORT.write_text(report(claims, readings), encoding="utf-8")
    say(f"{len(claims)} claims, {len(claims) - len(wrong)} within a cent; {REPORT.name} written")
    for claim in wrong[:20]:
        say(
            f"  {claim.symbol} {claim.at:%Y-%m-%d %H:%M} {claim.name}: {claim.ours}, {claim.theirs}"
        )
    if wrong:
        message = f"{len(wrong)} levels are more than a cent away"
        raise Refusal(message)


def compare(names: Sequence[str], *, with_days: bool) -> Iterator[tuple[list[Claim], Reading]]:
    """Give the claims of each symbol and instant."""
    from app import create_app

    with tempfile.TemporaryDirectory(prefix="trp-levels-") as folder:
        app = create_app({"DATA_DIR": folder, "REDIS_URL": "redis://127.0.0.1:1/0"})
        # Nothing is kept between two readings: each is a cold one.
        app.extensions["cache_silent_until"] = float("inf")
        with app.app_context():
            _migrate()
            trading_days = sorted(read_days(DATA / "daily" / "SPY.csv"))
            for name in names:
                source = _source(name, trading_days, with_days=with_days)
                symbol = _import(name, with_days=bool(source.days))
                for at in _instants(source):
                    yield _compare(symbol, source, at)


def _migrate() -> None:
    from alembic import command

    from app.core.cli import alembic_config

    command.upgrade(alembic_config(), "head")


def _source(name: str, trading_days: list[date], *, with_days: bool) -> Source:
    daily = DATA / "daily" / f"{name}.csv"
    days = read_days(daily) if with_days and daily.is_file() else {}
    minutes = read_minutes(DATA / "minute" / f"{name}.csv")
    return Source(minutes, days, [] if name in PAIRS else trading_days, is_index=name == "SPX")


def _import(name: str, *, with_days: bool) -> str:
    """Bring the prices of a symbol into the store; return how it is called there."""
    from app.market import service as market

    symbol = f"{name[:3]}/{name[3:]}" if name in PAIRS else name
    facts: dict[str, Any] = {"currency": None, "venue": None}
    facts["asset_class"] = "index" if name == "SPX" else None
    kinds = [("minute", "M1"), ("daily", "D1")] if with_days else [("minute", "M1")]
    for folder, timeframe in kinds:
        with (DATA / folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
            target = market.Target(symbol=symbol, timeframe=timeframe, **facts)
            _, result = market.import_file(lines, target, skip_bad=True)
        if result is None:
            message = f"{name} {timeframe} could not be brought in"
            raise Refusal(message)
    return symbol


def _instants(source: Source) -> Iterator[datetime]:
    zone = NEW_YORK if source.trading_days else UTC
    days = sorted({bar.at.astimezone(zone).date() for bar in source.minutes})
    for day in days:
        for at in WALL if source.trading_days else UTC_WALL:
            yield datetime.combine(day, at, zone).astimezone(UTC)


def _compare(symbol: str, source: Source, at: datetime) -> tuple[list[Claim], Reading]:
    from app.market import service as market

    started = time.process_time()
    levels = market.read_levels(symbol, at=at).levels
    read = time.process_time()
    second = second_levels(source, at)
    reading = Reading(symbol, read - started, time.process_time() - read)
    if set(second) != set(levels):
        message = f"only one of the two knows {sorted(set(second) ^ set(levels))}"
        raise Refusal(message)
    claims = [
        Claim(symbol, at, name, levels[name].price, None if value is None else float(value))
        for name, value in second.items()
    ]
    return claims, reading


# --- The report ---


def report(claims: list[Claim], readings: list[Reading]) -> str:
    """Return the report as Markdown."""
    priced = [claim for claim in claims if claim.theirs is not None]
    right = sum(1 for claim in claims if claim.distance <= CENT)
    sessions = {(claim.symbol, claim.day) for claim in claims}
    lines = [
        "# Levels report",
        "",
        "Written by `make levels-report`. The service's key levels (`market.service.read_levels`, from the store, without Redis) against a second computation (`scripts/levels_second.py`): plain Python over the rows of the files, decimals, hours by zoneinfo, trading days from a file of daily prices, TA-Lib for ATR and the weekly means. Formulas: [metrics.md](metrics.md#levels).",
        "",
        f"**{len(claims):,} claims, {right:,} within a cent ({100 * right / len(claims):.2f} %).** {len(priced):,} are prices; of the other {len(claims) - len(priced):,} both say that there is none. {len(sessions)} sessions, five instants each (before the opening, in and after the opening range, at noon, at the close), once with minutes alone and once with days kept, too.",
        "",
        "## By level",
        "",
        "| level | prices | without a price | within a cent | largest distance |",
        "|---|---|---|---|---|",
    ]
    names = list(dict.fromkeys(claim.name for claim in claims))
    lines += [_row(name, [claim for claim in claims if claim.name == name]) for name in names]
    lines += ["", "## By symbol, and the time", ""]
    lines += [
        "All levels of a symbol at an instant, nothing kept from before, CPU time of the process.",
        "",
        "| symbol | prices within a cent | readings | median | 95 % | slowest | second computation, median |",
        "|---|---|---|---|---|---|---|",
    ]
    for symbol in dict.fromkeys(claim.symbol for claim in claims):
        lines.append(
            _symbol_row(
                symbol,
                [claim for claim in priced if claim.symbol == symbol],
                [each for each in readings if each.symbol == symbol],
            )
        )
    return "\n".join([*lines, "", *LEFT_OUT, ""])


def _row(name: str, claims: list[Claim]) -> str:
    priced = [claim for claim in claims if claim.theirs is not None]
    right = sum(1 for claim in claims if claim.distance <= CENT)
    largest = f"{max(claim.distance for claim in claims):.1e}" if priced else "-"
    return f"| `{name}` | {len(priced)} | {len(claims) - len(priced)} | {right} | {largest} |"


def _symbol_row(symbol: str, claims: list[Claim], readings: list[Reading]) -> str:
    right = sum(1 for claim in claims if claim.distance <= CENT)
    spent = sorted(1e3 * each.seconds for each in readings)
    late = spent[min(len(spent) - 1, int(0.95 * len(spent)))]
    second = statistics.median(1e3 * each.second for each in readings)
    return (
        f"| {symbol} | {right} of {len(claims)} | {len(spent)} | {statistics.median(spent):.0f} ms "
        f"| {late:.0f} ms | {spent[-1]:.0f} ms | {second:.0f} ms |"
    )


LEFT_OUT = [
    "## What it does not show",
    "",
    "- **TradingView's screens.** There is no licensed way to read its numbers by program, and no feed of SPX or NDX here that both would see; a comparison with a screen compares feeds as well as formulas. Whoever has both opens the same session of the same symbol there (indicators Pivot Points Standard, type Traditional or Floor; VWAP, anchored to the session) and here at `/api/levels/{symbol}?at=…`.",
    "- The real minutes hold no holiday, half day or change of the clocks, no split and no corrected bar: those are in the tests (`tests/unit/quant/test_levels.py`, `tests/integration/test_levels_api.py`).",
    "- The minutes of SPX are two sessions with others between them, so its day before is told as missing, as it should be.",
]


if __name__ == "__main__":
    run_main(main)
