"""Members' money and its machinery, decided by the administrators of the operator's own site."""

from __future__ import annotations

from app.accounts import service as accounts
from app.billing import service as billing
from app.billing.errors import TillAwayError
from app.billing.schemas.administration import (
    DeadJob,
    MemberMoney,
    Operation,
    PlanCancelIn,
    PlanChange,
    PlanChangeIn,
    PlanChangeQuery,
    PlanGiftIn,
    QueueDepth,
    RefundIn,
)
from app.core import backlog
from app.core.db import transaction


def member_money(site_id: str, member_id: int) -> MemberMoney:
    """Return a member's plans and invoices; NotFoundError for a member of another site."""
    return billing.member_money(_user(site_id, member_id))


def _user(site_id: str, member_id: int) -> int:
    return accounts.get_site_member(site_id, member_id).user_id


def check_member(site_id: str, member_id: int) -> None:
    """Raise NotFoundError unless somebody is a member of a site."""
    accounts.get_site_member(site_id, member_id)


def gift_plan(site_id: str, member_id: int, given: PlanGiftIn, *, by: int) -> MemberMoney:
    """Put a member on a plan for nothing."""
    user_id = _user(site_id, member_id)
    billing.give_plan(user_id, given)
    accounts.audit("plan.given", user_id=user_id, site_id=site_id, subject=f"plan:{given.ladder}",
                   plan=given.plan, wp_user=by)  # fmt: skip
    return billing.member_money(user_id)


def cancel_plan(site_id: str, member_id: int, given: PlanCancelIn, *, by: int) -> MemberMoney:
    """End what a member pays for, now or when it is used up."""
    user_id = _user(site_id, member_id)
    billing.cancel_plan(user_id, given.ladder, now=given.at_once, comment=given.reason)
    _note("plan.cancelled", user_id, site_id, f"plan:{given.ladder}", by)
    return billing.member_money(user_id)


def preview_change(site_id: str, member_id: int, asked: PlanChangeQuery) -> PlanChange:
    """Return what another plan costs a member who pays."""
    return billing.preview_change_of(_user(site_id, member_id), asked)


def change_plan(site_id: str, member_id: int, given: PlanChangeIn, *, by: int) -> MemberMoney:
    """Change the plan of a member who pays: a dearer one at once, a cheaper one at its time."""
    user_id = _user(site_id, member_id)
    billing.change_plan_of(user_id, given, billing.Decided(site_id, by, given.reason))
    return billing.member_money(user_id)


def refund(site_id: str, member_id: int, given: RefundIn, *, by: int) -> int:
    """Give back what a member has paid, all or a part; return how much."""
    user_id = _user(site_id, member_id)
    billing.check_invoice(user_id, given.invoice_id)
    try:
        amount = billing.refund(
            given.invoice_id,
            reason=given.reason,
            amount_minor=given.amount_minor,
            refunded_minor=given.refunded_minor,
            ends_access=given.ends_access,
        )
    except TillAwayError:
        # It may have been done: who wanted it is noted all the same.
        _note("payment.refund_unknown", user_id, site_id, f"invoice:{given.invoice_id}", by)
        raise
    _note("payment.refund_decided", user_id, site_id, f"invoice:{given.invoice_id}", by)
    return amount


def _note(action: str, user_id: int, site_id: str, subject: str, by: int) -> None:
    """Note who decided; what was done at the provider has a line of its own."""
    with transaction():
        accounts.audit(action, user_id=user_id, site_id=site_id, subject=subject, wp_user=by)


def operation() -> Operation:
    """Return what may need a hand."""
    return Operation(
        events=billing.event_counts(),
        dead_events=billing.dead_events(),
        queues=[QueueDepth(**vars(each)) for each in backlog.depths()],
        dead_jobs=[DeadJob(**vars(each)) for each in backlog.list_dead()],
        comparisons=billing.comparisons(),
        creators=billing.creators_due(),
    )


def replay(site_id: str, event_id: str, *, by: int) -> str:
    """Have an event of the provider worked on again; return what it is about."""
    subject = billing.replay_event(event_id)
    accounts.audit("event.replayed", site_id=site_id, subject=f"event:{event_id[:60]}", wp_user=by)
    return subject


def hold_creator(site_id: str, creator_id: int, reason: str, *, is_held: bool, by: int) -> None:
    """Stop a creator's sales and payouts, or let them go on."""
    billing.set_suspended(creator_id, reason, is_suspended=is_held)
    accounts.audit("creator.held" if is_held else "creator.released", user_id=creator_id,
                   site_id=site_id, subject=f"user:{creator_id}", wp_user=by)  # fmt: skip
