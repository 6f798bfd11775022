"""The price of a switch, and the next invoice, without doing anything."""

from __future__ import annotations

import copy

from .changing import anew_period, changed_items, starts_anew, switch_lines
from .errors import ApiError, lacks
from .form import Params
from .invoices import draft
from .lines import period_line
from .subscriptions import OVER, PRORATIONS, items_of, period_from, period_of


def upcoming(world, body) -> dict:
    """Return the next invoice of a subscription as it would be today."""
    return _next(world, copy.deepcopy(body), items_of(body), [])


def _next(world, body, items, switch):
    end = period_of(body)[1]
    later = period_from(items[0]["price"], body["billing_cycle_anchor"], end)
    waiting = world.all("invoiceitem", _subscription=body["id"], invoice=None)
    lines = [copy.deepcopy(one["_line"]) for one in waiting] + switch
    lines += [period_line(world, body, item, end, later) for item in items]
    return _shown(world, body, lines, (period_of(body)[0], end), created=end)


def _shown(world, body, lines, period, *, created):
    customer = world.find("customer", body["customer"])
    made = draft(
        world, customer, body["currency"], lines, reason="upcoming", subscription=body,
        period=period, created=created, next_payment_attempt=created + 3600,
    )  # fmt: skip
    made["id"] = f"upcoming_{world.id('in')}"
    made["subscription_proration_date"] = None
    del made["subscription_proration_date"]
    return made


def create_preview(world, p: Params) -> dict:
    """Answer POST /v1/invoices/create_preview."""
    details = p.nested("subscription_details")
    key = p.text("subscription")
    if not key:
        return _new_subscription(world, p, details)
    body = copy.deepcopy(world.get("subscription", key, "subscription"))
    if body["status"] in OVER or _ends(details, body):
        raise _nothing()
    if not details.each("items") and details.get("billing_cycle_anchor") != "now":
        return upcoming(world, body)
    return _switch(world, details, body)


def _nothing():
    message = "No upcoming invoices for customer"
    return ApiError(404, "invalid_request_error", message, "invoice_upcoming_none")


def _ends(details, body):
    return body["cancel_at_period_end"] and not details.each("items")


def _switch(world, details, body):
    behaviour = details.choice("proration_behavior", PRORATIONS, "create_prorations")
    at = details.whole("proration_date", world.now)
    pairs = changed_items(world, details, body)
    resets = details.get("billing_cycle_anchor") == "now"
    anew = body["status"] != "trialing" and starts_anew(pairs, resets=resets)
    lines = [] if behaviour == "none" else switch_lines(world, body, pairs, at, anew=anew)
    items = [after for _before, after in pairs if after]
    if anew:
        start, end = anew_period(world, items, at)
        lines += [period_line(world, body, item, start, end) for item in items]
    if anew or behaviour == "always_invoice":
        made = _shown(world, body, lines, period_of(body), created=at)
    else:
        made = _next(world, body, items, lines)
    made["parent"]["subscription_details"]["subscription_proration_date"] = at
    return made


def _new_subscription(world, p, details):
    from .subscriptions import _new, _trial_end, _wanted_item

    customer = world.get("customer", p.need("customer"), "customer")
    if not details.each("items"):
        running = [
            one
            for one in world.all("subscription", customer=customer["id"])
            if one["status"] not in OVER and not one["cancel_at_period_end"]
        ]
        if not running:
            raise _nothing()
        return upcoming(world, min(running, key=lambda one: period_of(one)[1]))
    wanted = [_wanted_item(world, one) for one in details.each("items")]
    if not wanted:
        raise lacks("subscription_details[items]")
    body = _new(world, details, customer, wanted, _trial_end(world, details))
    world.forget(body)
    start, end = period_of(body)
    trial = body["status"] == "trialing"
    lines = [period_line(world, body, item, start, end, trial=trial) for item in items_of(body)]
    made = _shown(world, body, lines, (start, end), created=start)
    made["parent"]["subscription_details"]["subscription"] = None
    return made
