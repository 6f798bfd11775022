"""Positions that a member writes down: fills of a journal, by the ledger's own front door."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal, NamedTuple

from app.core import clock
from app.core.errors import NotFoundError, ValidationError
from app.core.formatters import NEW_YORK
from app.core.i18n import gettext
from app.ledger import service as ledger
from app.ledger.schemas import FillIn, FillView
from app.market import service as market
from app.market.schemas.options import ChainQuery
from app.quant.options import read_contract
from app.trading.rules import by_hand as rules
from app.trading.schemas import NotedPosition, PositionIn

BY_HAND = "by-hand"
"""The robot's id of the journal that holds them."""
SOURCE = "owner"
KEY = re.compile(r"hand-[0-9a-f]{16}")


def note_position(user_id: int, given: PositionIn, seed: str = "") -> str:
    """Write a position down; return its key. What comes twice with the same `seed` is there once.

    Raises:
        ValidationError: a field is wrong, or the chain has no such contract.
    """
    sign = hashlib.sha256(seed.encode()).hexdigest()[:16] if seed else secrets.token_hex(8)
    fill = _fill(f"hand-{sign}", given)
    account = ledger.open_account(user_id, BY_HAND, "journal", name=gettext("Positions by hand"))
    (result,) = ledger.record_fills(account.id, [fill], source=SOURCE)
    if result.status == "refused":
        raise ValidationError(
            f"{_named(result.field)}: {result.reason}", field=_named(result.field)
        )
    return fill.external_id


def change_position(user_id: int, key: str, given: PositionIn) -> None:
    """Put other values in a position's place; the ledger keeps what was there.

    Raises:
        NotFoundError: there is no such position, or it is another member's.
        ValidationError: a field is wrong, or the chain has no such contract.
    """
    ledger.correct_fill(_account(user_id, key), key, _fill(key, given), source=SOURCE)


def drop_position(user_id: int, key: str) -> None:
    """Take a position out of effect; the ledger keeps that it was there.

    Raises:
        NotFoundError: there is no such position, or it is another member's.
    """
    ledger.tombstone(_account(user_id, key), key, source=SOURCE)


def noted_positions(user_id: int) -> list[NotedPosition]:
    """Return what a member has written down, the newest first."""
    account = ledger.find_account(user_id, BY_HAND, "journal")
    if account is None:
        return []
    fills = ledger.account_fills(user_id, account.id)
    return [_noted(fill) for fill in fills if KEY.fullmatch(fill.external_id)]


def get_noted(user_id: int, key: str) -> NotedPosition:
    """Return one of them; NotFoundError for what is not there or another's."""
    for each in noted_positions(user_id):
        if each.key == key:
            return each
    raise NotFoundError(gettext("There is no such position."))


def _account(user_id: int, key: str) -> int:
    account = ledger.find_account(user_id, BY_HAND, "journal")
    if account is None or not KEY.fullmatch(key):
        raise NotFoundError(gettext("There is no such position."))
    return account.id


def _fill(key: str, given: PositionIn) -> FillIn:
    now = clock.now()
    rules.check(given, now.astimezone(NEW_YORK).date())
    is_option = given.right != "shares"
    if is_option:
        _check_chain(given)
    elif not market.is_symbol(given.symbol):
        message = gettext("symbol: is not the symbol of an instrument")
        raise ValidationError(message, field="symbol")
    # A day has no hour: noon, which is inside a session, or now where that is still to come.
    at = datetime.combine(given.opened_on, time(12), NEW_YORK)
    return FillIn(
        key,
        min(at, now).isoformat(),
        rules.symbol_of(given),
        given.side,
        str(given.qty),
        str(given.price),
        asset_class="option" if is_option else None,
    )


def _check_chain(given: PositionIn) -> None:
    try:
        chain = market.read_option_chain(given.symbol, ChainQuery())
    except NotFoundError:
        # Nobody has brought one in: the position stands, and has no value until somebody does.
        return
    contracts = ((quote.expiry, quote.strike) for quote in chain.quotes)
    rules.check_chain(given, chain.session, contracts)


def _named(field: str | None) -> str:
    return {"executed_at": "opened_on"}.get(field or "", field or "symbol")


def _noted(fill: FillView) -> NotedPosition:
    facts = {
        "key": fill.external_id,
        "side": fill.side,
        "qty": fill.qty,
        "price": fill.price,
        "opened_on": fill.executed_at.astimezone(NEW_YORK).date(),
    }
    named = instrument_of(fill.symbol)
    return NotedPosition(**named._asdict(), **facts)


class Instrument(NamedTuple):
    """What a position is in, by the names of the form."""

    symbol: str
    right: Literal["call", "put", "shares"]
    strike: Decimal | None
    expiry: date | None


def instrument_of(symbol: str) -> Instrument:
    """Return what the ledger's symbol stands for."""
    try:
        contract = read_contract(symbol)
    except ValueError:
        return Instrument(symbol, "shares", None, None)
    return Instrument(
        rules.underlying_of(contract.root),
        "call" if contract.right == "C" else "put",
        rules.strike_of(symbol),
        date.fromordinal(contract.expiry),
    )
