"""Creators are paid: decided and written first, then sent, and what was lost on the way looked up.

A payout is taken from what is payable in the same transaction that writes it, so that two of them
never hold the same money. Before the provider is asked it is marked as unknown: from then on only
the provider says what became of it, and it is looked up there before it is asked for again, because
the provider forgets keys after a day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from babel.numbers import get_currency_precision

from app.accounts import service as accounts
from app.billing.clients import stripe
from app.billing.errors import TillAwayError, TillRefusedError
from app.billing.models import Creator, Payout
from app.billing.queries import creators as queries
from app.billing.queries import journal as journal_queries
from app.billing.rules import chart, payouts
from app.billing.rules.mirror import Object
from app.billing.rules.payouts import Decision, Standing
from app.billing.rules.postings import Cause, Posting, parts_left, posted
from app.billing.service import alarms, journal, locks, till
from app.core import clock, hold, metrics, outbox
from app.core.db import db, transaction
from app.core.failpoints import failpoint

log = structlog.get_logger()
PAYOUT = "trp_payout"
"""In the metadata of a transfer: which payout it is."""
STUCK = timedelta(hours=1)


def plan_week() -> int:
    """Decide and write this week's payouts, each in a transaction of its own; return how many.

    A held installation pays nobody. Running it twice, or fifty times at once, pays once: a creator
    has one payout a week in a currency.
    """
    if hold.is_held():
        log.warning("payouts_held")
        return 0
    with transaction():
        ids = queries.list_creators()
    return sum(plan_payouts(creator_id) for creator_id in ids)


def plan_payouts(creator_id: int) -> int:
    """Write what a creator is due this week; return how many payouts that makes."""
    made = 0
    with transaction():
        creator = queries.get_creator(creator_id, lock=True)
        for currency in queries.currencies_of(creator_id):
            made += _plan(creator, currency)
    return made


def decision(creator: Creator, currency: str) -> Decision:
    """Return what a creator would be sent now, and why no more."""
    day = payouts.through(clock.now().date())
    return payouts.decide(
        Standing(
            payable_minor=queries.payable(creator.user_id, currency),
            recent_minor=queries.recent_sales(creator.user_id, currency, day),
            minimum_minor=payouts.minimum(get_currency_precision(currency)),
            has_account=creator.provider_account_id is not None,
            is_payouts_enabled=creator.is_payouts_enabled,
            has_second_factor=accounts.has_second_factor(creator.user_id),
            is_suspended=creator.is_suspended,
        )
    )


def due() -> list[tuple[int, str, int, str | None]]:
    """Return creator, currency, amount and why no more, of all who have earned anything."""
    found = []
    for creator_id in queries.list_creators():
        creator = queries.get_creator(creator_id)
        for currency in queries.currencies_of(creator_id):
            made = decision(creator, currency)
            found.append((creator_id, currency, made.amount_minor, made.why))
    return found


def _plan(creator: Creator, currency: str) -> int:
    made = decision(creator, currency)
    if not made.amount_minor:
        return 0
    now = clock.now()
    values = {
        "creator_id": creator.user_id,
        "amount_minor": made.amount_minor,
        "currency": currency,
        "through": payouts.through(now.date()),
        "state": "pending",
        "created_at": now,
    }
    new = journal.dialect().insert(Payout).values(values).on_conflict_do_nothing()
    payout_id = db.session.scalar(new.returning(Payout.id))
    if payout_id is None:
        return 0
    mine = chart.payable(creator.user_id)
    rows = [Posting(mine, chart.IN_TRANSIT, made.amount_minor, currency)]
    journal.post(Cause("payout", str(payout_id), "pending"), rows, now, user_id=creator.user_id)
    accounts.audit(
        "payout.planned", user_id=creator.user_id, subject=f"payout:{payout_id}",
        amount_minor=made.amount_minor, currency=currency,
    )  # fmt: skip
    want(payout_id)
    return 1


def want(payout_id: int) -> None:
    """Have a payout sent or looked up, in the present transaction: one job waits for each."""
    key = f"billing.send_payout:{payout_id}"
    outbox.enqueue(
        "billing.send_payout", {"payout_id": payout_id}, key=key, queue="critical", coalesce=True
    )


# --- Sending ---


def send(payout_id: int) -> None:
    """Send a payout, or find out what became of it; twice is the same as once."""
    with transaction():
        outbox.free_key()
    with locks.lease(f"payout:{payout_id}") as held:
        with transaction():
            payout = queries.get_payout(payout_id)
            creator = queries.get_creator(payout.creator_id)
            was_asked = payout.state == "unknown"
        if payout.state not in ("pending", "unknown"):
            return
        found: Object | str | None = _look_up(payout) if was_asked else None
        if found is None and not was_asked and creator.is_suspended:
            found = "suspended"
        if found is None:
            with transaction():
                locks.require(held)
                queries.get_payout(payout_id, lock=True).state = "unknown"
            failpoint("billing.payout_unknown")
            found = _ask(payout, str(creator.provider_account_id))
        failpoint("billing.payout_sent")
        with transaction():
            locks.require(held)
            _settle(payout_id, found)


def group(payout_id: int) -> str:
    """Return the name by which the transfer of a payout is found at the provider."""
    return till.key_of("payout", payout_id)


def _look_up(payout: Payout) -> Object | None:
    """Return the transfer that was made for a payout, None when the provider knows of none."""
    asked: dict[str, Any] = {"transfer_group": group(payout.id), "limit": 10}
    for body in stripe.each(lambda client: client.transfers.list(params=asked)):
        if (body.get("metadata") or {}).get(PAYOUT) == str(payout.id):
            return body
    return None


def _ask(payout: Payout, account_id: str) -> Object | str:
    """Return the transfer; the reason as a text when the provider refuses it for good."""
    name = group(payout.id)
    params = {
        "amount": payout.amount_minor,
        "currency": payout.currency.lower(),
        "destination": account_id,
        "transfer_group": name,
        "metadata": {PAYOUT: str(payout.id)},
    }
    try:
        return stripe.ask(
            lambda client: client.transfers.create(params=params, options=stripe.options(name))
        )
    except TillAwayError:
        raise
    except TillRefusedError as error:
        return str(error.details.get("reason") or error.code)


def _settle(payout_id: int, found: Object | str) -> None:
    payout = queries.get_payout(payout_id, lock=True)
    now = clock.now()
    if isinstance(found, str):
        payout.state, payout.reason, payout.settled_at = "failed", found, now
        rows = [Posting(chart.IN_TRANSIT, chart.payable(payout.creator_id), *_amount(payout))]
        _post(payout, "failed", rows)
        alarms.ring("payout_failed", f"payout {payout.id}: {found}", payout.creator_id)
        return
    payout.state, payout.transfer_id, payout.settled_at = "sent", str(found["id"]), now
    payout.reason = None
    _post(payout, "sent", [Posting(chart.IN_TRANSIT, chart.CLEARING, *_amount(payout))])
    metrics.count("payouts", "sent")


def _amount(payout: Payout) -> tuple[int, str]:
    return payout.amount_minor, payout.currency


def _post(payout: Payout, purpose: str, rows: list[Posting]) -> None:
    journal.post(
        Cause("payout", str(payout.id), purpose), rows, clock.now(), user_id=payout.creator_id
    )


def resolve() -> int:
    """Have payouts looked at that nobody has settled within the hour; return how many."""
    with transaction():
        ids = queries.open_payouts(clock.now() - STUCK)
        for payout_id in ids:
            want(payout_id)
    return len(ids)


# --- What came back ---


def sync_transfer(transfer_id: str) -> None:
    """Post what the provider has taken back of a transfer: each reversal is a further entry."""
    with transaction():
        payout = queries.payout_of_transfer(transfer_id)
    if payout is None:
        return
    asked = {"limit": 100}
    back = list(
        stripe.each(lambda client: client.transfers.reversals.list(transfer_id, params=asked))
    )
    with transaction():
        payout = queries.get_payout(payout.id, lock=True)
        mine = chart.payable(payout.creator_id)
        for one in back:
            rows = [Posting(chart.CLEARING, mine, int(one["amount"]), payout.currency)]
            cause = Cause("transfer", str(one["id"]), "reversed")
            if journal_queries.find_entry(cause) is None:
                journal.post(cause, rows, clock.now(), user_id=payout.creator_id)
                alarms.ring("payout_reversed", f"payout {payout.id}", payout.creator_id)
        if sum(int(one["amount"]) for one in back) >= payout.amount_minor:
            payout.state = "reversed"


# --- The reserve ---


def release_reserves() -> int:
    """Let go what was kept back of sales that are old enough; return of how many."""
    through = clock.now().date() - timedelta(days=payouts.RESERVE_DAYS)
    with transaction():
        ids = [
            (one, key)
            for one in queries.list_creators()
            for key in queries.unreleased(one, through)
        ]
    return sum(_release(creator_id, int(key)) for creator_id, key in ids)


def _release(creator_id: int, invoice_id: int) -> int:
    """Release what is left of a sale's reserve; while a bank disputes it, it stays."""
    with transaction():
        invoice = journal_queries.lock_invoice(invoice_id)
        if invoice is None or journal_queries.has_open_dispute(invoice):
            return 0
        kept = chart.reserve(creator_id)
        left = parts_left(journal_queries.invoice_postings(invoice)).get(kept, 0)
        rows = posted([Posting(kept, chart.payable(creator_id), left, invoice.currency.upper())])
        if rows:
            journal.post(
                Cause("invoice", str(invoice_id), "released"),
                rows,
                clock.now(),
                user_id=invoice.user_id,
            )
        return len(rows)
