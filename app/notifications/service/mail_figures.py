"""What became of mails to members, by topic and week; and links that are counted without a person.

A mail holds no picture and nothing that is fetched, so nobody is told when it is opened. The link of
a mail that members can end leads through an address of ours, which adds one to its topic's count of
the day: it names no member, and what programs follow that look into mails counts too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from app.core import clock, security
from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.notifications.errors import MailLinkError
from app.notifications.queries import mail_figures as queries
from app.notifications.service.places import base
from app.notifications.service.topics import CAMPAIGNS

WEEK = timedelta(days=7)
MOST_WEEKS = 106
PAGE = "/mail/go"


@dataclass(frozen=True)
class MailFigures:
    """The mails of a topic that were asked for in a week, and what became of them by now."""

    topic: str
    week: date
    """Its Monday, by UTC."""
    asked: int
    sent: int
    refused: int
    skipped: int
    dead: int
    waiting: int
    unsubscribed: int
    """Of these mails, how many were used to end mails like them."""
    clicks: int
    """How often links of the topic were followed in the week, by people and programs."""


def mail_figures(since: date, until: date) -> list[MailFigures]:
    """Return the figures of all weeks from that of `since` to that of `until`, the newest first."""
    first, last = _monday(since), _monday(until)
    count = (last - first) // WEEK + 1
    if not 0 < count <= MOST_WEEKS:
        message = gettext("choose up to %(most)s weeks, the first before the last", most=MOST_WEEKS)
        raise ValidationError(message, field="since")
    found = []
    for number in reversed(range(count)):
        found += _of_week(first + number * WEEK)
    return found


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _of_week(monday: date) -> list[MailFigures]:
    start = datetime.combine(monday, time(), UTC)
    states = queries.count_states(start, start + WEEK)
    ended = queries.count_unsubscribed(start, start + WEEK)
    clicks = queries.count_clicks(monday, monday + WEEK)
    return [
        MailFigures(
            topic=topic,
            week=monday,
            asked=sum(states.get(topic, {}).values()),
            **{state: states.get(topic, {}).get(state, 0) for state in queries.ENDS},
            waiting=states.get(topic, {}).get("pending", 0),
            unsubscribed=ended.get(topic, 0),
            clicks=clicks.get(topic, 0),
        )
        for topic in sorted(states.keys() | clicks.keys())
    ]


# --- links that are counted ---


def counted_link(topic: str, address: str) -> str:
    """Return the address that counts a click and leads on."""
    return f"{base()}{PAGE}?to={_signer().dumps([topic, address])}"


def follow(token: str) -> str:
    """Count a click in the present transaction; return where it leads.

    Raises:
        MailLinkError: we have not made the link, so it may lead anywhere.
    """
    try:
        topic, address = _signer().loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise MailLinkError from error
    if topic not in CAMPAIGNS:
        raise MailLinkError
    queries.add_click(topic, clock.now().date())
    return str(address)


def _signer() -> URLSafeSerializer:
    key = security.derived_key(str(current_app.config["SECRET_KEY"]), "mail-link")
    return URLSafeSerializer(key, salt="go")
