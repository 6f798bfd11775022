"""Commands of the market: bring bars in, look at what there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, get_args

import click
import orjson
from flask import Flask
from flask.cli import AppGroup

from app.core import clock
from app.core.db import transaction
from app.core.errors import AppError
from app.core.parse import parse
from app.market import service
from app.market.rules.macro import KINDS as MACRO_KINDS
from app.market.rules.macro import Kind
from app.market.schemas import BarFile, FileGap, StoreResult
from app.market.schemas.levels import LevelsQuery
from app.market.schemas.reading import Timeframe
from app.market.service.actions import KINDS
from app.market.service.bars import STORED

market = AppGroup("market", help="Bars, splits and option chains.")
SHOWN_ROWS = 20


class UnusableError(click.ClickException):
    """Nothing was written; the command exits with 2."""

    exit_code = 2


def register(app: Flask) -> None:
    """Attach the commands."""
    app.cli.add_command(market)


@market.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--symbol", help="What the bars are of; the file's name by default.")
@click.option("--timeframe", type=click.Choice(STORED), required=True, help="Minutes or days.")
@click.option("--asset-class", type=click.Choice(service.ASSET_CLASSES), help="By form otherwise.")
@click.option("--venue", type=click.Choice(service.VENUES), help="By asset class otherwise.")
@click.option("--currency", type=click.Choice(sorted(service.CURRENCIES)), help="Of the prices.")
@click.option("--skip-bad", is_flag=True, help="Keep the good rows of a file with bad ones.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_bars(
    file: Path, symbol: str | None, *, skip_bad: bool, as_json: bool, **given: Any
) -> None:
    """Bring the bars of FILE (CSV) into the store. Running it again changes nothing.

    Columns: opened_at (or session, for D1), open, high, low, close, volume. Exits 0 when all rows
    are in, 1 when --skip-bad left some out, 2 when nothing was written.
    """
    target = service.Target(symbol=(symbol or file.stem).strip().upper(), **given)
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            found, result = service.import_file(lines, target, skip_bad=skip_bad)
    except UnicodeDecodeError as error:
        raise UnusableError(f"{file.name}: is not text in UTF-8. Nothing was written.") from error
    except AppError as error:
        raise UnusableError(error.message) from error
    if as_json:
        click.echo(orjson.dumps(_report(target, found, result), option=orjson.OPT_INDENT_2))
    else:
        _print(target, found, result)
    if result is None:
        raise SystemExit(2)
    if found.fault_count:
        raise SystemExit(1)


def _report(target: service.Target, file: BarFile, result: StoreResult | None) -> dict[str, Any]:
    return {
        "symbol": target.symbol,
        "timeframe": target.timeframe,
        "written": result.model_dump() if result else None,
        "refused": file.fault_count,
        "faults": [fault._asdict() for fault in file.faults],
        "missing": sum(gap.missing for gap in file.gaps),
        "gaps": [
            {
                "row": gap.row,
                "after": service.instant(gap.after).isoformat(),
                "before": service.instant(gap.before).isoformat(),
                "missing": gap.missing,
                "sessions": gap.sessions,
            }
            for gap in file.gaps
        ],
    }


def _print(target: service.Target, file: BarFile, result: StoreResult | None) -> None:
    for fault in file.faults[:SHOWN_ROWS]:
        click.echo(str(fault))
    if file.fault_count > SHOWN_ROWS:
        click.echo(f"... and {file.fault_count - SHOWN_ROWS} more bad rows (see --json)")
    longest = sorted(file.gaps, key=lambda gap: (-gap.missing, gap.row))[:SHOWN_ROWS]
    for gap in sorted(longest):
        click.echo(_gap_line(gap))
    if len(file.gaps) > SHOWN_ROWS:
        click.echo(f"... and {len(file.gaps) - SHOWN_ROWS} shorter gaps (see --json)")
    name = f"{target.symbol} {target.timeframe}"
    missing = sum(gap.missing for gap in file.gaps)
    if result is None:
        click.echo(f"{name}: {file.fault_count} bad rows. Nothing was written (see --skip-bad).")
        _print_assumed(target, file)
        return
    click.echo(
        f"{name}: {result.created} created, {result.same} same, {result.corrected} corrected, "
        f"{file.fault_count} refused; {len(file.gaps)} gaps, {missing} bars without a row"
    )


def _print_assumed(target: service.Target, file: BarFile) -> None:
    """Say as what a symbol was read, where the times of its bars are wrong and nobody told it."""
    taken = service.describe_all([target.symbol])[target.symbol]
    is_time = any(fault.field == "opened_at" for fault in file.faults)
    if is_time and taken.is_assumed and target.asset_class is None:
        click.echo(
            f"{target.symbol} is taken for {taken.asset_class} at {taken.venue}: "
            "--asset-class says otherwise, and pairs are named like BTC/USD"
        )


def _gap_line(gap: FileGap) -> str:
    after, before = service.instant(gap.after), service.instant(gap.before)
    return f"row {gap.row}: {gap.missing} missing from {after:%Y-%m-%d %H:%M} to {before:%Y-%m-%d %H:%M} UTC"


@market.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_bars(*, as_json: bool) -> None:
    """Print what bars there are: symbol, timeframe, from, to, how many, and what is missing."""
    rows = []
    for each in service.list_series():
        gaps = service.find_gaps(each.symbol, each.asset_class, each.timeframe)
        missing = sum(gap.missing for gap in gaps)
        rows.append({**each.model_dump(mode="json"), "gaps": len(gaps), "missing": missing})
    if as_json:
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    if not rows:
        click.echo("No bars yet: flask market import FILE --symbol SPY --timeframe M1")
    for row in rows:
        click.echo(
            f"{row['symbol']:<12}{row['asset_class']:<8}{row['timeframe']:<4}"
            f"{row['first_at'][:16]}  {row['newest_at'][:16]}  {row['bar_count']:>9} bars, "
            f"{row['gaps']} gaps ({row['missing']} missing)"
        )


@market.command("action")
@click.argument("symbol")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("value")
@click.argument("session", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--asset-class", type=click.Choice(service.ASSET_CLASSES), help="By form otherwise.")
def record_action(
    symbol: str, kind: str, value: str, session: datetime, asset_class: str | None
) -> None:
    """Keep a split (VALUE new shares for one old) or a dividend (VALUE money a share).

    SESSION is the first one that trades without it. Bars before it are adjusted when they are
    read; what was reported stays as it is.
    """
    name = symbol.strip().upper()
    try:
        with transaction():
            instrument = service.get_instrument(name, asset_class=asset_class)
            is_new = service.record_action(
                instrument, kind, _decimal(value), session.date(), "command"
            )
    except AppError as error:
        raise UnusableError(error.message) from error
    click.echo(f"{name}: {kind} {value} on {session:%Y-%m-%d} {'kept' if is_new else 'known'}")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


@market.command("import-chain")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--underlying", required=True, help="Symbol of what the options are on.")
@click.option("--session", "--date", required=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option(
    "--time",
    "moment",
    type=click.DateTime(["%H:%M", "%H:%M:%S"]),
    help="UTC time of the day at which it was quoted; the session's close otherwise.",
)
@click.option("--skip-bad", is_flag=True, help="Keep the good rows of a file with bad ones.")
def import_chain(
    file: Path, underlying: str, session: datetime, moment: datetime | None, *, skip_bad: bool
) -> None:
    """Bring the option chain of a session in FILE (CSV) into the store, in place of a former one.

    Columns: expiry, strike, right, and of bid, ask, open, high, low, close, volume, open_interest,
    implied_volatility, delta, gamma, vega, theta, rho those that there are.
    """
    name = underlying.strip().upper()
    at = datetime.combine(session.date(), moment.time(), UTC) if moment else None
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            found, is_taken = service.import_chain(
                lines, name, session.date(), at=at, skip_bad=skip_bad
            )
    except UnicodeDecodeError as error:
        raise UnusableError(f"{file.name}: is not text in UTF-8. Nothing was written.") from error
    except AppError as error:
        raise UnusableError(error.message) from error
    for fault in found.faults[:SHOWN_ROWS]:
        click.echo(str(fault))
    if not is_taken:
        click.echo(f"{len(found.faults)} bad rows. Nothing was written (see --skip-bad).")
        raise SystemExit(2)
    expiries = len({quote.expiry for quote in found.quotes})
    click.echo(
        f"{name} {session:%Y-%m-%d}{f' {at:%H:%M} UTC' if at else ''}: {len(found.quotes)} "
        f"contracts, {expiries} expiries, {len(found.faults)} refused"
    )
    if found.faults:
        raise SystemExit(1)


@market.command("import-macro")
@click.argument("kind", type=click.Choice(MACRO_KINDS))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--skip-bad", is_flag=True, help="Keep the good rows of a file with bad ones.")
def import_macro(kind: Kind, file: Path, *, skip_bad: bool) -> None:
    """Bring the facts of FILE (CSV) into the store; a row that is there is replaced.

    KIND says which columns: calendar (released_at, name, importance, and region, period, unit,
    previous, forecast, actual), rates (as_of, meeting_on, low, high, probability), sectors
    (session, sector, symbol, close; the sector "benchmark" is the whole market), earnings (symbol,
    report_on, period, and company, hour, currency, eps_estimate, eps_actual, revenue_estimate,
    revenue_actual). Exits like `market import`.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            found, told = service.import_macro(kind, lines, skip_bad=skip_bad)
    except UnicodeDecodeError as error:
        raise UnusableError(f"{file.name}: is not text in UTF-8. Nothing was written.") from error
    for fault in found.faults[:SHOWN_ROWS]:
        click.echo(str(fault))
    if told is None:
        click.echo(f"{len(found.faults)} bad rows. Nothing was written (see --skip-bad).")
        raise SystemExit(2)
    click.echo(
        f"{kind}: {told.created} created, {told.same} same, {told.changed} changed, "
        f"{len(found.faults)} refused"
    )
    if found.faults:
        raise SystemExit(1)


@market.command("fetch-chain")
@click.argument("symbol")
def fetch_chain(symbol: str) -> None:
    """Fetch the newest option chain of SYMBOL from the providers and keep it as of this minute."""
    name = symbol.strip().upper()
    try:
        source, count = service.fetch_chain(name)
    except AppError as error:
        raise UnusableError(error.message) from error
    click.echo(f"{name}: {count} contracts from {source}")


@market.command("fill")
@click.argument("symbol")
@click.option("--timeframe", type=click.Choice(STORED), required=True, help="Minutes or days.")
@click.option("--from", "first", required=True, type=click.DateTime(["%Y-%m-%d"]), help="UTC day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="UTC day; today otherwise.")
@click.option("--asset-class", type=click.Choice(service.ASSET_CLASSES), help="By form otherwise.")
def fill(
    symbol: str, timeframe: str, first: datetime, last: datetime | None, asset_class: str | None
) -> None:
    """Fetch the bars of SYMBOL that are missing from the providers whose keys are set."""
    start = first.replace(tzinfo=UTC)
    end = (last.replace(tzinfo=UTC) + timedelta(days=1)) if last else clock.now()
    name = symbol.strip().upper()
    try:
        with transaction():
            instrument = service.get_instrument(name, asset_class=asset_class)
        done = service.fill(instrument, timeframe, start, end)
    except AppError as error:
        raise UnusableError(error.message) from error
    click.echo(
        f"{name} {timeframe} from {', '.join(done.sources) or 'nobody'}: {done.created} created, "
        f"{done.same} same, {done.corrected} corrected, {done.dropped} dropped"
    )


@market.command("levels")
@click.argument("symbol")
@click.option("--at", help="As they were known at an instant such as 2026-01-30T15:00:00Z.")
@click.option("--timeframe", type=click.Choice(get_args(Timeframe)), default="M5")
@click.option("--asset-class", type=click.Choice(service.ASSET_CLASSES), help="By form otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print what the API answers.")
def levels(symbol: str, *, as_json: bool, **given: Any) -> None:
    """Print the key levels of SYMBOL: price, and the bars that each came from."""
    try:
        asked = parse(LevelsQuery, {key: value for key, value in given.items() if value})
        found = service.read_levels(
            symbol.strip().upper(), asked.asset_class, asked.timeframe, asked.at
        )
    except AppError as error:
        raise click.ClickException(error.message) from error
    if as_json:
        click.echo(
            orjson.dumps(found.model_dump(mode="json", by_alias=True), option=orjson.OPT_INDENT_2)
        )
        return
    click.echo(f"{found.symbol} session {found.session} as of {found.at:%Y-%m-%d %H:%M} UTC")
    for name, level in found.levels.items():
        if level.price is None or level.bars is None:
            click.echo(f"{name:<12}{'-':>14}  {level.reason or ''}")
            continue
        bars = level.bars
        click.echo(
            f"{name:<12}{level.price:>14.4f}  {bars.bar_count} {bars.timeframe} "
            f"{bars.first_at:%Y-%m-%d %H:%M} to {bars.last_at:%Y-%m-%d %H:%M}"
            + ("" if bars.at is None else f", at {bars.at:%Y-%m-%d %H:%M}")
        )
