"""Mails to members: one door to ask for them, and the sending, which may be cut anywhere.

A row of `mails` is written with what it tells of, in one transaction. At sending it is looked at
again: who has been erased, has ended such mails, or whom it no longer concerns gets nothing, and
the row says why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog
from flask import current_app
from pydantic import ValidationError

from app.accounts import service as accounts
from app.core import clock, metrics, outbox
from app.core.db import transaction
from app.core.errors import NotFoundError
from app.core.failpoints import failpoint
from app.core.i18n import in_language, language
from app.notifications.errors import MailNotSentError, MailRefusedError
from app.notifications.models import MailRow
from app.notifications.queries import mails as queries
from app.notifications.rules.mail import Mail
from app.notifications.service.footers import Receiver, footer_of, one_click
from app.notifications.service.mail import send_mail
from app.notifications.service.mail_care import JOB
from app.notifications.service.mail_figures import counted_link
from app.notifications.service.page import Page
from app.notifications.service.places import address_of, base
from app.notifications.service.topic import Facts, Topic
from app.notifications.service.topics import CAMPAIGNS, TOPICS, get_topic

log = structlog.get_logger()
NEAR, LIMIT = "limit_near", "limit_reached"
DAY = timedelta(days=1)
MOST_TRIES = len(outbox.PATIENT) + 1
MOST_KEY = 160


def tell(user_id: int, topic: str, *, key: str, facts: dict[str, Any] | Facts) -> bool:
    """Let a member be told of something by mail, in the present transaction; whether it is new.

    `key` names what happened, once for ever ("payment_failed:in_123"): a second call with it does
    nothing. `facts` are those of the topic; anything else is an error of the caller.
    """
    known = get_topic(topic)
    given = facts if isinstance(facts, Facts) else known.facts.model_validate(facts)
    if not isinstance(given, known.facts):
        message = f"{topic} takes {known.facts.__name__}, not {type(given).__name__}"
        raise TypeError(message)
    if not key.isprintable() or not 0 < len(key) <= MOST_KEY:
        message = f"a mail's key is one line of up to {MOST_KEY} characters"
        raise ValueError(message)
    row_id = queries.insert_mail({
        "user_id": user_id,
        "topic": topic,
        "key": key,
        "language": accounts.get_user(user_id).language or language(),
        "facts": given.model_dump(mode="json"),
        "state": "pending",
        "attempts": 0,
        "created_at": clock.now(),
    })  # fmt: skip
    if row_id is None:
        return False
    metrics.count("member_mails", topic, "asked")
    failpoint("mails.told")
    outbox.enqueue(JOB, {"mail_id": row_id}, key=f"notifications.member_mail:{row_id}:{key}")
    return True


def tell_limit(user_id: int, limit: str, facts: dict[str, Any], *, is_near: bool = False) -> bool:
    """Let a member be told that they stand at a limit of their plan, or near it.

    Once a month for each limit, and once more where a plan has moved it. `limit` is its key
    ("robots"); `facts` are those of the topics limit_near and limit_reached. Who stands at it is
    not told any more that it is near.
    """
    place = f"{user_id}:{limit}:{clock.now():%Y-%m}:{facts['allowed']}"
    if is_near:
        return tell(user_id, NEAR, key=f"{NEAR}:{place}", facts=facts)
    withdraw(f"{NEAR}:{place}")
    return tell(user_id, LIMIT, key=f"{LIMIT}:{place}", facts=facts)


def withdraw(start: str) -> int:
    """Take back the mails whose keys begin so and that have not gone out; return how many.

    What they tell of is over: an invoice was paid before the mail about its failed payment went.
    """
    rows = queries.lock_waiting(start)
    for row in rows:
        _end(row, "skipped", reason="over")
    return len(rows)


@dataclass(frozen=True)
class _Ready:
    """A mail with all that its sending needs."""

    id: int
    topic: str
    mail: Mail


def send_member_mail(mail_id: int) -> None:
    """Send a mail to a member, unless nobody is to get it any more.

    Raises:
        MailNotSentError: not now; the outbox comes again.
    """
    with transaction():
        ready = _claim(mail_id)
    failpoint("mails.claimed")
    if ready is None:
        return
    try:
        answer = send_mail(ready.mail)
    except MailRefusedError as error:
        # Trying again would not help.
        metrics.count("mails", "refused")
        log.warning("mail_refused", mail_id=mail_id, topic=ready.topic, error=error.message)
        _finish(mail_id, "refused", error.message)
    except MailNotSentError as error:
        _note_failure(mail_id, error.message)
        raise
    else:
        failpoint("mails.sent")
        _finish(mail_id, "sent", answer)


def _claim(mail_id: int) -> _Ready | None:
    """Take a mail for sending; one that nobody is to get is ended here, and says why."""
    row = queries.lock_mail(mail_id)
    if row is None or row.state != "pending":
        return None
    topic = TOPICS.get(row.topic)
    facts = None if topic is None else _facts(topic, row)
    if topic is None or facts is None:
        _end(row, "skipped", reason="unknown")
        return None
    reason = _reason(row, topic, facts)
    if reason is not None:
        _end(row, "skipped", reason=reason)
        return None
    row.attempts += 1
    row.claimed_at = row.claimed_at or clock.now()
    return _Ready(row.id, row.topic, _mail(row, topic, facts))


def _facts(topic: Topic, row: MailRow) -> Facts | None:
    """Return what a mail tells; None when another version of the program told it otherwise."""
    try:
        return topic.facts.model_validate(row.facts)
    except ValidationError:
        return None


def _reason(row: MailRow, topic: Topic, facts: Facts) -> str | None:
    """Return why nobody is to get a mail; None when it is to go."""
    now, ends = clock.now(), topic.ends(facts)
    if (why := _unreachable(row.user_id)) is not None:
        return why
    if now > row.created_at + topic.lives or (ends is not None and now > ends):
        return "late"
    if not topic.is_campaign:
        return None
    if not queries.is_wanted(row.user_id, row.topic):
        return "unwanted"
    # Two of one member's mails at once must not each find the day empty.
    accounts.lock_user(row.user_id)
    most = int(current_app.config["MAIL_CAMPAIGNS_A_DAY"])
    others = [name for name in CAMPAIGNS if name not in topic.follows]
    sent = queries.count_claimed(row.user_id, others, now - DAY, row.id)
    return "often" if sent >= most else None


def _unreachable(user_id: int) -> str | None:
    try:
        user = accounts.get_user(user_id)
    except NotFoundError:
        return "erased"
    if user.erased_at is not None:
        return "erased"
    if user.is_demo and current_app.config["SMTP_URL"]:
        # Addresses of the demo belong to nobody; on one's own machine its mails can be read.
        return "demo"
    return None if user.is_active else "disabled"


def _end(row: MailRow, state: str, *, reason: str | None = None, answer: str | None = None) -> None:
    now = clock.now()
    row.state, row.reason, row.ended_at = state, reason, now
    row.answer = answer[:200] if answer else row.answer
    if state == "sent":
        row.sent_at = now
    metrics.count("member_mails", row.topic, state)


def _finish(mail_id: int, state: str, answer: str) -> None:
    with transaction():
        row = queries.lock_mail(mail_id)
        if row is not None and row.state == "pending":
            _end(row, state, answer=answer)


def _note_failure(mail_id: int, answer: str) -> None:
    """Keep what the server said; after the last try the mail is given up, as its job is."""
    with transaction():
        row = queries.lock_mail(mail_id)
        if row is None or row.state != "pending":
            return
        row.answer = answer[:200]
        if row.attempts >= MOST_TRIES:
            _end(row, "dead", reason="unsent", answer=answer)


def _mail(row: MailRow, topic: Topic, facts: Facts) -> Mail:
    user = accounts.get_user(row.user_id)
    to = Receiver(user.id, user.email)
    with in_language(user.language or row.language):
        words = topic.words(facts)
        words = replace(words, link=_link(topic, user.id) if words.action else "")
        page = Page(words, base(), footer_of(topic, to, row.id))
        return Mail(
            to=user.email,
            subject=words.subject,
            text=page.text(),
            html=page.html(),
            key=f"member-{row.id}-{int(row.created_at.timestamp() * 1000)}",
            language=language(),
            unsubscribe=one_click(topic, to, row.id),
        )


def _link(topic: Topic, user_id: int) -> str:
    address = address_of(topic.place, user_id)
    return counted_link(topic.name, address) if topic.is_campaign else address
