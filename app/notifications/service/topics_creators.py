"""Mails to creators about their money, and to members about their robots. Nobody can end them."""

from __future__ import annotations

from datetime import timedelta

from app.core.i18n import gettext
from app.notifications.service.topic import Facts, Line, Moment, Name, Sum, Topic, on
from app.notifications.service.words import Words


class Dispute(Sum):
    """A buyer took a payment back through the bank."""

    product: Name
    opened_at: Moment


def dispute(facts: Dispute) -> Words:
    """Say what is held back, and that nothing has to be done."""
    return Words(
        gettext("A payment for %(product)s is disputed", product=facts.product),
        (
            gettext(
                "A buyer took %(amount)s back through the bank on %(day)s. Your share of it is "
                "held back until that is decided.",
                amount=facts.shown(), day=on(facts.opened_at),
            ),
            gettext("The operator answers the bank. You need do nothing; your statement shows what "
                    "comes of it."),
        ),
        gettext("Your statements"),
    )  # fmt: skip


class Sent(Sum):
    """A payout is on its way."""

    until: Moment
    """Up to when earnings are in it."""
    arrives_at: Moment | None = None


def sent(facts: Sent) -> Words:
    """Say how much, for which time, and when it arrives."""
    rows = [(gettext("Amount"), facts.shown()), (gettext("Earned until"), on(facts.until))]
    if facts.arrives_at is not None:
        rows.append((gettext("At your bank by"), on(facts.arrives_at)))
    return Words(
        gettext("Payout: %(amount)s", amount=facts.shown()),
        (gettext("Your payout is on its way to your bank."),),
        gettext("Your statements"),
        rows=tuple(rows),
    )


class PayoutFailed(Sum):
    """A payout came back."""

    reason: Line | None = None
    """The provider's own word, such as account_closed."""


def payout_failed(facts: PayoutFailed) -> Words:
    """Say that the money is safe, and what to look at."""
    told = [gettext(
        "Your bank did not take your payout of %(amount)s. The money is yours still and goes out "
        "with the next payout.", amount=facts.shown(),
    )]  # fmt: skip
    if facts.reason is not None:
        told.append(gettext("The bank's reason: %(reason)s.", reason=facts.reason))
    told.append(gettext("Look at the account to which you are paid."))
    return Words(
        gettext("Your payout did not arrive"), tuple(told), gettext("Your account for payouts")
    )


class Ready(Facts):
    """A creator can be paid."""


def ready(_facts: Ready) -> Words:
    """Say so."""
    return Words(
        gettext("You can be paid now"),
        (gettext("The provider of payments has looked at what you gave and is content. Your "
                 "earnings are paid out each week from now on, once they reach the least "
                 "amount."),),
        gettext("Your account for payouts"),
    )  # fmt: skip


class NeedsAction(Facts):
    """The provider of payments wants more from a creator."""

    until: Moment | None = None


def needs_action(facts: NeedsAction) -> Words:
    """Say that something is missing, and until when."""
    told = [gettext("The provider of payments wants to know more of you, as the law asks of it. "
                    "Until you have answered, nothing is paid out; what you earn is kept.")]  # fmt: skip
    if facts.until is not None:
        told.append(gettext("Please answer before %(day)s.", day=on(facts.until)))
    return Words(
        gettext("Something is missing before you can be paid"),
        tuple(told),
        gettext("Your account for payouts"),
    )


class RobotPaused(Facts):
    """A member's robot was paused, and not by them."""

    robot: Name
    paused_at: Moment
    because: Line | None = None
    """Why, in words that the member reads."""


def robot_paused(facts: RobotPaused) -> Words:
    """Say that it does nothing now, and what it still holds."""
    told = [gettext("%(robot)s was paused on %(day)s and opens nothing any more.",
                    robot=facts.robot, day=on(facts.paused_at))]  # fmt: skip
    if facts.because is not None:
        told.append(gettext("Why: %(reason)s", reason=facts.because))
    told.append(gettext("What it holds stays open and is valued each day. You can let it go on, or "
                        "stop it, from your dashboard."))  # fmt: skip
    return Words(
        gettext("%(robot)s is paused", robot=facts.robot), tuple(told), gettext("Your robots")
    )


DAYS = timedelta(days=1)
TOPICS = (
    Topic("dispute_opened", Dispute, dispute, "payouts"),
    Topic("payout_sent", Sent, sent, "payouts", lives=30 * DAYS),
    Topic("payout_failed", PayoutFailed, payout_failed, "payouts", lives=30 * DAYS),
    Topic("creator_ready", Ready, ready, "payouts"),
    Topic("creator_needs_action", NeedsAction, needs_action, "payouts",
          ends=lambda facts: facts.until),
    Topic("robot_paused", RobotPaused, robot_paused, "robots"),
)  # fmt: skip
