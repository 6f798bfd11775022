"""How subscriptions end, and how a paused one goes on."""

from __future__ import annotations

from .errors import missing, refused
from .form import Params
from .invoices import attempt, draft, finalize, keep
from .lines import period_line, proration_lines
from .subscriptions import OVER, items_of, period_from, period_of, plan_period

FEEDBACK = (
    "customer_service", "low_quality", "missing_features", "other", "switched_service",
    "too_complex", "too_expensive", "unused",
)  # fmt: skip


def details_of(p: Params, kept: dict, reason=None) -> dict:
    """Return the reasons for leaving after an update."""
    given = p.nested("cancellation_details")
    new = {name: given.text(name) or None for name in ("comment",) if name in given}
    if "feedback" in given:
        new["feedback"] = given.choice("feedback", ("", *FEEDBACK)) or None
    if reason:
        new["reason"] = reason
    return {**kept, **new}


def end_subscription(world, body, reason="cancellation_requested") -> dict:
    """End a subscription now."""
    was = body["status"]
    details = {**body["cancellation_details"], "reason": reason}
    body.update(
        status="incomplete_expired" if was == "incomplete" else "canceled",
        canceled_at=body["canceled_at"] or world.now,
        cancel_at=body["cancel_at"],
        ended_at=world.now,
        cancellation_details=details,
    )
    for invoice in world.all("invoice", _subscription=body["id"]):
        if invoice["status"] in ("draft", "open"):
            # What is owed stays owed, but nobody tries to collect it by himself any more.
            invoice.update(auto_advance=False, next_payment_attempt=None)
    world.emit("customer.subscription.deleted", body)
    return body


def cancel(world, p: Params, key) -> dict:
    """Answer DELETE /v1/subscriptions/{id}."""
    body = world.get("subscription", key)
    if body["status"] in OVER:
        raise missing("subscription", key)
    body["cancellation_details"] = details_of(p, body["cancellation_details"])
    if p.flag("prorate", default=False):
        _give_back(world, body)
    if p.flag("invoice_now", default=False):
        _last_invoice(world, body)
    return end_subscription(world, body)


def _give_back(world, body):
    from .changing import keep_pending

    for item in items_of(body):
        for one in proration_lines(world, body, item, None, world.now):
            keep_pending(world, body, one)


def _last_invoice(world, body):
    from .changing import take_pending

    lines = take_pending(world, body)
    if lines:
        customer = world.find("customer", body["customer"])
        made = draft(world, customer, body["currency"], lines, reason="manual", subscription=body)
        invoice = keep(world, made)
        body["latest_invoice"] = invoice["id"]
        if finalize(world, invoice)["status"] == "open":
            attempt(world, invoice)


def resume(world, p: Params, key) -> dict:
    """Answer POST /v1/subscriptions/{id}/resume: a new period begins and is paid."""
    body = world.get("subscription", key)
    if body["status"] != "paused":
        message = (
            f"Only subscriptions with status `paused` can be resumed; this one is {body['status']}."
        )
        raise refused(message)
    now = world.now
    end = period_from(items_of(body)[0]["price"], now, now)
    for item in items_of(body):
        item.update(current_period_start=now, current_period_end=end)
    body["billing_cycle_anchor"] = now
    lines = [period_line(world, body, item, *period_of(body)) for item in items_of(body)]
    customer = world.find("customer", body["customer"])
    made = draft(
        world, customer, body["currency"], lines,
        reason="subscription_update", subscription=body, _resumes=True,
    )  # fmt: skip
    invoice = keep(world, made)
    body["latest_invoice"] = invoice["id"]
    plan_period(world, body)
    if finalize(world, invoice)["status"] == "open":
        attempt(world, invoice)
    if body["status"] == "active":
        world.emit("customer.subscription.resumed", body)
    return body
