"""The door for programs: a batch of fills as JSON gave it, sorted into the sender's accounts."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, NamedTuple

from app.core import clock
from app.core.db import transaction
from app.core.errors import ValidationError
from app.core.i18n import gettext, listed
from app.ledger import queries
from app.ledger.rules.fills import ReadFill, Refusal, latest_instant, read_fill
from app.ledger.schemas import FillIn, FillResult
from app.ledger.service.accounts import check_plugin_id, find_or_open
from app.ledger.service.delivery import refused, shown
from app.ledger.service.record import record_fills

KINDS = ("journal", "paper", "copy", "backtest")
FIELDS = frozenset(FillIn._fields)
NEEDED = ("external_id", "executed_at", "symbol", "side", "qty", "price")


class Batch(NamedTuple):
    """What a program sent: a robot, a kind for all, and items."""

    plugin_id: Any
    kind: Any
    items: list[Any]


class Answer(NamedTuple):
    """One result per item, and the accounts that took them, by kind."""

    account_id: int | None
    accounts: dict[str, int]
    results: list[FillResult]


def record_batch(user_id: int, batch: Batch, *, source: str) -> Answer:
    """Record the items of a batch, each in the account of its kind.

    Raises:
        ValidationError: the robot's id or the kind of the whole batch is wrong.
    """
    plugin_id = check_plugin_id(batch.plugin_id)
    reason = _kind_fault(batch.kind)
    if reason:
        raise ValidationError(f"kind: {reason}", field="kind")
    results: list[FillResult | None] = [None] * len(batch.items)
    groups: dict[str, list[tuple[int, FillIn]]] = {}
    for at, item in enumerate(batch.items):
        read = _read_item(item, batch.kind)
        if isinstance(read, Refusal):
            results[at] = refused(item.get("external_id") if isinstance(item, dict) else "", read)
        else:
            groups.setdefault(read[0], []).append((at, read[1]))
    accounts: dict[str, int] = {}
    with transaction():
        # In one order for all, so that two batches never wait for each other's accounts.
        for kind, members in sorted(groups.items(), key=itemgetter(0)):
            fills = [fill for _, fill in members]
            account_id, answers = _record(user_id, (plugin_id, kind), fills, source)
            if account_id is not None:
                accounts[kind] = account_id
            for (at, _), answer in zip(members, answers, strict=True):
                results[at] = answer
    first = accounts.get(batch.kind) or next(iter(accounts.values()), None)
    return Answer(first, accounts, [result for result in results if result is not None])


def _kind_fault(kind: Any) -> str | None:
    if kind == "live":
        return gettext(
            "live fills come only from a broker connection; leave kind out for a journal"
        )
    return None if kind in KINDS else gettext("must be one of %(choices)s", choices=listed(KINDS))


def _read_item(item: Any, default_kind: str) -> tuple[str, FillIn] | Refusal:
    if not isinstance(item, dict):
        return Refusal("fills", gettext("each item must be an object"))
    values = dict(item)
    kind = values.pop("kind", default_kind)
    fault = _kind_fault(kind)
    if fault:
        return Refusal("kind", fault)
    for name in values:
        if name not in FIELDS:
            return Refusal(shown(name, 100), gettext("unknown field"))
    for name in NEEDED:
        if name not in values:
            return Refusal(name, gettext("is missing"))
    return kind, FillIn(**values)


def _record(
    user_id: int, place: tuple[str, str], fills: list[FillIn], source: str
) -> tuple[int | None, list[FillResult]]:
    """Record fills in the account of a robot and kind; it is opened only for a good fill."""
    account = queries.find_account(user_id, *place)
    if account is None:
        reads = [read_fill(fill, latest_instant(clock.now())) for fill in fills]
        good = next((read for read in reads if isinstance(read, ReadFill)), None)
        if good is None:
            return None, [
                refused(fill.external_id, read)
                for fill, read in zip(fills, reads, strict=True)
                if isinstance(read, Refusal)
            ]
        account = find_or_open(user_id, *place, good.currency or "USD")
    return account.id, record_fills(account.id, fills, source=source)
