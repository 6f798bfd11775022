"""What happens by itself as time passes: renewals, trials that end, dunning, expiry."""

from __future__ import annotations

import copy
import heapq

from .balance import payout_arrives
from .changing import cancel_at_date, take_pending
from .ending import end_subscription
from .invoices import DRAFT_SECONDS, attempt, close, draft, finalize, keep
from .lines import period_line
from .subscriptions import (
    OVER,
    expire_incomplete,
    has_card,
    items_of,
    period_from,
    period_of,
    plan_period,
)

QUIET = (*OVER, "incomplete", "paused")


def tick(world) -> int:
    """Do everything that has fallen due by now, in its order; return how much that was.

    While an entry is worked on, the clock shows the moment at which it fell due.
    """
    done = 0
    target = world.now
    world.request = {"id": None, "idempotency_key": None}
    while world.due and world.due[0][0] <= target:
        at, _, what, key = heapq.heappop(world.due)
        clock, world.clock = world.clock, lambda at=at: at - world.offset
        try:
            TASKS[what](world, key)
        finally:
            world.clock = clock
        done += 1
    return done


def _period_end(world, key):
    body = world.find("subscription", key)
    end = period_of(body)[1]
    if body["status"] in QUIET or end > world.now:
        return
    if body["cancel_at_period_end"]:
        end_subscription(world, body)
    elif body["status"] == "trialing" and not has_card(world, body):
        _trial_without_card(world, body, end)
    else:
        _renew(world, body, end)


def _trial_without_card(world, body, end):
    what = body["trial_settings"]["end_behavior"]["missing_payment_method"]
    if what == "cancel":
        end_subscription(world, body)
    elif what == "pause":
        world.change(body, "customer.subscription.updated", status="paused")
        world.emit("customer.subscription.paused", body)
    else:
        _renew(world, body, end)


def _renew(world, body, start):
    """Begin the next period with an invoice that is still a draft for an hour."""
    before = copy.deepcopy(body)
    end = period_from(items_of(body)[0]["price"], body["billing_cycle_anchor"], start)
    for item in items_of(body):
        # An archived price goes on for those who have it.
        item.update(current_period_start=start, current_period_end=end)
    lines = [period_line(world, body, item, start, end) for item in items_of(body)]
    lines = take_pending(world, body) + lines
    customer = world.find("customer", body["customer"])
    was, status = body["status"], "active" if body["status"] == "trialing" else body["status"]
    made = draft(
        world, customer, body["currency"], lines, reason="subscription_cycle", subscription=body,
        period=(start, end), automatically_finalizes_at=world.now + DRAFT_SECONDS,
        auto_advance=was != "unpaid",
    )  # fmt: skip
    invoice = keep(world, made)
    body.update(latest_invoice=invoice["id"], status=status)
    world.emit("customer.subscription.updated", body, before)
    plan_period(world, body)
    if was != "unpaid":
        world.plan(world.now + DRAFT_SECONDS, "finalize", invoice["id"])


def _finalize(world, key):
    invoice = world.find("invoice", key)
    body = world.find("subscription", invoice["_subscription"])
    if invoice["status"] != "draft" or not invoice["auto_advance"]:
        return
    paused = body and body["pause_collection"]
    if paused and paused["behavior"] == "keep_as_draft":
        invoice["auto_advance"] = False
        return
    finalize(world, invoice)
    if invoice["status"] != "open":
        return
    if paused:
        close(world, invoice, "void" if paused["behavior"] == "void" else "uncollectible")
    else:
        attempt(world, invoice)


def _retry(world, key):
    invoice = world.find("invoice", key)
    if invoice["status"] == "open" and invoice["next_payment_attempt"]:
        invoice["next_payment_attempt"] = None
        attempt(world, invoice)


def _retries_over(world, key):
    """The last attempt failed: cancel, or leave the subscription unpaid, as the owner chose."""
    invoice = world.find("invoice", key)
    body = world.find("subscription", invoice["_subscription"])
    if invoice["status"] != "open" or body["status"] != "past_due":
        return
    if world.after_retries == "cancel":
        end_subscription(world, body, "payment_failed")
    elif world.after_retries == "unpaid":
        world.change(body, "customer.subscription.updated", status="unpaid")


def _trial_will_end(world, key):
    body = world.find("subscription", key)
    if body["status"] == "trialing":
        world.emit("customer.subscription.trial_will_end", body)


def _upcoming(world, key):
    body = world.find("subscription", key)
    if body["status"] in QUIET or body["cancel_at_period_end"] or not body["items"]["data"]:
        return
    from .preview import upcoming

    shown = upcoming(world, body)
    if shown["created"] > world.now:
        shown = {name: value for name, value in shown.items() if name != "id"}
        world.emit("invoice.upcoming", shown)


def _unpause(world, key):
    body = world.find("subscription", key)
    paused = body["pause_collection"]
    if paused and paused["resumes_at"] and paused["resumes_at"] <= world.now:
        world.change(body, "customer.subscription.updated", pause_collection=None)


def _expire_session(world, key):
    from .checkout import expire

    body = world.find("checkout.session", key)
    if body["status"] == "open":
        expire(world, body)


TASKS = {
    "period_end": _period_end,
    "finalize": _finalize,
    "retry": _retry,
    "retries_over": _retries_over,
    "trial_will_end": _trial_will_end,
    "upcoming": _upcoming,
    "unpause": _unpause,
    "incomplete": expire_incomplete,
    "cancel_at": cancel_at_date,
    "payout": payout_arrives,
    "session": _expire_session,
}
