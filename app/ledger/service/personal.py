"""What the ledger keeps of a person, for the person; and what of it can be erased."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Select, delete, func, select

from app.core import clock
from app.core.db import db, transaction
from app.ledger import queries
from app.ledger.models import (
    ImportContent,
    ImportFile,
    LedgerEvent,
    PersonalText,
    Trade,
    TradingAccount,
)
from app.ledger.service.texts import erase_personal_texts
from app.market import service as market

ERASED_NAME = "Erased"


def count_events(user_id: int) -> int:
    """Return the number of events in all accounts of a user."""
    heads = [account.head_seq for account in queries.list_accounts(user_id)]
    return sum(heads)


def list_events(user_id: int, offset: int, limit: int) -> list[dict[str, Any]]:
    """Return events of a user in the order of their chains, with the texts beside them."""
    rows = db.session.execute(
        select(
            LedgerEvent.id,
            LedgerEvent.account_id,
            LedgerEvent.seq,
            LedgerEvent.kind,
            LedgerEvent.occurred_at,
            LedgerEvent.external_id,
            LedgerEvent.body,
        )
        .join(TradingAccount, LedgerEvent.account_id == TradingAccount.id)
        .where(TradingAccount.user_id == user_id)
        .order_by(LedgerEvent.account_id, LedgerEvent.seq)
        .offset(offset)
        .limit(limit)
    ).all()
    texts = _texts([row.id for row in rows])
    return [
        {
            "account_id": row.account_id,
            "seq": row.seq,
            "kind": row.kind,
            "occurred_at": row.occurred_at,
            "external_id": row.external_id,
            "body": orjson.loads(row.body),
            "texts": texts.get(row.id, {}),
        }
        for row in rows
    ]


def _texts(event_ids: list[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    query = select(PersonalText).where(PersonalText.event_id.in_(event_ids))
    for text in db.session.scalars(query):
        found.setdefault(text.event_id, {})[text.field] = text.value
    return found


def count_trades(user_id: int) -> int:
    """Return the number of trades in all accounts of a user."""
    return db.session.scalar(_trades(user_id).with_only_columns(func.count(Trade.id))) or 0


def list_own_trades(user_id: int, offset: int, limit: int) -> list[dict[str, Any]]:
    """Return trades of a user, the oldest account first."""
    query = _trades(user_id).order_by(Trade.account_id, Trade.id).offset(offset).limit(limit)
    trades: list[Trade] = list(db.session.scalars(query))
    symbols = market.instruments_by_id(trade.instrument_id for trade in trades)
    names = (
        "id", "account_id", "direction", "qty", "entry_at", "exit_at", "entry_price",
        "exit_price", "fees", "net_pnl", "currency",
    )  # fmt: skip
    return [
        {"symbol": symbols[trade.instrument_id].symbol}
        | {name: getattr(trade, name) for name in names}
        for trade in trades
    ]


def _trades(user_id: int) -> Select[Any]:
    owned = TradingAccount.user_id == user_id
    return select(Trade).join(TradingAccount, Trade.account_id == TradingAccount.id).where(owned)


def erase_person(user_id: int) -> bool:
    """Erase the texts, file names and account names of a user; return whether records remain.

    Events, trades and day money stay: the chain is what others' figures were compared with, and
    holds prices and times, no words.
    """
    erase_personal_texts(user_id)
    with transaction():
        imports = select(ImportFile.id).where(ImportFile.user_id == user_id)
        db.session.execute(delete(ImportContent).where(ImportContent.import_id.in_(imports)))
        for found in db.session.scalars(select(ImportFile).where(ImportFile.user_id == user_id)):
            found.file_name, found.refusals, found.error = ERASED_NAME, [], None
            if found.finished_at is None:
                found.state, found.finished_at = "cancelled", clock.now()
        accounts = queries.list_accounts(user_id)
        for account in accounts:
            account.name = ERASED_NAME
    return bool(accounts)
