"""Members who may sell, with the real doors: a plan, codes at sign-in, an account at the till."""

from __future__ import annotations

from datetime import datetime

from app.accounts import service as accounts
from app.accounts.models import SecondFactor
from app.billing import service as billing
from app.billing.models import Creator
from app.billing.rules.postings import Cause, Posting
from app.billing.service import creators, journal
from app.core import clock
from app.core.db import db, transaction
from tests.factories.money import person
from tests.fakes.stripe import FakeStripe


def turn_on_codes(user_id: int) -> None:
    """Let a member sign in with codes from now on, as if they had confirmed one."""
    with transaction():
        accounts.begin_enrolment(user_id)
        db.session.get_one(SecondFactor, user_id).confirmed_at = clock.now()


def turn_off_codes(user_id: int) -> None:
    """Take a member's codes away."""
    with transaction():
        accounts.remove_second_factor(user_id)


def give_plan(user_id: int) -> None:
    """Put a member on the creator plan."""
    with transaction():
        billing.subscribe(user_id, "creator", ladder="creator", source="operator")


def seller(till: FakeStripe | None = None) -> int:
    """Return the id of a creator who has everything; with a till also an account there."""
    return sells(person(), till)


def sells(user_id: int, till: FakeStripe | None = None) -> int:
    """Make a member a creator who has everything; return the member's id."""
    give_plan(user_id)
    turn_on_codes(user_id)
    with transaction():
        creators.become(user_id)
    if till is not None:
        account = creators.need_account(user_id)
        till.onboard(account)
        creators.sync_account(account)
    return user_id


def earned(
    creator_id: int, amount_minor: int, at: datetime, key: str, currency: str = "USD"
) -> None:
    """Let a creator have earned something by a sale."""
    rows = [Posting("stripe_clearing", f"payable:{creator_id}", amount_minor, currency)]
    with transaction():
        journal.post(Cause("invoice", key, "paid"), rows, at, user_id=creator_id)


def get(creator_id: int) -> Creator:
    """Return a creator as the database has them now."""
    with transaction():
        db.session.expire_all()
        return db.session.get_one(Creator, creator_id)
