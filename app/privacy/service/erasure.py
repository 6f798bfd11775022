"""The erasure of a person, over all slices."""

from __future__ import annotations

from sqlalchemy import delete

from app.accounts import service as accounts
from app.billing import service as billing
from app.core import live, logbook
from app.core.db import db, transaction
from app.ledger import service as ledger
from app.moderation import service as moderation
from app.notifications import service as notifications
from app.privacy import queries, rules
from app.robots import service as robots


def erase_person(user_id: int) -> bool:
    """Erase what names a person, once and for all; return whether records stay without a name.

    One transaction: cut anywhere, nothing has happened. Erasing again changes nothing.
    """
    with transaction():
        accounts.lock_user(user_id)
        sites = accounts.sites_of(user_id)
        moderation.erase_user(user_id)
        notifications.erase_webhooks(user_id)
        logbook.forget_user(user_id)
        has_records = ledger.erase_person(user_id)
        has_records = bool(billing.list_transactions(user_id)) or has_records
        billing.erase_person(user_id)
        robots.erase_person(user_id)
        accounts.erase_user(user_id)
        _delete_rows(user_id)
        queries.close_requests(user_id)
        accounts.audit("user.erased", user_id=user_id, records_kept=has_records)
        for site_id in sites:
            live.end_streams(live.Ended(site_id, user_id))
    return has_records


def _delete_rows(user_id: int) -> None:
    """Delete a person's rows in every table that says so, children first."""
    ways = {name: held.by for name, held in rules.TABLES.items() if held.erase == "delete"}
    ways |= rules.SKIPPED_BUT_ERASED
    for table in reversed(db.metadata.sorted_tables):
        if table.name in ways:
            mine = queries.owned(table.name, ways[table.name], user_id)
            db.session.execute(
                delete(table).where(mine).execution_options(synchronize_session=False)
            )
    db.session.expire_all()
