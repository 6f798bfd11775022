"""The page on which a creator gives Stripe his details, and his small account page."""

from __future__ import annotations

from html import escape

from .balance import sums
from .connect import account_of, onboard
from .html import error, go, not_found, page, rows
from .money import shown as money

TEXTS = (("first_name", "First name"), ("last_name", "Last name"))


def onboarding(world, form, key):
    """Take the details and complete the account."""
    link = world.find("account_link", key)
    if link is None:
        return not_found()
    if link["expires_at"] < world.now or link.get("_used"):
        # As Stripe does: an old link leads to the site, which makes a new one.
        return go(link["_refresh_url"])
    account = account_of(world, link["_target"])
    if form is None:
        return _shown(account, link)
    lacking = [label for name, label in TEXTS if not form.get(name, "").strip()]
    if form.get("terms") != "yes":
        lacking.append("the terms")
    if lacking:
        return _shown(account, link, f"Still missing: {', '.join(lacking)}.", 422)
    link["_used"] = True
    onboard(world, account["id"])
    return go(link["_return_url"])


def _shown(account, link, failed="", status=200):
    fields = "".join(
        f'<label class="text">{label}<input type="text" name="{name}" required></label>'
        for name, label in TEXTS
    )
    due = ", ".join(account["requirements"]["currently_due"]) or "nothing"
    body = f"""{error(failed)}
<p>Invent a name: nobody checks it and nothing leaves this machine. Asked for: {escape(due)}.</p>
<form method="post" action="/connect/{escape(link["id"])}">{fields}
<p>Bank account: TEST BANK, ending in 6789</p>
<label><input type="checkbox" name="terms" value="yes" required>I accept the terms</label>
<p><button>Finish</button></p></form>
<p><a href="{escape(link["_return_url"])}">Save for later</a></p>"""
    return page("Be paid as a creator", body, status)


def express(world, form, key):
    """Show a creator what he has been paid."""
    account = account_of(world, key)
    held = sums(world, account["id"])["available"]
    lines = [("Available", money(amount, name)) for name, amount in sorted(held.items())]
    moved = [
        (one["type"], money(one["net"], one["currency"]))
        for one in world.all("balance_transaction", _account=key)[::-1]
    ]
    state = "can be paid out" if account["payouts_enabled"] else "waits for details"
    body = f"""<p>The account {escape(state)}.</p>
<table><tbody>{rows(lines)}</tbody></table>
<h2>Movements</h2><table><tbody>{rows(moved)}</tbody></table>"""
    return page("Your payouts", body)
