"""Use cases of the market: find instruments, and the sessions that instants belong to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from app.core import clock
from app.core.db import db, is_sqlite
from app.core.errors import ValidationError
from app.core.i18n import gettext, listed
from app.market import clients, models, rules
from app.market.errors import MalformedSymbolError
from app.market.schemas import Instrument
from app.quant.sessions import SessionCalendar, UtcDayCalendar

CURRENCIES = rules.CURRENCIES
ASSET_CLASSES = models.ASSET_CLASSES
VENUES = ("XNYS", "CMES", rules.AROUND_THE_CLOCK)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_SYMBOL = 40
Calendar = SessionCalendar | UtcDayCalendar

_finders: dict[tuple[str, int], Callable[[str], str]] = {}


def get_instrument(
    symbol: str,
    *,
    asset_class: str | None = None,
    multiplier: Decimal | None = None,
    currency: str | None = None,
) -> Instrument:
    """Return the instrument of a symbol; an unknown but well-formed one is made.

    `multiplier` and `currency` describe a new instrument; a known one stays as it is.

    Raises:
        MalformedSymbolError: the text cannot be a symbol.
    """
    found = find_instruments([(symbol, asset_class)])[0]
    if found is not None:
        return found
    form = _form(symbol, asset_class)
    values = {
        "symbol": symbol,
        "asset_class": form.asset_class,
        "multiplier": multiplier or form.multiplier,
        "currency": currency or form.currency,
        "venue": form.venue,
        "is_assumed": form.is_assumed,
        "created_at": clock.now(),
    }
    insert: Any = sqlite.insert if is_sqlite() else postgresql.insert
    # Another process may make the same instrument at this moment: one of the two rows stays.
    db.session.execute(insert(models.Instrument).values(values).on_conflict_do_nothing())
    made = find_instruments([(symbol, form.asset_class)])[0]
    if made is None:  # pragma: no cover - the insert above has just made it
        raise RuntimeError(symbol)
    return made


def find_instruments(wanted: list[tuple[str, str | None]]) -> list[Instrument | None]:
    """Return the known instruments for pairs of symbol and asset class (None: by its form).

    Raises:
        MalformedSymbolError: one of the texts cannot be a symbol.
    """
    keys = [(symbol, _form(symbol, kind).asset_class) for symbol, kind in wanted]
    known: dict[tuple[str, str], Instrument] = {}
    symbols = sorted({symbol for symbol, _ in keys})
    for start in range(0, len(symbols), 500):
        rows = db.session.scalars(
            select(models.Instrument).where(
                models.Instrument.symbol.in_(symbols[start : start + 500])
            )
        )
        known.update({(row.symbol, row.asset_class): _view(row) for row in rows})
    return [known.get(key) for key in keys]


def is_symbol(symbol: str) -> bool:
    """Whether an upper-case text can be the symbol of an instrument."""
    return len(symbol) <= MAX_SYMBOL and rules.read_symbol(symbol) is not None


def _form(symbol: str, asset_class: str | None) -> rules.Form:
    if asset_class is not None and asset_class not in ASSET_CLASSES:
        message = gettext(
            "'%(given)s' is not one of %(choices)s.",
            given=asset_class,
            choices=listed(ASSET_CLASSES),
        )
        raise ValidationError(message, field="asset_class")
    form = None
    if len(symbol) <= MAX_SYMBOL:
        form = rules.default_form(symbol, asset_class) if asset_class else rules.read_symbol(symbol)
    if form is None:
        message = gettext(
            "'%(given)s' is not a symbol such as AAPL, BRK.B, /ESZ6 or BTC/USD.",
            given=symbol[:MAX_SYMBOL],
        )
        raise MalformedSymbolError(message, field="symbol")
    return form


def _view(row: models.Instrument) -> Instrument:
    return Instrument.model_validate(row)


def instruments_by_id(ids: Iterable[int]) -> dict[int, Instrument]:
    """Return instruments by their ids."""
    wanted = sorted(set(ids))
    rows = db.session.scalars(select(models.Instrument).where(models.Instrument.id.in_(wanted)))
    return {row.id: _view(row) for row in rows}


def calendar(venue: str) -> Calendar:
    """Return the sessions of a venue ("24/7": UTC days), to a year from now."""
    if venue == rules.AROUND_THE_CLOCK:
        return UtcDayCalendar(venue)
    until = (clock.now() + timedelta(days=330)).strftime("%Y-%m")
    return _calendar(venue, until)


@lru_cache(maxsize=32)
def _calendar(venue: str, until: str) -> SessionCalendar:
    kept = clients.load_sessions(venue, until, Path(current_app.config["DATA_DIR"]) / "cache")
    return SessionCalendar(venue, kept["opens"], kept["closes"], kept["days"])


def microseconds(instant: datetime) -> int:
    """Return an aware instant as microseconds since 1970, exactly."""
    step = instant - EPOCH
    return (step.days * 86_400 + step.seconds) * 1_000_000 + step.microseconds


def session_on(instrument: Instrument, instant: datetime) -> date:
    """Return the session that an instant belongs to; outside of one the next."""
    day = calendar(instrument.venue).session_on(microseconds(instant))
    return date.fromordinal(day)


def last_completed_session(venue: str, now: datetime) -> date | None:
    """Return the newest session of a venue that has closed at `now`."""
    day = calendar(venue).last_completed(microseconds(now))
    return None if day is None else date.fromordinal(day)


def session_finder(venue: str) -> Callable[[str], str]:
    """Return a function from an instant to its session, both as texts, for many instants.

    Instants are RFC 3339 in UTC with microseconds and Z, which sort as they follow in time.
    """
    sessions = calendar(venue)
    if isinstance(sessions, UtcDayCalendar):
        return lambda instant: instant[:10]
    return _session_finder(sessions.venue, len(sessions.days), sessions.closes_us, sessions.days)


def _session_finder(
    venue: str, count: int, closes_us: Sequence[int], days: Sequence[int]
) -> Callable[[str], str]:
    key = (venue, count)
    if key not in _finders:
        closes = [
            (EPOCH + timedelta(microseconds=close)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            for close in closes_us
        ]
        _finders[key] = _finder(closes, [date.fromordinal(day).isoformat() for day in days])
    return _finders[key]


def _finder(closes: list[str], names: list[str]) -> Callable[[str], str]:
    # A date of UTC holds at most one close, so it knows two answers: until it and after it.
    known: dict[str, tuple[str, str, str]] = {}

    def find(instant: str) -> str:
        day = instant[:10]
        answers = known.get(day)
        if answers is None:
            at = bisect_left(closes, day)
            close = closes[at]
            after = at + 1 if close.startswith(day) else at
            answers = known[day] = (close, names[at], names[min(after, len(names) - 1)])
        return answers[1] if instant <= answers[0] else answers[2]

    return find
