"""Compares our deltas with the published ones of the real chains: docs/options-report.md.

The chains are in ../shared/data (see its README). They tell closing prices and no bid and ask: a
contract counts as live where it was traded or held that day, closed at five cents or more, and no
check of ours finds fault with its price.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from app.market.rules.chains import parse_chain_file
from app.market.rules.options import Snapshot, columns_of
from app.market.schemas import OptionQuote
from app.market.service.chains import number
from app.quant.chain_values import Assumed, ChainValues, value_chain
from app.quant.chains import last_day
from app.quant.greeks import Market, Terms, european_value, settles_in_the_morning, years_until
from app.quant.quotes import UNFIT, QuoteColumns
from scripts.console import Refusal, run_main, say
from scripts.settings import ROOT

FOLDER = ROOT.parent / "shared" / "data" / "market" / "chains"
GOAL, LEAST = 0.02, 0.05
_NEW_YORK = ZoneInfo("America/New_York")
_US = 1_000_000


class Published(NamedTuple):
    """A chain, and the inputs with which its publication reckoned, found by fitting its Greeks."""

    symbol: str
    session: date
    rate: float
    """The interest that ours take too (the Federal Reserve's primary credit rate of the day)."""
    spot: float
    dividend_yield: float
    days_added: float
    reason: str


CHAINS = (
    Published(
        "SPX", date(2015, 12, 23), 0.01, 2064.29, 0.0, 0.0,
        "the publication takes no dividends, calls and puts imply {implied:.1%} a year",
    ),
    Published(
        "AAPL", date(2014, 6, 9), 0.0075, 93.755, 0.3131, -0.464,
        "the publication takes dividends of 31.3 % a year (the shares were split 7:1 that day) "
        "and a spot of 93.76, calls and puts imply {implied:.1%}",
    ),
)  # fmt: skip


class Compared(NamedTuple):
    """One chain beside ours."""

    quotes: list[OptionQuote]
    columns: QuoteColumns
    values: ChainValues
    published: np.ndarray
    again: np.ndarray
    """Delta by our formula from the publication's volatility and inputs."""
    is_live: np.ndarray


def main() -> None:
    """Write the report; a difference that nothing explains is an error."""
    if not FOLDER.is_dir():
        message = f"the real chains are not on this machine: {FOLDER}"
        raise Refusal(message, 2)
    texts, unexplained = [_HEAD], 0
    for chain in CHAINS:
        found = compare(chain)
        text, open_ = _section(chain, found)
        texts.append(text)
        unexplained += open_
    path = ROOT / "docs" / "options-report.md"
    path.write_text("\n".join(texts))
    say(f"{path.relative_to(ROOT)}: {unexplained} differences without an explanation")


def compare(chain: Published, folder: Path = FOLDER) -> Compared:
    """Return a chain with our values and the publication's."""
    path = folder / f"{chain.symbol}_{chain.session}.csv"
    with path.open(encoding="utf-8-sig", newline="") as lines:
        file = parse_chain_file(lines, chain.session)
    quotes = file.quotes
    # The file of the index does not tell its price: the publication's own.
    spot = chain.spot if file.price is None else number(file.price)
    now = datetime.combine(chain.session, time(16), _NEW_YORK).astimezone(UTC)
    years = {each: _years(chain, each, now) for each in {quote.expiry for quote in quotes}}
    columns = columns_of(Snapshot(now, chain.session, spot, "csv", "", quotes), years)
    values = value_chain(
        columns,
        Assumed(spot, chain.rate, 0.0, is_american=chain.symbol != "SPX", is_rate_fixed=True),
    )
    volatility = np.array([each.implied_volatility or np.nan for each in quotes], float)
    again = european_value(
        Market(chain.spot, chain.rate, chain.dividend_yield),
        Terms(columns.strike, _their_years(chain, columns), columns.is_call),
        volatility,
    ).delta
    held = np.array([bool(each.volume or each.open_interest) for each in quotes])
    is_live = held & (columns.last >= LEAST) & ((values.faults & int(UNFIT)) == 0)
    published = np.array([np.nan if each.delta is None else each.delta for each in quotes])
    return Compared(
        quotes, columns, values, published, again, is_live & ~np.isnan(volatility + published)
    )


def _years(chain: Published, expiry: date, now: datetime) -> float:
    early = settles_in_the_morning(chain.symbol, expiry.toordinal())
    day = date.fromordinal(last_day(expiry.toordinal()))
    end = datetime.combine(day, time(9, 30) if early else time(16), _NEW_YORK)
    return float(years_until(int(end.timestamp()) * _US, int(now.timestamp()) * _US))


def _their_years(chain: Published, columns: QuoteColumns) -> np.ndarray:
    days = np.array([last_day(int(each)) for each in columns.expiry]) - chain.session.toordinal()
    return np.maximum(days + chain.days_added, 0.0) / 365


def _section(chain: Published, found: Compared) -> tuple[str, int]:
    """Return the report of one chain, and how many differences nothing explains."""
    gap = np.abs(found.values.greeks.delta - found.published)
    own = np.abs(found.again - found.published)
    live = np.flatnonzero(found.is_live)
    apart = [at for at in live if not gap[at] <= GOAL]
    reasons = {at: _reason(chain, found, int(at)) for at in apart}
    open_ = [at for at in apart if not own[at] <= GOAL]
    implied = [each for each in found.values.expiries if each.pairs]
    counts = (
        f"{len(found.quotes)} contracts, {len(live)} live ones with a published volatility. "
        f"{len(live) - len(apart)} of them have a delta within {GOAL} of the published one, "
        f"{len(apart)} do not; of these {len(apart) - len(open_)} are explained by the "
        f"publication's inputs and {len(open_)} are not."
    )
    formula = (
        f"From the publication's volatility, spot {chain.spot}, interest {chain.rate:.2%} and "
        f"dividends {chain.dividend_yield:.1%}, our formula gives its delta within "
        f"{np.nanmax(own[live]):.4f} on the live contracts (half of them within "
        f"{np.nanmedian(own[live]):.5f})."
    )
    dividends = (
        f"Calls and puts imply dividends from {min(e.dividend_yield for e in implied):.1%} to "
        f"{max(e.dividend_yield for e in implied):.1%} a year."
    )
    columns = ["expiry", "strike", "", "close", "published volatility", "ours", "published delta"]
    columns += ["ours", "ours with its inputs", "why"]
    lines = [f"## {chain.symbol}, {chain.session}", "", counts, "", formula, "", dividends, ""]
    lines += ["Not compared: " + _left_out(found) + ".", "", f"| {' | '.join(columns)} |"]
    lines += ["|---" * len(columns) + "|", *(_row(found, int(at), reasons[at]) for at in apart), ""]
    return "\n".join(lines), len(open_)


def _left_out(found: Compared) -> str:
    counts: Counter[str] = Counter()
    unfit = (found.values.faults & int(UNFIT)) != 0
    for at, quote in enumerate(found.quotes):
        if found.is_live[at]:
            continue
        if not quote.implied_volatility:
            counts["no volatility is published"] += 1
        elif unfit[at]:
            counts["the price breaks a bound, a shape or parity"] += 1
        else:
            counts["neither traded nor held, or below five cents"] += 1
    return ", ".join(f"{count} ({why})" for why, count in counts.most_common())


def _reason(chain: Published, found: Compared, at: int) -> str:
    expiry = found.columns.expiry[at]
    implied = next(e.dividend_yield for e in found.values.expiries if e.expiry == expiry)
    if not abs(found.again[at] - found.published[at]) <= GOAL:
        return "not explained: the publication's own volatility does not give its delta"
    return chain.reason.format(implied=implied)


def _row(found: Compared, at: int, reason: str) -> str:
    quote = found.quotes[at]
    return (
        f"| {quote.expiry} | {quote.strike.normalize():f} | {quote.option_right} "
        f"| {float(found.columns.last[at]):.3f} | {quote.implied_volatility:.4f} "
        f"| {found.values.volatility[at]:.4f} | {found.published[at]:.4f} "
        f"| {found.values.greeks.delta[at]:.4f} | {found.again[at]:.4f} | {reason} |"
    )


_HEAD = """# Our deltas beside published ones

Written by `make options-report`; do not edit. The real chains of the test data tell closing prices and no bid and ask: a contract counts as live where it was traded or held that day, closed at five cents or more, and no check of ours finds fault with its price. Ours: the forward from calls and puts, the volatility from the closing price (options on an index European, others American). Every live contract whose delta is more than 0.02 from the published one is listed. A difference is explained where our formula, fed with the publication's own volatility and inputs, gives its delta within 0.02; those inputs were found by fitting its Greeks.
"""


if __name__ == "__main__":
    run_main(main)
