"""Pure: the owner's figures. docs/metrics.md defines each; `DEFINITIONS` says so on the screen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.core.i18n import lazy_gettext

PERIODS = {"30d": 30, "90d": 90, "365d": 365}
STEPS = {"30d": "day", "90d": "week", "365d": "month"}
MONTH_DAYS = 365.25 / 12
LIFE_DAYS = 365
"""Over how many days leaving is counted for what a member is worth."""
MIN_LEFT = 10
"""Fewer who left say too little of how long members stay."""
Z = 1.959964


@dataclass(frozen=True)
class Span:
    """The days of a period, both ends with them."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Span:
        """Return the period of the same length just before."""
        return Span(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


def span_of(period: str, today: date) -> Span:
    """Return the days of a period that ends today."""
    return Span(today - timedelta(days=PERIODS[period] - 1), today)


def bucket(day: date, step: str) -> date:
    """Return the first day of the day, week (from Monday) or month that a day falls into."""
    if step == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if step == "week" else day


def buckets(span: Span, step: str) -> list[date]:
    """Return the first days of all buckets of a period, oldest first."""
    days = (span.first + timedelta(days=number) for number in range(span.days))
    return list(dict.fromkeys(bucket(day, step) for day in days))


@dataclass(frozen=True)
class Rate:
    """How many left in a month, of all who might have."""

    left: int
    member_months: float
    ratio: float | None
    low: float | None
    high: float | None


def leaving(left: int, member_days: int) -> Rate:
    """Return how fast members leave: those who left by months of members who paid.

    Formula: left / (sum over the days of who paid when the day began / 30.4375). Interval: the
    95 % interval of a count in Byar's approximation, by the same months. Unit: ratio a month.
    Empty case: None where nobody paid. Source: Breslow and Day (1987), Statistical Methods in
    Cancer Research II, page 69.
    """
    months = member_days / MONTH_DAYS
    if months <= 0:
        return Rate(left, 0.0, None, None, None)
    low = left * (1 - 1 / (9 * left) - Z / (3 * math.sqrt(left))) ** 3 if left else 0.0
    more = left + 1
    high = more * (1 - 1 / (9 * more) + Z / (3 * math.sqrt(more))) ** 3
    return Rate(left, months, left / months, max(0.0, low) / months, high / months)


@dataclass(frozen=True)
class Worth:
    """What a member brings before they leave, in minor units."""

    minor: int
    low_minor: int
    high_minor: int
    left: int


def worth(mrr_minor: int, members: int, rate: Rate) -> Worth | None:
    """Return what a member is worth: a month's income of one, by how fast they leave.

    Formula: (monthly income / members who pay) / leaving; the interval is that of leaving. Unit:
    money. Empty case: None under 10 who left, or where nobody pays.
    """
    if members <= 0 or rate.left < MIN_LEFT or not (rate.ratio and rate.low and rate.high):
        return None
    each = mrr_minor / members
    return Worth(
        round(each / rate.ratio), round(each / rate.high), round(each / rate.low), rate.left
    )


def average(total_minor: int, count: int) -> int | None:
    """Return a mean of money, rounded to a whole minor unit; None over nobody."""
    return round(total_minor / count) if count > 0 else None


def growth(now: int, before: int) -> float | None:
    """Return by which ratio something grew; None where there was nothing to grow from."""
    return (now - before) / before if before > 0 else None


def share(part: int, whole: int) -> float | None:
    """Return a part of a whole as a ratio; None of nothing."""
    return part / whole if whole > 0 else None


DEFINITIONS: dict[str, tuple[Any, Any]] = {
    "mrr": (
        lazy_gettext("Monthly recurring revenue"),
        lazy_gettext(
            "What subscriptions bring in each month at today's prices, before tax: a month's price "
            "as it is, a year's by twelve. Gifts, trials, pauses and the demo count nothing; who "
            "has cancelled counts until the plan ends."
        ),
    ),
    "mrr_movements": (
        lazy_gettext("Movements"),
        lazy_gettext(
            "Why the monthly revenue changed: new, more from the same plan holder, less, gone, "
            "and back again. A pause counts as gone. The start and all movements make the end."
        ),
    ),
    "arpu": (
        lazy_gettext("Revenue per paying member"),
        lazy_gettext("Monthly revenue by members who pay, at the end of the period."),
    ),
    "clv": (
        lazy_gettext("Lifetime value of a member"),
        lazy_gettext(
            "Revenue per paying member by the monthly churn of the last 365 days, with its 95% "
            "interval. No answer while fewer than ten have left."
        ),
    ),
    "churn": (
        lazy_gettext("Churn"),
        lazy_gettext(
            "Members who stopped paying in the period, by the months that members paid in it. "
            "With its 95% interval."
        ),
    ),
    "revenue_churn": (
        lazy_gettext("Churn of revenue"),
        lazy_gettext("Monthly revenue that was lost or shrank, by the monthly revenue there was."),
    ),
    "revenue": (
        lazy_gettext("Revenue by stream"),
        lazy_gettext(
            "What the platform earned by the journal, before tax and after its creators' shares, "
            "less what it gave back. Fees of the provider stand apart."
        ),
    ),
    "payouts_due": (
        lazy_gettext("Payouts due"),
        lazy_gettext("What creators may be paid now: the balances above zero of their accounts."),
    ),
    "sign_ups": (
        lazy_gettext("Sign-ups by plan"),
        lazy_gettext(
            "Who came in the period, by the highest plan of robots that they have paid for since."
        ),
    ),
    "funnel": (
        lazy_gettext("From free to premium"),
        lazy_gettext(
            "Who came in a week, and how many of them have paid for the plan or a higher one "
            "since. Young weeks have had less time."
        ),
    ),
    "calls": (
        lazy_gettext("Calls to action"),
        lazy_gettext(
            "How often the buttons of plans were pressed, once for each open page; checkouts begun "
            "from the plans, as a share of that; and those completed since (paid, or a trial "
            "begun). With 95% intervals. Browsers tell of clicks and nothing of who clicked: "
            "without scripts, or where somebody asks not to be tracked, none is counted, and "
            "programs can make some up. No share where more were begun than counted. The free "
            "plan has no checkout."
        ),
    ),
    "active": (
        lazy_gettext("Active members"),
        lazy_gettext(
            "Members who used a connected site in the last 1, 7 or 30 days, by the day in New York."
        ),
    ),
    "trials": (
        lazy_gettext("Trials that became plans"),
        lazy_gettext(
            "Of the trials that ended in the period, those that were followed by a payment."
        ),
    ),
    "creators": (
        lazy_gettext("Creators"),
        lazy_gettext(
            "Who may sell; who has a subscriber who pays; subscribers of one of these; of those "
            "who had one when the period began, who has none now; and of those who first had one "
            "at least 182 days ago, who still has."
        ),
    ),
    "mails": (
        lazy_gettext("Mails to members"),
        lazy_gettext(
            "Mails that were asked for in the weeks of the period, at most the last thirteen, and "
            "what became of them by now. Nobody is watched while reading: a mail holds no picture. "
            "Links followed are counted by topic alone, and programs that look into mails count too."
        ),
    ),
    "subscriber_worth": (
        lazy_gettext("Lifetime value of a subscriber"),
        lazy_gettext(
            "The same as that of a member, for subscriptions to what creators sell, by what "
            "subscribers pay."
        ),
    ),
}  # fmt: skip
