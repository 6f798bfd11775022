"""Files of bars: reading them, and bringing them into the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core import clock
from app.core.db import transaction
from app.core.errors import ValidationError
from app.core.i18n import gettext, listed
from app.market.errors import BarFileError
from app.market.schemas import BarFile, StoreResult
from app.market.service.bars import STORED, store_bars
from app.market.service.instruments import VENUES, find_instruments, get_instrument, venue_of
from app.market.service.sessions import hours

CSV = "csv"


@dataclass(frozen=True)
class Target:
    """Whose bars a file holds; what is None is told by the form of the symbol."""

    symbol: str
    timeframe: str
    asset_class: str | None = None
    venue: str | None = None
    currency: str | None = None


def parse_bar_file(
    lines: Iterable[str], timeframe: str, venue: str = "XNYS", *, any_day: bool = False
) -> BarFile:
    """Read daily (D1) or minute (M1) bars from the lines of a CSV file with a header.

    Bad rows are told as faults by row and field, and are not among the columns. With `any_day`
    daily bars may lie on days without a session of the venue; they get the usual hours.

    Raises:
        ValidationError: another timeframe or venue.
    """
    from app.market.rules.files import parse_bar_file as parse

    _demand("timeframe", timeframe, STORED)
    _demand("venue", venue, VENUES)
    return parse(lines, timeframe, hours(venue), clock.now(), any_day=any_day)


def demand_good(file: BarFile) -> BarFile:
    """Return a file that has no fault.

    Raises:
        BarFileError: names the first fault's row and field.
    """
    if not file.faults:
        return file
    fault = file.faults[0]
    raise BarFileError(str(fault), field=fault.field or None, row=fault.row)


def _demand(field: str, given: str, choices: Iterable[str]) -> None:
    if given not in choices:
        message = gettext(
            "'%(given)s' is not one of %(choices)s.", given=given[:20], choices=listed(choices)
        )
        raise ValidationError(message, field=field)


def import_file(
    lines: Iterable[str], target: Target, *, skip_bad: bool = False
) -> tuple[BarFile, StoreResult | None]:
    """Bring the bars of a file into the store; running it again changes nothing.

    A file with a fault is not taken, unless `skip_bad` takes its good rows: then the result is
    None. A bar that differs from the kept one replaces it, whoever reported that.
    """
    known = find_instruments([(target.symbol, target.asset_class)])[0]
    venue = known.venue if known else target.venue or venue_of(target.symbol, target.asset_class)
    if target.venue not in {None, venue}:
        message = gettext("%(symbol)s trades at %(venue)s.", symbol=target.symbol, venue=venue)
        raise ValidationError(message, field="venue")
    file = parse_bar_file(lines, target.timeframe, venue)
    if file.fault_count and not (skip_bad and len(file.scaled.opened_at)):
        return file, None
    with transaction():
        instrument = get_instrument(
            target.symbol,
            asset_class=target.asset_class,
            currency=target.currency,
            venue=venue,
        )
        return file, store_bars(instrument.id, target.timeframe, file.scaled, CSV)
