"""JSON: members' money and its machinery, for administrators of the operator's own site alone."""

from __future__ import annotations

from flask import Response, request

from app.admin import service
from app.admin.api.blueprint import answer, api, asker, site
from app.billing.schemas.administration import (
    Done,
    MemberMoney,
    Operation,
    PlanCancelIn,
    PlanChange,
    PlanChangeIn,
    PlanChangeQuery,
    PlanGiftIn,
    ReasonIn,
    Refunded,
    RefundIn,
    Replayed,
)
from app.core.auth import owner
from app.core.describe import describe
from app.core.http import own_transactions
from app.core.parse import json_body, parse


@api.get("/members/<int:member_id>/money")
@describe(answer=MemberMoney)
@owner
def member_money(member_id: int) -> Response:
    """A member's plans and newest invoices."""
    return answer(service.member_money(site(), member_id))


@api.post("/members/<int:member_id>/plan")
@describe(body=PlanGiftIn, answer=MemberMoney)
@owner
def give_plan(member_id: int) -> Response:
    """Put a member on a plan for nothing. 409 where the member pays on the ladder."""
    given = parse(PlanGiftIn, json_body())
    return answer(service.gift_plan(site(), member_id, given, by=asker()))


@api.post("/members/<int:member_id>/cancel")
@own_transactions
@describe(body=PlanCancelIn, answer=MemberMoney, problems=(503,))
@owner
def cancel_plan(member_id: int) -> Response:
    """End what a member pays for, when it is used up or at once."""
    given = parse(PlanCancelIn, json_body())
    return answer(service.cancel_plan(site(), member_id, given, by=asker()))


@api.get("/members/<int:member_id>/change")
@describe(query=PlanChangeQuery, answer=PlanChange, problems=(409, 503))
@owner
def preview_change(member_id: int) -> Response:
    """What another plan or interval is and costs a member who pays, to the cent."""
    # A member of another site is not found, whatever else is asked.
    service.check_member(site(), member_id)
    asked = parse(PlanChangeQuery, request.args.to_dict())
    return answer(service.preview_change(site(), member_id, asked))


@api.post("/members/<int:member_id>/change")
@own_transactions
@describe(body=PlanChangeIn, answer=MemberMoney, problems=(503,))
@owner
def change_plan(member_id: int) -> Response:
    """Change the plan of a member who pays: a dearer one at once, a cheaper one at its time.

    409 where a payment is open, the plan is paused, or the member's bank refuses.
    """
    given = parse(PlanChangeIn, json_body())
    return answer(service.change_plan(site(), member_id, given, by=asker()))


@api.post("/members/<int:member_id>/refund")
@own_transactions
@describe(body=RefundIn, answer=Refunded, problems=(503,))
@owner
def refund(member_id: int) -> Response:
    """Give back what a member has paid, all that is left or a part."""
    given = parse(RefundIn, json_body())
    amount = service.refund(site(), member_id, given, by=asker())
    return answer(Refunded(amount_minor=amount))


@api.get("/operation")
@describe(answer=Operation)
@owner
def operation() -> Response:
    """What may need a hand: dead events and jobs, the balance, and who is to be paid."""
    return answer(service.operation())


@api.post("/events/<event_id>/replay")
@describe(answer=Replayed)
@owner
def replay_event(event_id: str) -> Response:
    """Have an event of the payment provider worked on again."""
    return answer(Replayed(subject=service.replay(site(), event_id, by=asker())))


@api.post("/creators/<int:creator_id>/hold")
@describe(body=ReasonIn, answer=Done)
@owner
def hold_creator(creator_id: int) -> Response:
    """Stop a creator's sales and payouts."""
    return _held(creator_id, is_held=True)


@api.post("/creators/<int:creator_id>/release")
@describe(body=ReasonIn, answer=Done)
@owner
def release_creator(creator_id: int) -> Response:
    """Let a creator's sales and payouts go on."""
    return _held(creator_id, is_held=False)


def _held(creator_id: int, *, is_held: bool) -> Response:
    reason = parse(ReasonIn, json_body()).reason
    service.hold_creator(site(), creator_id, reason, is_held=is_held, by=asker())
    return answer(Done())
