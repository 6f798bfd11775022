"""All that is kept of a person, page by page; and its erasure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from app.accounts import service as accounts
from app.billing import service as billing
from app.core import logbook
from app.core.db import transaction
from app.ledger import service as ledger
from app.moderation import service as moderation
from app.notifications import service as notifications
from app.privacy.schemas import Erasure, Export, ExportIn, Item, PersonIn
from app.privacy.service.erasure import erase_person
from app.robots import service as robots
from app.trading import service as trading

PAGE = 200
ALL_IMPORTS = 10_000
ACCOUNT_FACTS = (
    "plugin_id", "kind", "name", "currency", "starting_balance", "opened_on", "created_at",
)  # fmt: skip
IMPORT_FACTS = (
    "file_name", "state", "row_count", "created_count", "refused_count", "created_at",
)  # fmt: skip
BROKER_FACTS = ("broker", "name", "account_type", "key_hint", "is_active", "created_at")
PLAN_FACTS = ("tier", "status", "source", "started_at", "ends_at")
PAYMENT_FACTS = ("kind", "amount_minor", "currency", "status", "provider_ref", "created_at")
ACCESS_FACTS = ("plugin_id", "access_level", "purchased_at", "expires_at")
NOTHING = Erasure(removed=False, retained=False, reasons=[])


def export(site_id: str, given: ExportIn) -> Export:
    """Return one page of what is kept of a member of a site; nothing of anybody else."""
    user_id = accounts.find_person(site_id, given.email, given.wp_user_id)
    if user_id is None:
        return Export(items=[], done=True)
    items = list(_head(user_id)) if given.page == 1 else _rows(user_id, given.page - 2)
    return Export(items=items, done=given.page >= _pages(user_id))


def _pages(user_id: int) -> int:
    """Return the number of pages: one for all that is short, then events, then trades."""
    events, trades = ledger.count_events(user_id), ledger.count_trades(user_id)
    return 1 + -(-events // PAGE) + -(-trades // PAGE)


def _rows(user_id: int, index: int) -> list[Item]:
    event_pages = -(-ledger.count_events(user_id) // PAGE)
    if index < event_pages:
        rows = ledger.list_events(user_id, index * PAGE, PAGE)
        return [_item("ledger", f"{row['account_id']}-{row['seq']}", _flat(row)) for row in rows]
    trades = ledger.list_own_trades(user_id, (index - event_pages) * PAGE, PAGE)
    return [_item("trades", row["id"], row) for row in trades]


def _head(user_id: int) -> Iterator[Item]:
    person = accounts.describe_person(user_id)
    facts = person.model_dump()
    keys = facts.pop("key_names")
    facts["trading_events"] = ledger.count_events(user_id)
    facts["trades"] = ledger.count_trades(user_id)
    yield _item("account", user_id, facts)
    for number, name in enumerate(keys, 1):
        yield _item("api-keys", number, {"name": name})
    rows: tuple[tuple[str, Iterable[Any], tuple[str, ...]], ...] = (
        ("trading-accounts", ledger.list_accounts(user_id, with_predictions=True), ACCOUNT_FACTS),
        ("broker-accounts", trading.list_accounts(user_id), BROKER_FACTS),
        ("imports", ledger.list_imports(user_id, ALL_IMPORTS), IMPORT_FACTS),
        ("subscriptions", billing.list_subscriptions(user_id), PLAN_FACTS),
        ("payments", billing.list_transactions(user_id), PAYMENT_FACTS),
        ("robots", robots.list_access(user_id), ACCESS_FACTS),
    )
    for group, found, names in rows:
        yield from (_pick(group, row, names) for row in found)
    groups = {
        "requests": moderation.export_user(user_id),
        "webhooks": notifications.export_webhooks(user_id),
    }
    for group, listed in groups.items():
        yield from (_item(group, number, one) for number, one in enumerate(listed, 1))


def _pick(group: str, row: Any, names: tuple[str, ...]) -> Item:
    return _item(group, row.id, {name: getattr(row, name) for name in names})


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Return an event as one list of facts; hashes of texts say nothing to a person."""
    body = {name: value for name, value in row["body"].items() if not name.endswith("_hash")}
    plain = {name: value for name, value in row.items() if name not in {"body", "texts"}}
    return {**plain, **body, **row["texts"]}


def _item(group: str, number: object, facts: dict[str, Any]) -> Item:
    told = [(name, _text(value)) for name, value in facts.items() if value is not None]
    return Item(group=group, id=f"{group}-{number}", facts=told)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def erase(site_id: str, given: PersonIn) -> Erasure:
    """Erase a member of a site; erasing again finds nobody and changes nothing.

    A member who is known from another site too is only cut off from this one: what others keep is
    not this site's to erase. Events and payments stay without a name.
    """
    with transaction():
        user_id = accounts.find_person(site_id, given.email, given.wp_user_id)
        if user_id is None:
            return NOTHING
        if accounts.leave_site(user_id, site_id):
            moderation.erase_user(user_id, site_id)
            logbook.forget_user(user_id, site_id)
            accounts.audit("member.erased", user_id=user_id, site_id=site_id)
            return Erasure(removed=True, retained=True, reasons=["other_site"])
        has_records = erase_person(user_id)
    reasons = ["records_kept"] if has_records else []
    return Erasure(removed=True, retained=has_records, reasons=reasons)
