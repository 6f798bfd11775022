"""The customer portal: plan, next payment, card, invoices, cancel and resume."""

from __future__ import annotations

from html import escape

from .changing import update_subscription
from .customers import keep_card
from .ending import cancel
from .errors import ApiError
from .form import Params
from .html import cards, day, error, go, message, not_found, page
from .lines import product_name
from .money import moment
from .money import shown as money
from .preview import create_preview, upcoming
from .subscriptions import OVER, items_of, period_of


def portal(world, form, key):
    """Show the portal, or the one step that a deep link asks for."""
    session = world.find("billing_portal.session", key)
    if session is None:
        return not_found()
    if session["_expires"] < world.now:
        text = "This page is no longer valid. Go back and open it again."
        return message("Your plan", text, back=session["return_url"])
    if form is None:
        return _shown(world, session)
    try:
        done = _act(world, session, form)
    except ApiError as failed:
        return _shown(world, session, str(failed), failed.status)
    return done or go(f"/p/session/{key}")


def _own(world, session, key):
    """Return a subscription of the session's customer: the form may name any."""
    body = world.find("subscription", key)
    if body is None or body["customer"] != session["customer"]:
        return None
    return body


def _act(world, session, form):
    what, body = form.get("do"), _own(world, session, form.get("subscription"))
    allowed = _allowed(world, session)
    if what == "card" and "payment_method_update" in allowed:
        _new_card(world, session, form.get("card", ""))
    elif body is None:
        return not_found()
    elif what == "cancel" and "subscription_cancel" in allowed:
        _cancel(world, session, body)
    elif what == "resume":
        update_subscription(world, Params({"cancel_at_period_end": "false"}), body["id"])
    elif what == "switch" and _may_switch(world, session, form.get("price")):
        _switch(world, body, form["price"])
    else:
        return not_found()
    return _after(session)


def _after(session):
    """A deep link ends where it was told to."""
    flow = session["flow"]
    if flow is None:
        return None
    session["_done"] = True
    after = flow["after_completion"]
    if after["type"] == "redirect":
        return go(after["redirect"]["return_url"])
    if after["type"] == "hosted_confirmation":
        return message("Done", "Your change is made.", back=session["return_url"])
    return None


def _allowed(world, session):
    features = world.find("billing_portal.configuration", session["configuration"])["features"]
    allowed = {name for name, one in features.items() if one["enabled"]}
    if session["flow"]:
        # A deep link to a step needs that step to be switched on, as with Stripe.
        allowed &= {session["flow"]["type"].removesuffix("_confirm")}
    return allowed


def _features(world, session, name):
    return world.find("billing_portal.configuration", session["configuration"])["features"][name]


def _new_card(world, session, token):
    customer = world.find("customer", session["customer"])
    card = keep_card(world, token, customer)
    settings = customer["invoice_settings"] | {"default_payment_method": card["id"]}
    world.change(customer, "customer.updated", invoice_settings=settings)
    for body in world.all("subscription", customer=customer["id"]):
        if body["status"] not in OVER and body["default_payment_method"]:
            world.change(body, "customer.subscription.updated", default_payment_method=card["id"])


def _cancel(world, session, body):
    if _features(world, session, "subscription_cancel")["mode"] == "immediately":
        cancel(world, Params(), body["id"])
    else:
        update_subscription(world, Params({"cancel_at_period_end": "true"}), body["id"])


def _offers(world, session):
    """Return the prices that the portal may switch to."""
    chosen = _features(world, session, "subscription_update")
    keys = [key for one in chosen["products"] or [] for key in one.get("prices", [])]
    found = [world.find("price", key) for key in keys]
    return [one for one in found if one and one["active"]]


def _may_switch(world, session, key):
    if "subscription_update" not in _allowed(world, session):
        return False
    flow = session["flow"]
    if flow and flow["type"] == "subscription_update_confirm":
        return key in [one["price"] for one in flow["subscription_update_confirm"]["items"]]
    return key in [one["id"] for one in _offers(world, session)]


def _switch(world, body, price):
    items = [{"id": items_of(body)[0]["id"], "price": price}]
    given = {"items": items, "proration_behavior": "always_invoice"}
    update_subscription(world, Params(given), body["id"])


def _shown(world, session, failed="", status=200):
    flow = session["flow"]
    kind = flow["type"] if flow and not session.get("_done") else None
    if kind:
        inner = _step(world, session, kind)
    else:
        inner = _plans(world, session) + _card(world, session) + _invoices(world, session)
    back = session["return_url"]
    leave = f'<nav><p><a href="{escape(back)}">Return to the site</a></p></nav>' if back else ""
    return page("Your plan", error(failed) + inner + leave, status)


def _step(world, session, kind):
    if kind == "payment_method_update":
        return _card(world, session)
    body = _own(world, session, session["flow"][kind]["subscription"])
    if body is None:
        return "<p>This subscription is gone.</p>"
    if kind == "subscription_cancel":
        return _plan(world, session, body, ("cancel",))
    if kind == "subscription_update":
        return _plan(world, session, body, ("switch",))
    return _confirm(world, session, body)


def _confirm(world, session, body):
    key = session["flow"]["subscription_update_confirm"]["items"][0]["price"]
    price = world.find("price", key)
    items = [{"id": items_of(body)[0]["id"], "price": key}]
    details = {"items": items, "proration_behavior": "always_invoice"}
    asked = create_preview(
        world, Params({"subscription": body["id"], "subscription_details": details})
    )
    due = money(asked["amount_due"], asked["currency"])
    button = _button(
        session,
        "switch",
        body,
        "Confirm the change",
        f'<input type="hidden" name="price" value="{escape(key)}">',
    )
    return f"<p>New plan: {escape(_label(world, price))}</p><p>Due now: <strong>{escape(due)}</strong></p>{button}"


def _label(world, price):
    recurring = price["recurring"]
    return f"{product_name(world, price)}, {money(price['unit_amount'], price['currency'])} / {recurring['interval']}"


def _button(session, what, body, label, more=""):
    return f"""<form method="post" action="/p/session/{escape(session["id"])}">
<input type="hidden" name="subscription" value="{escape(body["id"])}">{more}
<button class="plain" name="do" value="{what}">{escape(label)}</button></form>"""


def _plans(world, session):
    mine = [
        one
        for one in world.all("subscription", customer=session["customer"])
        if one["status"] not in OVER
    ]
    if not mine:
        return "<p>You have no plan at the moment.</p>"
    return "".join(_plan(world, session, one, ("cancel", "resume", "switch")) for one in mine[::-1])


def _plan(world, session, body, steps):
    name = _label(world, items_of(body)[0]["price"])
    buttons = [one for step in steps if (one := STEPS[step](world, session, body))]
    return f"<h2>{escape(name)}</h2><p>Status: {escape(body['status'])}. {escape(_next(world, body))}</p>{''.join(buttons)}"


def _next(world, body):
    end = day(period_of(body)[1])
    if body["cancel_at_period_end"]:
        return f"It ends on {end}."
    due = upcoming(world, body)
    return f"Next payment: {money(due['amount_due'], due['currency'])} on {end}."


def _cancel_button(world, session, body):
    if body["cancel_at_period_end"] or "subscription_cancel" not in _allowed(world, session):
        return ""
    at_end = _features(world, session, "subscription_cancel")["mode"] == "at_period_end"
    when = f"on {day(period_of(body)[1])}" if at_end else "now"
    return _button(session, "cancel", body, f"Cancel {when}")


def _resume_button(world, session, body):
    return _button(session, "resume", body, "Keep the plan") if body["cancel_at_period_end"] else ""


def _switch_form(world, session, body):
    now = items_of(body)[0]["price"]["id"]
    offers = [one for one in _offers(world, session) if one["id"] != now]
    if not offers or "subscription_update" not in _allowed(world, session):
        return ""
    options = "".join(
        f'<option value="{escape(one["id"])}">{escape(_label(world, one))}</option>'
        for one in offers
    )
    choice = f'<label class="text">Another plan<select name="price">{options}</select></label>'
    return _button(session, "switch", body, "Change the plan", choice)


STEPS = {"cancel": _cancel_button, "resume": _resume_button, "switch": _switch_form}


def _card(world, session):
    if "payment_method_update" not in _allowed(world, session):
        return ""
    customer = world.find("customer", session["customer"])
    kept = world.find("payment_method", customer["invoice_settings"]["default_payment_method"])
    running = [
        one["default_payment_method"] for one in world.all("subscription", customer=customer["id"])
    ]
    kept = kept or world.find("payment_method", next((one for one in running[::-1] if one), None))
    now = f"{kept['card']['brand']}, ending in {kept['card']['last4']}" if kept else "none"
    return f"""<h2>Card</h2><p>Now: {escape(now)}</p>
<form method="post" action="/p/session/{escape(session["id"])}">{cards()}
<button class="plain" name="do" value="card">Use this card</button></form>"""


def _invoices(world, session):
    if "invoice_history" not in _allowed(world, session):
        return ""
    mine = [one for one in world.all("invoice", customer=session["customer"]) if one["number"]]
    lines = "".join(
        f'<tr><td><a href="/i/{escape(one["id"])}">{escape(one["number"])}</a></td>'
        f"<td>{moment(one['created']):%d %b %Y}</td><td>{escape(one['status'])}</td>"
        f'<td class="amount">{escape(money(one["total"], one["currency"]))}</td></tr>'
        for one in mine[::-1]
    )
    head = "<tr><th>Number</th><th>Date</th><th>Status</th><th>Total</th></tr>"
    return f"<h2>Invoices</h2><table><thead>{head}</thead><tbody>{lines}</tbody></table>"
