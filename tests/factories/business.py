"""A made-up business: histories of plans, steps of the funnel and a journal, by chance."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from app.accounts import service as accounts
from app.accounts.models import User
from app.billing import service as billing
from app.billing.models import (
    Creator,
    JournalDay,
    JournalEntry,
    JournalPosting,
    Offer,
    Subscription,
)
from app.core import clock
from app.core.db import db, transaction

DAYS = 80
CURRENCIES = ("USD", "USD", "EUR")


def append(user_id: int, price: int, at: datetime, **facts: Any) -> Subscription:
    """Add a row to a history by the one way in."""
    given = {
        "user_id": user_id, "ladder": "robots", "tier": "low", "status": "active",
        "source": "stripe", "interval": "month", "price_minor": price, "currency": "USD",
        "started_at": at, "created_at": clock.now(),
    }  # fmt: skip
    return billing.append(Subscription(**given | facts))


def move(at: datetime, number: int, debit: str, credit: str, amount: int, currency: str) -> None:
    """Write an entry of one posting into the journal, with the sums of its day."""
    entry = JournalEntry(
        source_type="invoice", source_id=str(number), purpose="paid", note="", happened_at=at,
        created_at=at,
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
    day = at.date()
    db.session.add(
        JournalPosting(
            entry_id=entry.id, debit=debit, credit=credit, amount_minor=amount, currency=currency,
            day=day,
        )
    )  # fmt: skip
    for account, debited, credited in ((debit, amount, 0), (credit, 0, amount)):
        row = db.session.get(JournalDay, (account, currency, day))
        if row is None:
            row = JournalDay(
                account=account, currency=currency, day=day, debit_minor=0, credit_minor=0
            )
            db.session.add(row)
        row.debit_minor += debited
        row.credit_minor += credited
    db.session.flush()


def noon(day: date) -> datetime:
    """Return the middle of a UTC day."""
    return datetime.combine(day, time(12), UTC)


def make_business(seed: int = 11, *, members: int = 40, rows: int = 160) -> list[int]:
    """Make members of the last 80 days, their plans and what they paid; return their ids."""
    picked = random.Random(seed)
    today = clock.now().date()
    days = [today - timedelta(days=DAYS - number) for number in range(DAYS + 1)]
    with transaction():
        users = [accounts.create_user(f"m{number}@example.test").id for number in range(members)]
        for user_id in users:
            came = noon(picked.choice(days[:60]))
            db.session.get_one(User, user_id).created_at = came
            billing.note_conversion(
                "sign_up", key=f"sign_up:{user_id}", user_id=user_id, happened_at=came,
                source=picked.choice(["wordpress", "service"]),
            )  # fmt: skip
        db.session.add(Creator(user_id=users[0], requirements=[], created_at=noon(days[0])))
        db.session.flush()
        offer = Offer(
            creator_id=users[0], name="Signals", price_minor=5000, state="active",
            created_at=noon(days[0]), updated_at=noon(days[0]),
        )  # fmt: skip
        db.session.add(offer)
        db.session.flush()
        for day in sorted(picked.choices(days, k=rows)):
            ladder = picked.choice(["robots", "robots", "coach", "offers"])
            append(
                picked.choice(users), picked.choice([0, 1999, 2999, 24_990]), noon(day),
                ladder=ladder, offer_id=offer.id if ladder == "offers" else None,
                tier="offer" if ladder == "offers" else picked.choice(["low", "mid", "premium"]),
                status=picked.choice(["active", "active", "active", "cancelled", "expired"]),
                source=picked.choice(["stripe"] * 5 + ["operator"]),
                interval=picked.choice(["month", "month", "year"]),
                currency=picked.choice(CURRENCIES),
            )  # fmt: skip
        for number in range(rows):
            at, currency = noon(picked.choice(days)), picked.choice(CURRENCIES)
            debit, credit = picked.choice(MOVES).format(creator=users[0]).split(">")
            move(at, number, debit, credit, picked.randint(1, 9000), currency)
    return users


MOVES = (
    "stripe_clearing>revenue:robots", "stripe_clearing>revenue:robots",
    "stripe_clearing>revenue:creator", "stripe_clearing>payable:{creator}",
    "refunds:robots>stripe_clearing", "revenue:robots>customer_credit", "fees>stripe_clearing",
    "stripe_clearing>taxes", "payable:{creator}>payouts_in_transit",
)  # fmt: skip
