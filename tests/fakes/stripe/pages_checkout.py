"""The page of a checkout session."""

from __future__ import annotations

from html import escape

from .checkout import answer, complete
from .errors import ApiError
from .html import cards, error, go, message, not_found, page, rows
from .money import shown as money

DONE = {
    "complete": "You have paid already: there is nothing left to do here.",
    "expired": "This page is no longer valid. Go back and start again.",
}


def pay(world, form, key):
    """Show what is bought and take a card."""
    session = world.find("checkout.session", key)
    if session is None:
        return not_found()
    if session["status"] != "open":
        back = _success(session) if session["status"] == "complete" else session["cancel_url"]
        return message("Checkout", DONE[session["status"]], back=back)
    if form is None:
        return _shown(world, session)
    return _paid(world, session, form)


def _paid(world, session, form):
    card = form.get("card") or None
    email = form.get("email", "").strip()
    if _asks_email(session) and "@" not in email:
        return _shown(
            world, session, "Give an e-mail address, such as anna@example.com.", card, 422
        )
    try:
        complete(world, session["id"], card, email=email or None)
    except ApiError as failed:
        return _shown(world, session, f"{failed} Try another card.", card, 402)
    if session["status"] == "open":
        return go(f"/c/pay/{session['id']}/authenticate")
    return go(_success(session))


def _success(session):
    return (session["success_url"] or "/").replace("{CHECKOUT_SESSION_ID}", session["id"])


def _asks_email(session):
    return not (session["customer"] or session["customer_email"] or session.get("_customer"))


def _shown(world, session, failed="", card="pm_card_visa", status=200):
    lines = [
        (_label(one), money(one["amount_total"], one["currency"])) for one in session["_line_items"]
    ]
    due = money(session["_due"], session["currency"])
    trial = _trial(session)
    note = f'<p class="note">{escape(trial)}</p>' if trial else ""
    email = (
        '<label class="text">E-mail<input type="email" name="email" autocomplete="email" required></label>'
        if _asks_email(session)
        else ""
    )
    chosen = cards(card) if session["_card_needed"] else "<p>No card is needed.</p>"
    back = session["cancel_url"]
    leave = f'<p><a href="{escape(back)}">Go back without paying</a></p>' if back else ""
    button = f"Pay {due}" if session["_due"] else "Start"
    body = f"""{error(failed)}
<table><caption>What you buy</caption>
<tbody>{rows(lines)}</tbody>
<tfoot><tr><th scope="row">Due today</th><td class="amount">{escape(due)}</td></tr></tfoot></table>
{note}
<form method="post" action="/c/pay/{escape(session["id"])}">{email}{chosen}
<button type="submit">{escape(button)}</button></form>
{leave}"""
    return page("Checkout", body, status)


def _label(line):
    recurring = line["price"]["recurring"]
    each = f" / {recurring['interval']}" if recurring else ""
    many = f"{line['quantity']} \u00d7 " if line["quantity"] != 1 else ""
    return f"{many}{line['description']}{each}"


def _trial(session):
    days = (session["_params"]["subscription_data"] or {}).get("trial_period_days")
    return f"The first {days} days are free. You can cancel before they end." if days else ""


def ask_bank(world, form, key):
    """Show the bank's question about the payment of a session."""
    session = world.find("checkout.session", key)
    if session is None:
        return not_found()
    if session["status"] != "open" or not session.get("_asked"):
        return go(f"/c/pay/{key}")
    if form is None:
        return question(f"/c/pay/{key}/authenticate")
    try:
        answer(world, session, success=form.get("answer") == "yes")
    except ApiError as failed:
        return _shown(world, session, f"{failed} Try another card.", status=402)
    return go(_success(session))


def question(action):
    """Return the page on which a bank asks its card holder."""
    body = f"""<p>Your bank asks: is it you who pays?</p>
<form method="post" action="{escape(action)}">
<button name="answer" value="yes">Yes, complete the payment</button>
<button class="plain" name="answer" value="no">No, refuse it</button></form>"""
    return page("Your bank's question", body)
