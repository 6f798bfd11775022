"""The page of an invoice, its PDF, and a bank's question outside of checkout."""

from __future__ import annotations

from html import escape

from .errors import declined
from .html import Page, cards, day, error, go, not_found, page, rows
from .invoices import attempt
from .money import shown as money
from .pages_checkout import question
from .payments import authenticate, card_of
from .pdf import text_pdf

PAYABLE = ("open", "uncollectible")


def invoice(world, form, key):
    """Show an invoice; take a card where it is open."""
    body = world.find("invoice", key)
    if body is None or body["status"] == "draft":
        return not_found()
    if form is None or body["status"] not in PAYABLE:
        return _shown(body)
    card = card_of(world, form.get("card", "pm_card_visa"), body["customer"])
    attempt(world, body, card)
    intent = world.find("payment_intent", body["_intent"])
    if intent["status"] == "requires_action":
        return go(f"/authenticate/{intent['id']}")
    failed = intent["last_payment_error"]
    return _shown(body, failed["message"] if failed else "", 402 if failed else 200)


def _lines(body):
    currency = body["currency"]
    shown = [(one["description"], money(one["amount"], currency)) for one in body["lines"]["data"]]
    tax = sum(one["amount"] for one in body["total_taxes"])
    totals = [("Tax", tax)] if body["total_taxes"] else []
    totals.append(("Total", body["total"]))
    if body["starting_balance"]:
        totals.append(("Balance before", body["starting_balance"]))
    totals += [("Amount due", body["amount_due"]), ("Paid", body["amount_paid"])]
    return shown, [(name, money(amount, currency)) for name, amount in totals]


def _head(body):
    who = body["customer_name"] or body["customer_email"] or body["customer"]
    return [
        ("Number", body["number"]),
        ("Date", day(body["created"])),
        ("Billed to", who),
        ("Status", body["status"]),
    ]


def _shown(body, failed="", status=200):
    shown, totals = _lines(body)
    form = ""
    if body["status"] in PAYABLE and body["amount_remaining"]:
        due = money(body["amount_remaining"], body["currency"])
        form = f'<form method="post" action="/i/{escape(body["id"])}">{cards()}<button>Pay {escape(due)}</button></form>'
    inner = f"""{error(failed)}
<table><tbody>{rows(_head(body))}</tbody></table>
<h2>Lines</h2>
<table><tbody>{rows(shown)}</tbody><tfoot>{rows(totals)}</tfoot></table>
{form}
<nav><p><a href="/i/{escape(body["id"])}/pdf">Download as PDF</a></p></nav>"""
    return page(f"Invoice {body['number']}", inner, status)


def pdf(world, form, key):
    """Return an invoice as PDF."""
    body = world.find("invoice", key)
    if body is None or body["status"] == "draft":
        return not_found()
    shown, totals = _lines(body)
    text = ["Test till: no money moves", "", f"Invoice {body['number']}", ""]
    text += [f"{name}: {value}" for name, value in _head(body)]
    text += ["", *(f"{name}   {value}" for name, value in shown), ""]
    text += [f"{name}: {value}" for name, value in totals]
    return Page(text_pdf(text), kind="application/pdf")


def ask_bank(world, form, key):
    """Show a bank's question about a payment intent."""
    intent = world.find("payment_intent", key)
    if intent is None:
        return not_found()
    waits = intent["status"] == "requires_action"
    if waits and form is None:
        return question(f"/authenticate/{key}")
    if waits:
        authenticate(world, intent, success=form.get("answer") == "yes")
    if intent["_invoice"]:
        return go(f"/i/{intent['_invoice']}")
    done = intent["status"] == "succeeded"
    text = "The payment is done." if done else str(declined("authentication_required"))
    return page("Payment", f"<p>{escape(text)}</p>")
