"""Predictions and what became of them: events that move no money.

An outcome is appended and never rewritten: bars that are corrected later change nothing in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.core.db import transaction
from app.ledger import queries
from app.ledger.rules.chain import canonical
from app.ledger.rules.fills import plain_instant, read_external_id
from app.ledger.service.accounts import open_account
from app.ledger.service.delivery import Delivery


def open_prediction_account(user_id: int, plugin_id: str, name: str) -> int:
    """Return the account that keeps a member's predictions of one kind."""
    return open_account(user_id, plugin_id, "replica", name=name).id


def record_prediction(
    account_id: int, external_id: str, at: datetime, body: dict[str, Any], *, source: str
) -> int:
    """Append a prediction and return its number; the same one again is there already.

    `body` holds texts, whole numbers, truths and None; numbers with a point as texts.
    """
    return _append(account_id, "prediction", external_id, at, body, source)


def record_outcome(
    account_id: int, external_id: str, at: datetime, body: dict[str, Any], *, source: str
) -> int:
    """Append what became of a prediction and return its number; the first one stays."""
    return _append(account_id, "outcome", external_id, at, body, source)


def _append(
    account_id: int, kind: str, external_id: str, at: datetime, body: dict[str, Any], source: str
) -> int:
    with transaction():
        delivery = Delivery(queries.lock_account(account_id), source, None)
        known = delivery.find_events([read_external_id(external_id)]).get(external_id)
        if known is not None:
            if known.kind != kind or (kind == "prediction" and known.body != canonical(body)):
                message = f"{external_id} is another event of account {account_id}"
                raise ValueError(message)
            return known.seq
        event = delivery.append(kind, plain_instant(at), external_id, body)
        delivery.settle()
        return event.seq
