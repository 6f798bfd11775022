"""Where a chain comes from: what is kept, or the invented market."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import current_app

from app.market.queries import chains
from app.market.rules import SIMULATED, is_simulated
from app.market.schemas import Instrument, OptionQuote
from app.market.service.bars import read_many
from app.market.service.chains import number, quoted_at
from app.market.service.live import live_bar
from app.market.service.sessions import hours, instant, microseconds

if TYPE_CHECKING:
    from app.market.rules.options import Snapshot
    from app.quant.frames import Hours

_NEW_YORK = ZoneInfo("America/New_York")
_OPENING, _CLOSE = time(9, 30), time(16)


def newest_snapshot(instrument: Instrument, at: datetime) -> Snapshot | None:
    """Return the newest chain that was there at an instant; None where there is none."""
    if is_simulated(instrument.symbol):
        return _invented(instrument, at) if current_app.config["MARKET_SIMULATED"] else None
    return _kept(instrument, at)


def _kept(instrument: Instrument, at: datetime) -> Snapshot | None:
    from app.market.rules.options import Snapshot

    times = hours(instrument.venue)
    for row in chains.newest_chains(instrument.id, at):
        as_of = instant(quoted_at(row, times))
        if as_of <= at:
            quotes = chains.read_quotes(row.id)
            return Snapshot(
                as_of,
                row.session,
                number(row.price),
                row.source,
                f"{row.id}:{microseconds(row.received_at)}",
                quotes,
                _ages(quotes, as_of),
            )
    return None


def _ages(quotes: Sequence[OptionQuote], as_of: datetime) -> list[float]:
    """Return how many seconds before its chain each quote was made; NaN where nobody told."""
    return [
        math.nan if each.quoted_at is None else max((as_of - each.quoted_at).total_seconds(), 0.0)
        for each in quotes
    ]


def _invented(instrument: Instrument, at: datetime) -> Snapshot | None:
    """Return the chain of an invented underlying at its newest price until an instant."""
    from app.market.rules import simulated, simulated_options
    from app.market.rules.options import Snapshot

    listing = simulated.BY_SYMBOL.get(instrument.symbol)
    if listing is None or listing.asset_class != "equity":
        return None
    minutes, days = (
        read_many([instrument.id], each, end=at, last=1).get(instrument.id) for each in ("M1", "D1")
    )
    if minutes is None or not len(minutes.opened_at):
        return None
    now, price = int(minutes.closed_at[-1]), float(minutes.close[-1])
    session = date.fromordinal(int(minutes.session[-1]))
    live = live_bar(instrument.id)
    if live is not None and now <= live.opened_at <= microseconds(at):
        now, price = live.opened_at, live.close
    anchor = price if days is None or not len(days.opened_at) else float(days.close[-1])
    times = hours(instrument.venue)
    years = _years(instrument, simulated_options.expiries(session), times, now)
    moment = simulated_options.Moment(session, price, _share(times, session, now))
    seed = str(current_app.config["MARKET_SEED"])
    return Snapshot(
        instant(now),
        session,
        price,
        SIMULATED,
        f"{now}:{price}:{anchor}",
        simulated_options.chain(listing, seed, moment, years, anchor),
    )


def _share(times: Hours, session: date, now: int) -> float:
    """Return how much of a session has passed at an instant."""
    at = int(times.days.searchsorted(session.toordinal()))
    opens, closes = int(times.opens[at]), int(times.closes[at])
    return min(max((now - opens) / (closes - opens), 0.0), 1.0)


def years_until(instrument: Instrument, chain: Snapshot) -> dict[date, float]:
    """Return the years from a chain to each of its expiries."""
    days = sorted({each.expiry for each in chain.quotes})
    return _years(instrument, days, hours(instrument.venue), microseconds(chain.as_of))


def _years(instrument: Instrument, days: list[date], times: Hours, now: int) -> dict[date, float]:
    from app.quant.greeks import expiry as rule

    found = {}
    for day in days:
        early = rule.settles_in_the_morning(instrument.symbol, day.toordinal())
        end = rule.settles_at(day.toordinal(), times, in_the_morning=early)
        if end is None:
            # Beyond the known sessions: New York's usual hours.
            usual = datetime.combine(day, _OPENING if early else _CLOSE, _NEW_YORK)
            end = microseconds(usual.astimezone(UTC))
        found[day] = float(rule.years_until(end, now))
    return found
