"""Recording fills, and changing them by corrections and tombstones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from app.core.db import transaction
from app.core.i18n import gettext
from app.ledger import queries
from app.ledger.errors import EventNotFoundError, RefusedFillError
from app.ledger.rules.book import read_body
from app.ledger.rules.chain import Event
from app.ledger.rules.fills import (
    OWN_PREFIX,
    SIDES,
    ReadFill,
    Refusal,
    plain_number,
    read_fill,
)
from app.ledger.schemas import FillIn, FillResult
from app.ledger.service.delivery import (
    OTHER_EVENT,
    OTHER_VALUES,
    Delivery,
    Facts,
    agree,
    refused,
)
from app.ledger.service.derive import Derivation
from app.quant.fifo import Fill


def record_fills(
    account_id: int,
    fills: Sequence[FillIn],
    *,
    source: str,
    received_at: datetime | None = None,
    is_deferred: bool = False,
) -> list[FillResult]:
    """Record fills; one answer each, in order. Good ones are kept whatever the others are.

    `received_at` is one instant for all parts of one delivery. With `is_deferred` fills that are
    older than what is known are recorded only; `derive.catch_up` then makes their trades.

    Raises:
        AccountNotFoundError: no such account.
        LiveAccountError: a live account and another source than its broker.
    """
    with transaction():
        delivery = Delivery(queries.lock_account(account_id), source, received_at)
        results = append_fills(delivery, fills)
        delivery.settle(is_deferred=is_deferred)
    return results


def append_fills(delivery: Delivery, fills: Sequence[FillIn]) -> list[FillResult]:
    """Append fills to a delivery and apply them; one answer each, in order."""
    latest = delivery.latest
    reads = [read_fill(fill, latest) for fill in fills]
    ids = [read.external_id for read in reads if isinstance(read, ReadFill)]
    known = delivery.find_events(ids)
    delivery.look_up({
        (read.symbol, read.asset_class) for read in reads if isinstance(read, ReadFill)
    })  # fmt: skip
    results: list[FillResult] = []
    added: list[Posting] = []
    for fill, read in zip(fills, reads, strict=True):
        if isinstance(read, Refusal):
            results.append(refused(fill.external_id, read))
            continue
        facts = delivery.facts(read.symbol, read.asset_class)
        same = known.get(read.external_id)
        if same is not None:
            results.append(_known(delivery, read, facts, same))
            continue
        event = _append_fill(delivery, read, facts)
        known[read.external_id] = event
        results.append(FillResult(read.external_id, "created", None, None, event.seq))
        added.append((read.at, event.seq, read, facts))
    _apply(delivery.derivation, added)
    return results


Posting = tuple[str, int, ReadFill, Facts]
"""A fill to be applied: its moment first, in which it is sorted."""


def _append_fill(delivery: Delivery, read: ReadFill, facts: Facts) -> Event:
    session = facts.session(read.at)
    note_hash = None
    if read.note is not None:
        note_hash = delivery.hash_note(delivery.writer.seq + 1, "note", read.note)
    body = fill_text(read, facts, session, note_hash)
    return delivery.append_text("fill", read.at, read.external_id, (body, session))


def fill_text(read: ReadFill, facts: Facts, session: str, note_hash: str | None = None) -> str:
    """Return what an event keeps of a fill, as RFC 8785 JSON: all that a rebuild needs.

    Written by hand because an import does it a million times: nothing in these values needs
    escaping. tests/unit/ledger holds it against the canonical form.
    """
    currency = read.currency or facts.currency
    note = f'"note_hash":"{note_hash}",' if note_hash else ""
    return (
        f'{{"asset_class":"{facts.asset_class}","currency":"{currency}",'
        f'"fee":"{plain_number(read.fee)}","fee_currency":"{read.fee_currency or currency}",'
        f'"multiplier":"{plain_number(read.multiplier or facts.multiplier)}",{note}'
        f'"price":"{plain_number(read.price)}","qty":"{plain_number(read.qty)}",'
        f'"session":"{session}","side":"{read.side}","symbol":"{read.symbol}"}}'
    )


def _apply(derivation: Derivation, added: list[Posting]) -> None:
    if derivation.is_behind:
        return
    book = derivation.book
    added.sort(key=itemgetter(0, 1))
    for at, seq, read, facts in added:
        currency = read.currency or facts.currency
        key = f"{facts.id}:{currency}"
        if not derivation.is_in_order(key, at):
            derivation.add_late(key, at)
            continue
        fee_currency = read.fee_currency or currency
        is_foreign = fee_currency != currency
        fill = Fill(
            SIDES[read.side],
            read.qty,
            read.price,
            0 if is_foreign else read.fee,
            read.multiplier or facts.multiplier,
            at,
            facts.session(at),  # type: ignore[arg-type]
            seq,
        )
        book.add_fill(key, fill, currency, (fee_currency, read.fee if is_foreign else 0))
        if key not in book.held:
            derivation.note_exit(key, at)
        derivation.last = max(derivation.last, at)


def _known(delivery: Delivery, read: ReadFill, facts: Facts, same: Event) -> FillResult:
    """Answer for a fill whose id the account has: duplicate if the values agree, else refused."""
    if same.kind != "fill":
        return refused(read.external_id, Refusal("external_id", OTHER_EVENT))
    text = fill_text(read, facts, facts.session(read.at))
    if same.occurred_at == read.at and same.body == text:
        return FillResult(read.external_id, "duplicate", seq=same.seq)
    body = read_body(text)
    if same.occurred_at == read.at and agree(read_body(same.body), body):
        return FillResult(read.external_id, "duplicate", seq=same.seq)
    holds = find_replacement(delivery.account.id, delivery.writer.seq, read.external_id)
    if holds is not None:
        if holds.kind == "tombstone":
            return FillResult(read.external_id, "duplicate", seq=same.seq)
        if holds.occurred_at == read.at and agree(read_body(holds.body), body):
            return FillResult(read.external_id, "duplicate", seq=same.seq)
    return refused(read.external_id, Refusal("external_id", OTHER_VALUES))


def find_replacement(account_id: int, last_seq: int, external_id: str) -> Event | None:
    """Return the correction or tombstone that holds in place of an event; None if it stands."""
    found = None
    for event in queries.list_replacing(account_id, last_seq):
        if read_body(event.body)["replaces"] == external_id:
            found = event
    return found


def correct_fill(account_id: int, external_id: str, fill: FillIn, *, source: str = "owner") -> int:
    """Put other values in place of a fill's; return the number of the correction.

    The fill stays visible and keeps its place among fills of one instant.

    Raises:
        EventNotFoundError: the account has no such fill, or it was deleted.
        RefusedFillError: the new values break a rule.
    """
    with transaction():
        delivery = Delivery(queries.lock_account(account_id), source, None)
        original, holds = _find_fill(delivery, external_id)
        read = read_fill(fill._replace(external_id=external_id), delivery.latest)
        if isinstance(read, Refusal):
            raise RefusedFillError(f"{read.field}: {read.reason}", field=read.field)
        facts = delivery.facts(read.symbol, read.asset_class)
        body = read_body(fill_text(read, facts, facts.session(read.at)))
        body |= {"replaces": external_id, "replaces_seq": original.seq}
        seq = delivery.writer.seq + 1
        if read.note is not None:
            body["note_hash"] = delivery.hash_note(seq, "note", read.note)
        delivery.append("correction", read.at, f"{OWN_PREFIX}{seq}", body)
        _change(delivery, holds)
        delivery.derivation.add_late(f"{facts.id}:{body['currency']}", read.at)
        delivery.settle()
    return seq


def tombstone(account_id: int, external_id: str, reason: str = "", *, source: str = "owner") -> int:
    """Take an event out of effect; it stays visible. Return the number of the tombstone.

    Raises:
        EventNotFoundError: the account has no such event, or it is deleted already.
    """
    with transaction():
        delivery = Delivery(queries.lock_account(account_id), source, None)
        original, holds = _find_fill(delivery, external_id, ("fill", "mark", "cash_flow", "fee"))
        body: dict[str, Any] = {"replaces": external_id, "replaces_seq": original.seq}
        seq = delivery.writer.seq + 1
        if reason:
            body["reason_hash"] = delivery.hash_note(seq, "reason", reason)
        delivery.append("tombstone", delivery.writer.received_at, f"{OWN_PREFIX}{seq}", body)
        _change(delivery, holds)
        delivery.settle()
    return seq


def _find_fill(
    delivery: Delivery, external_id: str, kinds: tuple[str, ...] = ("fill",)
) -> tuple[Event, Event]:
    """Return an event and what holds in its place (itself, or its newest correction)."""
    original = queries.find_events(delivery.account.id, [external_id]).get(external_id)
    holds = find_replacement(delivery.account.id, delivery.writer.seq, external_id)
    deleted = holds is not None and holds.kind == "tombstone"
    if original is None or original.kind not in kinds or deleted:
        message = gettext(
            "The account has no event '%(name)s', or it was deleted.", name=external_id
        )
        raise EventNotFoundError(message)
    return original, holds or original


def _change(delivery: Delivery, held: Event) -> None:
    """Note that what an event did is to be undone from its moment on."""
    body = read_body(held.body)
    key = ""
    if "symbol" in body:
        facts = delivery.facts(body["symbol"], body["asset_class"])
        key = f"{facts.id}:{body['currency']}"
    delivery.derivation.add_late(key, held.occurred_at)
