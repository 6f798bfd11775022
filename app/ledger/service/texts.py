"""Personal text beside the chain: kept with its salt, erased without breaking a hash."""

from __future__ import annotations

from sqlalchemy import delete, select

from app.core.db import db, transaction
from app.ledger import queries
from app.ledger.models import LedgerEvent, PersonalText, TradingAccount


def keep(account_id: int, notes: list[tuple[int, str, str, str]]) -> None:
    """Keep (seq, field, salt, value) of events that have just been written."""
    if not notes:
        return
    ids = queries.event_ids(account_id, [note[0] for note in notes])
    db.session.add_all(
        PersonalText(event_id=ids[seq], field=field, salt=salt, value=value)
        for seq, field, salt, value in notes
    )
    db.session.flush()


def erase_personal_texts(user_id: int) -> int:
    """Erase all personal text of a user; the chains stay whole. Return how many texts."""
    with transaction():
        events = (
            select(LedgerEvent.id)
            .join(TradingAccount, LedgerEvent.account_id == TradingAccount.id)
            .where(TradingAccount.user_id == user_id)
        )
        ids = db.session.scalars(
            select(PersonalText.id).where(PersonalText.event_id.in_(events))
        ).all()
        if ids:
            db.session.execute(delete(PersonalText).where(PersonalText.event_id.in_(events)))
    return len(ids)
