"""Mails about a member's plan and what is paid for it. Nobody can end them."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from app.core.i18n import gettext
from app.notifications.service.topic import Facts, Moment, Name, Sum, Topic, on, per
from app.notifications.service.words import Words

Interval = Literal["month", "year"]


class Plan(Sum):
    """A plan and what it costs."""

    plan: Name
    interval: Interval = "month"

    def price(self) -> str:
        """Return what it costs, as people read it."""
        return f"{self.shown()} {per(self.interval)}"


class Started(Plan):
    """A subscription began."""

    renews_at: Moment | None = None
    trial_ends_at: Moment | None = None


def started(facts: Started) -> Words:
    """Say what begins, and what is paid when."""
    told = [gettext("Your plan %(plan)s is on. All that belongs to it is open to you now.",
                    plan=facts.plan)]  # fmt: skip
    if facts.trial_ends_at is not None:
        told.append(gettext(
            "Until %(day)s you try it for nothing. After that it costs %(price)s, unless you "
            "cancel before.", day=on(facts.trial_ends_at), price=facts.price(),
        ))  # fmt: skip
    elif facts.renews_at is not None:
        told.append(gettext(
            "It costs %(price)s and renews on %(day)s. You can cancel at any time.",
            price=facts.price(), day=on(facts.renews_at),
        ))  # fmt: skip
    return Words(
        gettext("Your plan %(plan)s has begun", plan=facts.plan), tuple(told), gettext("Your plan")
    )


class Changed(Plan):
    """A subscription is another plan from `at` on."""

    before: Name
    at: Moment


def changed(facts: Changed) -> Words:
    """Say what changes, and from when."""
    return Words(
        gettext("Your plan changes to %(plan)s", plan=facts.plan),
        (
            gettext(
                "From %(day)s on your plan is %(plan)s in place of %(before)s.",
                day=on(facts.at), plan=facts.plan, before=facts.before,
            ),
            gettext(
                "It costs %(price)s. Where that falls into a time that is paid already, what is "
                "left of it is counted; the next invoice shows it.", price=facts.price(),
            ),
        ),
        gettext("Your plan"),
    )  # fmt: skip


class Paid(Sum):
    """A payment went through."""

    plan: Name
    paid_at: Moment
    invoice: Name
    until: Moment | None = None
    """The end of the time that it pays for."""


def paid(facts: Paid) -> Words:
    """Give a receipt."""
    rows = [
        (gettext("Amount"), facts.shown()),
        (gettext("For"), facts.plan),
        (gettext("Paid on"), on(facts.paid_at)),
    ]
    if facts.until is not None:
        rows.append((gettext("Pays until"), on(facts.until)))
    rows.append((gettext("Invoice"), facts.invoice))
    return Words(
        gettext("Receipt: %(amount)s for %(plan)s", amount=facts.shown(), plan=facts.plan),
        (gettext("Thank you. Your payment has arrived."),),
        gettext("Your invoices"),
        rows=tuple(rows),
    )


class Failed(Sum):
    """A payment did not go through."""

    plan: Name
    next_try_at: Moment | None = None
    access_until: Moment | None = None


def failed(facts: Failed) -> Words:
    """Say what failed, what happens by itself, and what the member can do."""
    told = [gettext(
        "Your payment of %(amount)s for %(plan)s did not go through. No money has moved.",
        amount=facts.shown(), plan=facts.plan,
    )]  # fmt: skip
    if facts.next_try_at is not None:
        told.append(gettext("It is tried again on %(day)s.", day=on(facts.next_try_at)))
    if facts.access_until is not None:
        told.append(gettext(
            "Until %(day)s nothing changes for you. If it has not been paid by then, your plan "
            "ends; your record and your data stay.", day=on(facts.access_until),
        ))  # fmt: skip
    told.append(gettext("An expired card is the usual reason."))
    return Words(
        gettext("Your payment for %(plan)s did not go through", plan=facts.plan),
        tuple(told),
        gettext("Look at how you pay"),
    )


class Action(Sum):
    """The bank wants the member to confirm a payment."""

    plan: Name
    until: Moment | None = None


def action(facts: Action) -> Words:
    """Say that the bank asks, and where to answer."""
    told = [gettext(
        "Your bank wants you to confirm the payment of %(amount)s for %(plan)s. Without that it "
        "does not go through.", amount=facts.shown(), plan=facts.plan,
    )]  # fmt: skip
    if facts.until is not None:
        told.append(gettext("Please do it before %(day)s.", day=on(facts.until)))
    return Words(
        gettext("Please confirm your payment"), tuple(told), gettext("Confirm the payment")
    )


class TrialEnding(Plan):
    """A trial ends soon."""

    ends_at: Moment


def trial_ending(facts: TrialEnding) -> Words:
    """Say when it ends, what it costs then, and how not to pay."""
    return Words(
        gettext("Your trial of %(plan)s ends on %(day)s", plan=facts.plan, day=on(facts.ends_at)),
        (
            gettext(
                "After that it costs %(price)s, paid as you have set it up.", price=facts.price()
            ),
            gettext("If you do not want it, cancel before that day, and nothing is paid."),
        ),
        gettext("Keep or cancel"),
    )


class Paused(Facts):
    """A subscription rests."""

    plan: Name
    resumes_at: Moment | None = None


def paused(facts: Paused) -> Words:
    """Say what rests, and how it goes on."""
    told = [gettext("While it rests nothing is paid, and what belongs to it is closed. Your record "
                    "stays.")]  # fmt: skip
    if facts.resumes_at is None:
        told.append(gettext("It goes on when you say so."))
    else:
        told.append(gettext("It goes on by itself on %(day)s.", day=on(facts.resumes_at)))
    return Words(
        gettext("Your plan %(plan)s is paused", plan=facts.plan), tuple(told), gettext("Your plan")
    )


class Resumed(Plan):
    """A subscription goes on."""

    renews_at: Moment | None = None


def resumed(facts: Resumed) -> Words:
    """Say that it goes on, and what it costs."""
    told = [gettext("All that belongs to it is open again. It costs %(price)s.",
                    price=facts.price())]  # fmt: skip
    if facts.renews_at is not None:
        told.append(gettext("It renews on %(day)s.", day=on(facts.renews_at)))
    return Words(
        gettext("Your plan %(plan)s goes on", plan=facts.plan), tuple(told), gettext("Your plan")
    )


class Kept(Plan):
    """A lower plan that was to follow was taken back."""

    instead_of: Name
    renews_at: Moment | None = None


def kept(facts: Kept) -> Words:
    """Say what goes on, what it costs, and what will not follow."""
    told = [gettext(
        "The change to %(other)s is taken back: your plan stays %(plan)s. It costs %(price)s.",
        other=facts.instead_of, plan=facts.plan, price=facts.price(),
    )]  # fmt: skip
    if facts.renews_at is not None:
        told.append(gettext("It renews on %(day)s.", day=on(facts.renews_at)))
    return Words(gettext("You keep %(plan)s", plan=facts.plan), tuple(told), gettext("Your plan"))


class Cancelled(Facts):
    """A subscription will end."""

    plan: Name
    ends_at: Moment


def cancelled(facts: Cancelled) -> Words:
    """Confirm it, and say what stays."""
    return Words(
        gettext("Your plan %(plan)s is cancelled", plan=facts.plan),
        (
            gettext(
                "It ends on %(day)s; until then you have all of it. Nothing more is paid.",
                day=on(facts.ends_at),
            ),
            gettext("Your account, your record and your data stay. Until it ends you can take the "
                    "cancellation back."),
        ),
        gettext("Your plan"),
    )  # fmt: skip


class Ended(Facts):
    """A subscription has ended."""

    plan: Name
    ended_at: Moment
    because: Literal["cancelled", "unpaid", "dispute", "operator"] = "cancelled"


def ended(facts: Ended) -> Words:
    """Say that it is over and why."""
    why = {
        "cancelled": gettext("It was cancelled before."),
        "unpaid": gettext("The last payment did not go through, and the time to pay it is over."),
        "dispute": gettext("A payment for it was taken back through the bank."),
        "operator": gettext("The operator of the service has ended it."),
    }[facts.because]
    return Words(
        gettext("Your plan %(plan)s has ended", plan=facts.plan),
        (
            gettext("It ended on %(day)s.", day=on(facts.ended_at)),
            why,
            gettext("Your account, your record and your data stay."),
        ),
        gettext("Look at the plans"),
    )


class Refunded(Sum):
    """Money goes back."""

    plan: Name | None = None
    refunded_at: Moment
    is_credit: bool = False
    """It is kept for the next invoice and not paid out."""


def refunded(facts: Refunded) -> Words:
    """Say how much goes back, and where to."""
    if facts.is_credit:
        way = gettext("It is kept on your account and taken off the next invoice. It is not paid "
                      "out.")  # fmt: skip
        subject = gettext("Credit: %(amount)s", amount=facts.shown())
    else:
        way = gettext("It goes back the way it was paid; a bank takes five to ten days for that.")
        subject = gettext("Refund: %(amount)s", amount=facts.shown())
    what = gettext("%(amount)s for %(plan)s on %(day)s.", amount=facts.shown(),
                   plan=facts.plan or gettext("a payment"), day=on(facts.refunded_at))  # fmt: skip
    return Words(subject, (what, way), gettext("Your invoices"))


DAYS = timedelta(days=1)
TOPICS = (
    Topic("subscription_started", Started, started, "plan"),
    Topic("plan_changed", Changed, changed, "plan"),
    Topic("plan_kept", Kept, kept, "plan"),
    Topic("payment_succeeded", Paid, paid, "plan", lives=30 * DAYS),
    Topic("payment_failed", Failed, failed, "plan"),
    Topic("payment_action_required", Action, action, "plan", ends=lambda facts: facts.until),
    Topic("trial_ending", TrialEnding, trial_ending, "plan", ends=lambda facts: facts.ends_at),
    Topic("subscription_paused", Paused, paused, "plan"),
    Topic("subscription_resumed", Resumed, resumed, "plan"),
    Topic("subscription_cancelled", Cancelled, cancelled, "plan"),
    Topic("subscription_ended", Ended, ended, "pricing"),
    Topic("refund_made", Refunded, refunded, "plan", lives=30 * DAYS),
)
