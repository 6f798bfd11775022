"""The clock of the running till and an overview of what it holds."""

from __future__ import annotations

from html import escape

from .aging import pass_time
from .html import go, page, rows
from .money import DAY, moment
from .money import shown as money
from .subscriptions import items_of, period_of

STEPS = (
    ("3600", "1 hour"),
    (str(DAY), "1 day"),
    (str(7 * DAY), "1 week"),
    (str(32 * DAY), "32 days: past a monthly renewal"),
    (str(366 * DAY), "366 days: past a yearly renewal"),
)
SHOWN = 25


def clock(world, form):
    """Let time pass for everything that the till holds."""
    if form is not None:
        seconds = form.get("seconds")
        if seconds in dict(STEPS):
            pass_time(world, int(seconds))
        return go("/test-clock")
    buttons = "".join(
        f'<button class="plain" name="seconds" value="{seconds}">{label}</button>'
        for seconds, label in STEPS
    )
    body = f"""<p>It is {moment(world.now):%d %B %Y, %H:%M} UTC, here as in the service.
Let time pass, and all that was bought becomes older by it; what falls due on the way happens now:
renewals, ends of trials, reminders, retries of what was declined.</p>
<form method="post" action="/test-clock"><p>Let pass:</p>{buttons}</form>
<h2>What happened last</h2>
<table><tbody>{rows(_events(world))}</tbody></table>
<p><a href="/">Overview</a></p>"""
    return page("Test clock", body)


def _events(world):
    last = world.all("event")[: -SHOWN - 1 : -1]
    return [(one["type"], f"{moment(one['created']):%d %b %Y %H:%M}") for one in last]


def overview(world, form):
    """Show the subscriptions and the balance."""
    held = [
        (f"{kind}", money(amount, currency))
        for kind, amounts in _sums(world).items()
        for currency, amount in sorted(amounts.items())
    ]
    people = [(_who(world, one), _what(one)) for one in world.all("subscription")[::-1][:SHOWN]]
    body = f"""<p>This stands in for Stripe while no <code>STRIPE_API_KEY</code> is set.</p>
<h2>Balance</h2><table><tbody>{rows(held)}</tbody></table>
<h2>Subscriptions</h2><table><tbody>{rows(people)}</tbody></table>
<p><a href="/test-clock">Test clock</a></p>"""
    return page("Overview", body)


def _sums(world):
    from .balance import sums

    return sums(world, None)


def _who(world, subscription):
    customer = world.find("customer", subscription["customer"])
    return (customer and (customer["email"] or customer["name"])) or escape(
        subscription["customer"]
    )


def _what(subscription):
    price = items_of(subscription)[0]["price"]
    end = moment(period_of(subscription)[1])
    return f"{money(price['unit_amount'], price['currency'])}, {subscription['status']}, until {end:%d %b %Y}"
