"""What the operator's administrators see and decide of members' money and of its machinery."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import Any

from babel.numbers import get_currency_precision
from sqlalchemy import func, select

from app.accounts import service as accounts
from app.billing.models import (
    Creator,
    Invoice,
    ProviderEvent,
    Reconciliation,
    Subscription,
)
from app.billing.queries import provider as queries
from app.billing.queries import standings
from app.billing.rules import own_plan
from app.billing.rules.mirror import OFFERS
from app.billing.schemas.administration import (
    Comparison,
    CreatorDue,
    DeadEvent,
    HeldPlan,
    MemberInvoice,
    MemberMoney,
    PlanChange,
    PlanChangeIn,
    PlanChangeQuery,
    PlanChoice,
    PlanGiftIn,
)
from app.billing.service import changes, movements, paid, payouts, plans
from app.billing.service.changes import Decided
from app.core import clock
from app.core.db import db
from app.core.errors import ConflictError, NotFoundError, ValidationError
from app.core.i18n import gettext

SHOWN = 20
OPERATOR = "operator"


def member_money(user_id: int) -> MemberMoney:
    """Return a member's plans by ladder, the newest invoices, and what may be given."""
    mine = Invoice.user_id == user_id
    newest = select(Invoice).where(mine).order_by(Invoice.id.desc()).limit(SHOWN)
    rows = list(db.session.scalars(newest))
    back = queries.refunded([row.id for row in rows])
    return MemberMoney(
        plans=_held(user_id),
        invoices=[
            MemberInvoice(
                digits=get_currency_precision(row.currency),
                refunded_minor=back.get(row.id, 0),
                **{
                    name: getattr(row, name)
                    for name in MemberInvoice.model_fields
                    if name not in {"digits", "refunded_minor"}
                },
            )
            for row in rows
        ],
        choices=[
            PlanChoice(
                ladder=ladder.key,
                plan=plan.tier,
                name=f"{ladder.name}: {plan.name}",
                is_free=not plan.price,
            )
            for ladder in plans.list_ladders()
            for plan in ladder.plans
        ],
    )


def _held(user_id: int) -> list[HeldPlan]:
    mine = select(Subscription).where(Subscription.user_id == user_id)
    rows = {}
    for row in db.session.scalars(mine.order_by(Subscription.started_at, Subscription.id)):
        rows[row.ladder, row.offer_id] = row
    return [
        HeldPlan(
            ladder=row.ladder,
            plan=row.tier,
            is_paid=paid.current(user_id, row.ladder, row.offer_id) is not None,
            **{
                name: getattr(row, name)
                for name in HeldPlan.model_fields
                if name not in {"ladder", "plan", "is_paid"}
            },
        )
        for _, row in sorted(rows.items(), key=lambda item: str(item[0]))
    ]


def users_standing(ladder: str, standing: str) -> tuple[Any, bool]:
    """Return a query of users for a list of members, and whether these are meant or all others.

    `standing` is one of `own_plan.STATES`; "all" is whoever has a plan there that may be used.
    """
    if standing == "none":
        return standings.users_known(ladder), False
    has_one = tuple(each for each in own_plan.STATES if each not in ("none", "ended"))
    wanted = has_one if standing == "all" else (standing,)
    return standings.users_standing(ladder, wanted, clock.now()), True


def give_plan(user_id: int, given: PlanGiftIn) -> None:
    """Put a member on a plan for nothing, in the present transaction.

    Raises:
        ConflictError: the member pays on this ladder: cancel that first.
        NotFoundError: there is no such plan.
        ValidationError: it would have ended already, or it is what a creator sells.
    """
    if given.ladder == OFFERS:
        message = gettext("What a creator sells cannot be given away.")
        raise ValidationError(message, field="ladder")
    plans.get_plan(given.plan, given.ladder)
    if paid.current(user_id, given.ladder) is not None:
        message = gettext("This member pays on this ladder. Cancel that first, then give the plan.")
        raise ConflictError(message, code="pays_already")
    now = clock.now()
    ends_at = None
    if given.until is not None:
        ends_at = datetime.combine(given.until + timedelta(days=1), time(), UTC)
        if ends_at <= now:
            message = gettext("until: today or a later day")
            raise ValidationError(message, field="until")
    movements.append(
        Subscription(
            user_id=user_id,
            ladder=given.ladder,
            tier=given.plan,
            status="active",
            source=OPERATOR,
            reason=given.reason,
            started_at=now,
            ends_at=ends_at,
            created_at=now,
        )
    )
    accounts.audit("user.plan_changed", user_id=user_id, tier=given.plan, source=OPERATOR)


def preview_change_of(user_id: int, asked: PlanChangeQuery) -> PlanChange:
    """Return what another plan or interval costs a member who pays, to the cent.

    Raises:
        NotFoundError: there is no such plan.
        ConflictError: the member does not pay here, is on it already, or it cannot be now.
    """
    with _said_of_a_member(asked.ladder):
        found = changes.preview(user_id, asked.ladder, asked.plan, asked.interval)
    return PlanChange(
        ladder=asked.ladder,
        plan=asked.plan,
        name=plans.get_plan(asked.plan, asked.ladder).name,
        digits=get_currency_precision(found.currency),
        **asdict(found),
    )


def change_plan_of(user_id: int, given: PlanChangeIn, decided: Decided) -> None:
    """Change the plan of a member who pays, through the till, as the member would.

    Raises:
        CardRefusedError: the bank refused; nothing has changed.
        NotFoundError, ConflictError, ValidationError: as in `preview_change_of`.
    """
    with _said_of_a_member(given.ladder):
        changes.change_plan(
            user_id, given.ladder, given.plan, given.interval,
            proration_at=given.proration_at, decided=decided,
        )  # fmt: skip


@contextmanager
def _said_of_a_member(ladder: str) -> Iterator[None]:
    """Say to an administrator what the till says to the member."""
    if ladder == OFFERS:
        message = gettext("What a creator sells has one price. It can only be cancelled.")
        raise ValidationError(message, field="ladder")
    try:
        yield
    except (ConflictError, NotFoundError) as error:
        texts = {
            "no_plan": gettext("This member pays for nothing on this ladder. Give a plan instead."),
            "same_plan": gettext("This member is on this plan already."),
        }
        if error.code not in texts:
            raise
        raise ConflictError(texts[error.code], code=error.code) from error


def check_invoice(user_id: int, invoice_id: int) -> None:
    """Raise NotFoundError unless an invoice is this member's."""
    if queries.find_invoice(invoice_id, user_id) is None:
        message = gettext("There is no such invoice.")
        raise NotFoundError(message)


def event_counts() -> dict[str, int]:
    """Return how many events of the provider wait and how many were given up."""
    states = select(ProviderEvent.state, func.count()).where(
        ProviderEvent.state.in_(("pending", "dead"))
    )
    found = dict.fromkeys(("pending", "dead"), 0)
    return found | {
        state: int(count)
        for state, count in db.session.execute(states.group_by(ProviderEvent.state))
    }


def dead_events() -> list[DeadEvent]:
    """Return the newest events of the provider that were given up."""
    dead = select(ProviderEvent).where(ProviderEvent.state == "dead")
    rows = db.session.scalars(dead.order_by(ProviderEvent.received_at.desc()).limit(SHOWN))
    return [DeadEvent.model_validate(row, from_attributes=True) for row in rows]


def comparisons() -> list[Comparison]:
    """Return the newest comparisons of our balance with the provider's."""
    rows = db.session.scalars(
        select(Reconciliation).order_by(Reconciliation.id.desc()).limit(SHOWN)
    )
    names = [name for name in Comparison.model_fields if name != "digits"]
    return [
        Comparison(
            digits=get_currency_precision(row.currency),
            **{name: getattr(row, name) for name in names},
        )
        for row in rows
    ]


def creators_due() -> list[CreatorDue]:
    """Return what creators may be paid, and why no more."""
    due = payouts.due()
    ids = {creator_id for creator_id, _, _, _ in due}
    names = accounts.pseudonyms(ids)
    held = set(
        db.session.scalars(
            select(Creator.user_id).where(Creator.user_id.in_(ids), Creator.is_suspended)
        )
    )
    return [
        CreatorDue(
            creator_id=creator_id,
            name=names.get(creator_id, ""),
            currency=currency,
            digits=get_currency_precision(currency),
            amount_minor=amount,
            why=None if why is None else str(why),
            is_held=creator_id in held,
        )
        for creator_id, currency, amount, why in due
    ]
