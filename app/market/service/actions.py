"""Splits and cash dividends: kept beside the bars, worked into them when they are read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from app.core import clock, events
from app.core.db import db
from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.market.events import BarsCorrected
from app.market.models import CorporateAction
from app.market.queries.actions import find_action
from app.market.queries.series import series_of
from app.market.schemas import Instrument

KINDS = ("split", "dividend")
MAX_RATIO = Decimal(1000)


def record_action(
    instrument: Instrument, kind: str, value: Decimal, session: date, source: str
) -> bool:
    """Keep a split (new shares for one old) or a dividend (money a share); whether it is news.

    `session` is the first one that trades without it. One that is there is changed. Must run
    inside `transaction()`.

    Raises:
        ValidationError: the value cannot be.
    """
    if kind == "split":
        is_sound = value.is_finite() and 1 / MAX_RATIO <= value <= MAX_RATIO and value != 1
    else:
        is_sound = value.is_finite() and 0 < value < 10**6
    if not is_sound:
        message = gettext(
            "%(given)s: give a split as new shares for one old (2, 0.1), a dividend as money a "
            "share (0.62).",
            given=str(value)[:40],
        )
        raise ValidationError(message, field="value")
    row = find_action(instrument.id, session, kind)
    if row is not None and row.value == value:
        return False
    if row is None:
        row = CorporateAction(instrument_id=instrument.id, session=session, kind=kind)
        db.session.add(row)
    row.value, row.source, row.received_at = value, source, clock.now()
    for (_, timeframe), series in series_of([instrument.id]).items():
        if series.first_at is not None and series.newest_at is not None:
            events.publish(
                BarsCorrected(
                    instrument_id=instrument.id,
                    symbol=instrument.symbol,
                    timeframe=timeframe,
                    from_at=series.first_at,
                    to_at=series.newest_at,
                    corrected=0,
                    late=0,
                )
            )
    return True
