"""Finding and making instruments."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from app.core import clock
from app.core.db import db, is_sqlite
from app.core.errors import ValidationError
from app.core.i18n import gettext, listed
from app.market import models, rules
from app.market.errors import MalformedSymbolError
from app.market.schemas import Instrument

CURRENCIES = rules.CURRENCIES
ASSET_CLASSES = models.ASSET_CLASSES
VENUES = ("XNYS", "CMES", rules.AROUND_THE_CLOCK)
MAX_SYMBOL = 40


def get_instrument(
    symbol: str,
    *,
    asset_class: str | None = None,
    multiplier: Decimal | None = None,
    currency: str | None = None,
    venue: str | None = None,
) -> Instrument:
    """Return the instrument of a symbol; an unknown but well-formed one is made.

    `multiplier`, `currency` and `venue` describe a new instrument; a known one stays as it is.

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
        "venue": venue or form.venue,
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


def describe_all(symbols: Iterable[str]) -> dict[str, Instrument]:
    """Return instruments by symbol; one that is not known yet as it would be made, with id 0.

    Where a symbol stands for several it is the one that has bars: a share that was assumed before
    anybody brought in the coin of its name has none.

    Raises:
        MalformedSymbolError: one of the texts cannot be a symbol.
    """
    names = sorted(set(symbols))
    found = find_with_bars(names)
    others = [symbol for symbol in names if symbol not in found]
    known = find_instruments([(symbol, None) for symbol in others])
    found |= {each: one or _assumed(each) for each, one in zip(others, known, strict=True)}
    return found


def _assumed(symbol: str) -> Instrument:
    form = _form(symbol, None)
    return Instrument(
        id=0,
        symbol=symbol,
        asset_class=form.asset_class,
        multiplier=form.multiplier,
        currency=form.currency,
        venue=form.venue,
        is_assumed=form.is_assumed,
    )


def find_instruments(wanted: list[tuple[str, str | None]]) -> list[Instrument | None]:
    """Return the known instruments for pairs of symbol and asset class.

    Without an asset class it is the one that the symbol's form tells, and where there is none such
    the one that was brought in first under another: an index by the name of a share, say.

    Raises:
        MalformedSymbolError: one of the texts cannot be a symbol.
    """
    keys = [(symbol, _form(symbol, kind).asset_class) for symbol, kind in wanted]
    known: dict[tuple[str, str], Instrument] = {}
    first: dict[str, Instrument] = {}
    symbols = sorted({symbol for symbol, _ in keys})
    for start in range(0, len(symbols), 500):
        rows = db.session.scalars(
            select(models.Instrument)
            .where(models.Instrument.symbol.in_(symbols[start : start + 500]))
            .order_by(models.Instrument.id)
        )
        for row in rows:
            known[row.symbol, row.asset_class] = found = _view(row)
            first.setdefault(row.symbol, found)
    return [
        known.get(key) or (first.get(key[0]) if kind is None else None)
        for key, (_, kind) in zip(keys, wanted, strict=True)
    ]


def venue_of(symbol: str, asset_class: str | None = None) -> str:
    """Return the venue of a symbol, also of one that nobody has traded yet.

    Raises:
        MalformedSymbolError: the text cannot be a symbol.
    """
    found = find_instruments([(symbol, asset_class)])[0]
    return found.venue if found else _form(symbol, asset_class).venue


def find_with_bars(symbols: Iterable[str]) -> dict[str, Instrument]:
    """Return for each symbol the instrument whose bars are kept; others are left out.

    Where two asset classes of one symbol have bars, it is the one that the symbol's form tells.
    """
    rows = db.session.scalars(
        select(models.Instrument)
        .join(models.BarSeries, models.BarSeries.instrument_id == models.Instrument.id)
        .where(models.Instrument.symbol.in_(sorted(set(symbols))), models.BarSeries.bar_count > 0)
        .order_by(models.Instrument.id)
    )
    found: dict[str, Instrument] = {}
    for row in rows:
        form = rules.read_symbol(row.symbol)
        if row.symbol not in found or (form and form.asset_class == row.asset_class):
            found[row.symbol] = _view(row)
    return found


def search_instruments(text: str, limit: int = 20) -> list[Instrument]:
    """Return instruments with bars whose symbol holds a text, those that begin with it first."""
    wanted = text.upper()[:MAX_SYMBOL]
    begins = models.Instrument.symbol.startswith(wanted, autoescape=True)
    rows = db.session.scalars(
        select(models.Instrument)
        .where(
            models.Instrument.symbol.contains(wanted, autoescape=True),
            models.Instrument.id.in_(
                select(models.BarSeries.instrument_id).where(models.BarSeries.bar_count > 0)
            ),
        )
        .order_by(begins.desc(), models.Instrument.symbol, models.Instrument.id)
        .limit(limit)
    )
    return [_view(row) for row in rows]


def is_symbol(symbol: str) -> bool:
    """Whether an upper-case text can be the symbol of an instrument."""
    return len(symbol) <= MAX_SYMBOL and rules.read_symbol(symbol) is not None


def demand_symbol(symbol: str) -> None:
    """Refuse a text that cannot be the symbol of an instrument.

    Raises:
        MalformedSymbolError: it cannot.
    """
    _form(symbol, None)


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
