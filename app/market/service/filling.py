"""Keeping bars up to date: fetching what is missing from whoever has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from app.core import clock
from app.core.db import db, is_sqlite, transaction
from app.core.errors import UnavailableError
from app.core.i18n import gettext
from app.market import rules
from app.market.clients.providers import ManyProvider, Provider, ProviderError
from app.market.models import MarketSubscription
from app.market.queries.series import series_of
from app.market.schemas import FillResult, Instrument
from app.market.service.bars import store_bars, store_many
from app.market.service.instruments import get_instrument, instruments_by_id
from app.market.service.sessions import hours, microseconds
from app.market.service.sources import providers_set_up

if TYPE_CHECKING:
    from app.quant.bars import ScaledBars

log = structlog.get_logger()
STEP = {"M1": timedelta(days=7), "D1": timedelta(days=365)}
"""So much is fetched and written at a time: a cut run goes on from there."""
OVERLAP = timedelta(minutes=30)
"""So far back the newest minutes are fetched again, for bars that came late or were corrected."""
AT_ONCE = 100
"""Instruments of one request, and of one transaction."""
FIRST = {"M1": timedelta(days=7), "D1": timedelta(days=730)}
"""How much history an instrument gets that is wanted and has none."""


def providers() -> list[Provider]:
    """Return who can be asked, in the order of the settings; the invented market first of all."""
    config, found = current_app.config, list[Provider]()
    for name in providers_set_up():
        if name == "alpaca":
            from app.market.clients.alpaca import AlpacaProvider

            found.append(
                AlpacaProvider(
                    config["ALPACA_KEY_ID"],
                    config["ALPACA_SECRET_KEY"],
                    config["ALPACA_DATA_URL"],
                    config["ALPACA_FEED"],
                )
            )
        else:
            from app.market.clients.massive import MassiveProvider

            found.append(MassiveProvider(config["MASSIVE_API_KEY"], config["MASSIVE_URL"]))
    return found


def _asked_for(instrument: Instrument) -> list[Provider]:
    if rules.is_simulated(instrument.symbol):
        from app.market.clients.simulated import SimulatedProvider

        seed = str(current_app.config["MARKET_SEED"])
        invented = SimulatedProvider(seed, hours(instrument.venue))
        is_on = current_app.config["MARKET_SIMULATED"] and invented.has(instrument)
        return [invented] if is_on else []
    return [each for each in providers() if each.has(instrument)]


def fill(instrument: Instrument, timeframe: str, start: datetime, end: datetime) -> FillResult:
    """Fetch the bars of a stretch of time and keep what is not there; safe to run again.

    The providers are asked in their order until one gives an answer. A bar that another source
    has reported stays as it is. Commits step by step.

    Raises:
        UnavailableError: nobody has such instruments, or nobody answers.
    """
    done = FillResult()
    end = min(end, clock.now())
    while start < end:
        until = min(end, start + STEP[timeframe])
        source, bars = _fetch(instrument, timeframe, start, until)
        good, dropped = _sound(instrument, timeframe, bars)
        with transaction():
            result = store_bars(instrument.id, timeframe, good, source, replace=False)
        done = done.plus(source, result, dropped)
        start = until
    return done


def _fetch(
    instrument: Instrument, timeframe: str, start: datetime, end: datetime
) -> tuple[str, ScaledBars]:
    reasons = []
    for provider in _asked_for(instrument):
        try:
            return provider.name, provider.fetch_bars(instrument, timeframe, start, end)
        except ProviderError as error:
            log.warning("provider_failed", provider=provider.name, reason=str(error))
            reasons.append(str(error))
    message = gettext(
        "Nobody gives bars of %(symbol)s: %(reasons)s.",
        symbol=instrument.symbol,
        reasons="; ".join(reasons) or gettext("no provider of them is set up"),
    )
    raise UnavailableError(message)


def _sound(instrument: Instrument, timeframe: str, bars: ScaledBars) -> tuple[ScaledBars, int]:
    """Return the bars that can be kept, and how many cannot: unfinished ones and nonsense."""
    from app.market.rules import store

    venue = hours(instrument.venue)
    if timeframe == "D1":
        bars = store.at_openings(bars, venue, is_utc=instrument.venue == rules.AROUND_THE_CLOCK)
    good = store.sound(bars, timeframe, venue, microseconds(clock.now()))
    return type(bars)._make(column[good] for column in bars), int((~good).sum())


# --- What is wanted ---


def want_bars(instrument_ids: Iterable[int], wanted_by: str) -> None:
    """Keep the bars of these instruments up to date, and no others for the same asker.

    Must run inside `transaction()`.
    """
    ids = set(instrument_ids)
    table = MarketSubscription
    known = set(db.session.scalars(select(table.instrument_id).where(table.wanted_by == wanted_by)))
    for gone in known - ids:
        db.session.execute(
            delete(table).where(table.wanted_by == wanted_by, table.instrument_id == gone)
        )
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    for new in sorted(ids - known):
        values = {"instrument_id": new, "wanted_by": wanted_by, "created_at": clock.now()}
        db.session.execute(insert(table).values(values).on_conflict_do_nothing())


def wanted() -> list[Instrument]:
    """Return the instruments whose bars somebody needs, the invented ones included when on."""
    ids = db.session.scalars(select(MarketSubscription.instrument_id).distinct())
    found = instruments_by_id(ids)
    if current_app.config["MARKET_SIMULATED"]:
        found.update({each.id: each for each in simulated_instruments()})
    return [found[each] for each in sorted(found)]


def simulated_instruments() -> list[Instrument]:
    """Return the instruments of the invented market; unknown ones are made."""
    from app.market.rules.simulated import LISTINGS

    with transaction():
        return [get_instrument(each.symbol, asset_class=each.asset_class) for each in LISTINGS]


def fill_gaps(now: datetime | None = None) -> int:
    """Bring every wanted instrument up to date; return how many new or changed bars that gave.

    One that nobody answers for is told in the log and does not hold up the others.
    """
    end, changed = now or clock.now(), 0
    left = wanted()
    for timeframe in ("D1", "M1"):
        count, failed = _bring(left, timeframe, end)
        changed += count
        left = [each for each in left if each.id not in failed]
    return changed


def catch_up(instruments: Iterable[Instrument]) -> int:
    """Bring the minutes of instruments up to date; return how many new or changed bars that gave."""
    return _bring(list(instruments), "M1", clock.now())[0]


def minutes_reach(instrument_ids: Iterable[int]) -> dict[int, datetime]:
    """Return when the newest kept minute of instruments opened; who has none is left out."""
    return {
        each: reach.newest_at
        for (each, timeframe), reach in series_of(instrument_ids).items()
        if timeframe == "M1"
    }


def _bring(left: list[Instrument], timeframe: str, end: datetime) -> tuple[int, set[int]]:
    """Fetch what is missing until `end`; return how much changed, and whom nobody answers for."""
    due = {each.id: (each, _since(each, timeframe, end)) for each in left}
    starts = {each: (one, start) for each, (one, start) in due.items() if start is not None}
    done, changed = _fill_together(starts, timeframe, end)
    failed: set[int] = set()
    for each, (instrument, start) in starts.items():
        if each in done or start is None:
            continue
        try:
            found = fill(instrument, timeframe, start, end)
        except UnavailableError as error:
            log.warning("bars_not_filled", symbol=instrument.symbol, reason=error.message)
            failed.add(each)
        else:
            changed += found.created + found.corrected
    return changed, failed


Due = Mapping[int, tuple[Instrument, datetime | None]]


def _fill_together(due: Due, timeframe: str, end: datetime) -> tuple[set[int], int]:
    """Fetch and keep the bars of many instruments in one request, where a provider takes many.

    Only short stretches of time: who has no history yet gets it in steps of its own. Return whose
    bars are up to date now, and how many are new or changed. Whose provider fails is left over.
    """
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    known: dict[str, ManyProvider] = {}
    for each, (instrument, start) in due.items():
        first = next(iter(_asked_for(instrument)), None)
        if start is not None and end - start < STEP[timeframe] and isinstance(first, ManyProvider):
            known[first.name] = first
            groups[first.name, instrument.asset_class].append(each)
    done: set[int] = set()
    count = 0
    for (name, _), ids in groups.items():
        for begin in range(0, len(ids), AT_ONCE):
            part = {each: due[each] for each in ids[begin : begin + AT_ONCE]}
            try:
                count += _fill_part(known[name], part, timeframe, end)
            except ProviderError as error:
                log.warning("provider_failed", provider=name, reason=str(error))
            else:
                done |= set(part)
    return done, count


def _fill_part(provider: ManyProvider, part: Due, timeframe: str, end: datetime) -> int:
    start = min(start for _, start in part.values() if start is not None)
    instruments = {each: instrument for each, (instrument, _) in part.items()}
    fetched = provider.fetch_many(
        list(instruments.values()), timeframe, start, min(end, clock.now())
    )
    good = {each: _sound(instruments[each], timeframe, bars)[0] for each, bars in fetched.items()}
    with transaction():
        kept = store_many(good, timeframe, provider.name, replace=False)
    return sum(each.created + each.corrected for each in kept.values())


def _since(instrument: Instrument, timeframe: str, now: datetime) -> datetime | None:
    """Return from when on bars are fetched; None where there cannot be a new one."""
    row = series_of([instrument.id]).get((instrument.id, timeframe))
    if row is None or row.newest_at is None:
        return now - FIRST[timeframe]
    if timeframe == "M1":
        return row.newest_at - OVERLAP
    day = _last_day(instrument, now)
    # Days are asked for once more when a new one has closed.
    is_there = day is None or row.newest_at.date() >= day
    return None if is_there else row.newest_at - timedelta(days=5)


def _last_day(instrument: Instrument, now: datetime) -> date | None:
    from app.market.service.sessions import last_completed_session

    return last_completed_session(instrument.venue, now)
