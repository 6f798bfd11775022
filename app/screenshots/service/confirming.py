"""What a member has confirmed becomes positions: all of it or nothing, and once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.core import clock
from app.core.db import transaction
from app.core.errors import ConflictError, ValidationError
from app.core.i18n import gettext
from app.ledger import service as ledger
from app.screenshots import queries
from app.screenshots.rules.confirming import demand_checked
from app.screenshots.schemas import ConfirmedPosition, ConfirmIn, Found, ScreenshotOut
from app.screenshots.service.keeping import KEEP_CONFIRMED, told
from app.trading import service as trading
from app.trading.schemas import PositionIn

KINDS = ("live", "journal", "copy")
"""Accounts whose positions may be the same as those in a picture; paper is not."""


def confirm(user_id: int, screenshot_id: int, given: ConfirmIn) -> ScreenshotOut:
    """Write positions of a picture down, all of them or none; what is confirmed twice is there once.

    Raises:
        NotFoundError: there is no such picture, or it is another member's.
        ConflictError: it is still being read.
        ValidationError: a field is wrong, or was read with doubt and not looked at; `field` names it.
    """
    with transaction():
        row = queries.get_screenshot(user_id, screenshot_id, lock=True)
        if row.state == "confirmed":
            return told(row)
        if row.state in queries.OPEN:
            raise ConflictError(gettext("This picture is still being read. Wait a moment."))
        _demand_once(given.positions)
        demand_checked([Found.model_validate(each) for each in row.found], given.positions)
        row.positions = [
            _note(user_id, row.mark, index, each) for index, each in enumerate(given.positions)
        ]
        row.state, row.reason = "confirmed", ""
        row.expires_at = min(row.expires_at, clock.now() + KEEP_CONFIRMED)
        return told(row)


def held_already(user_id: int) -> dict[trading.Instrument, Decimal]:
    """Return what a member holds outside of paper accounts, short ones below zero."""
    held: dict[trading.Instrument, Decimal] = {}
    for each in ledger.positions_of(user_id, KINDS):
        name = trading.instrument_of(each.symbol)
        held[name] = held.get(name, Decimal(0)) + each.qty
    return held


def _demand_once(given: Sequence[ConfirmedPosition]) -> None:
    numbers = [each.number for each in given if each.number is not None]
    if len(set(numbers)) < len(numbers):
        message = gettext("positions: the same number is there twice")
        raise ValidationError(message, field="positions")


def _note(user_id: int, mark: str, index: int, given: ConfirmedPosition) -> str:
    fields = given.model_dump(exclude={"number", "sure"})
    try:
        return trading.note_position(
            user_id, PositionIn(**fields), seed=f"screenshot:{mark}:{index}"
        )
    except ValidationError as error:
        field = error.field or "symbol"
        place = f"positions/{index}/{field}"
        detail = error.message.removeprefix(f"{field}: ")
        raise ValidationError(
            f"{place}: {detail}", field=place, errors=[{"pointer": f"/{place}", "detail": detail}]
        ) from error
