"""Ending mails of a topic: by one click from a mail program, by a page, or in the settings.

A link names the member, the topic, the mail and the address that it went to. It never ends by
itself, but with the address: whoever has an old mailbox decides nothing any more.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from app.accounts import service as accounts
from app.core import clock, metrics, security
from app.core.errors import NotFoundError, ValidationError
from app.core.i18n import gettext, listed
from app.notifications.errors import MailLinkError
from app.notifications.queries import mails as queries
from app.notifications.service.topics import CAMPAIGNS

MARK = 12
"""So many hexadecimal digits of an address' mark stand in a link."""


@dataclass(frozen=True)
class Ending:
    """What a link ends."""

    user_id: int
    topic: str
    mail_id: int


def make_token(user_id: int, email: str, topic: str, mail_id: int) -> str:
    """Return what proves that somebody was sent a mail of a topic."""
    return str(_signer().dumps([user_id, topic, mail_id, _mark(email)]))


def read_token(token: str) -> Ending:
    """Return what a link ends; MailLinkError when it is not ours, or the address has changed."""
    try:
        user_id, topic, mail_id, mark = _signer().loads(token)
        user = accounts.get_user(user_id)
    except (BadSignature, ValueError, TypeError, NotFoundError) as error:
        raise MailLinkError from error
    is_same = hmac.compare_digest(str(mark), _mark(user.email))
    if not is_same or user.erased_at is not None or topic not in CAMPAIGNS:
        raise MailLinkError
    return Ending(user_id, topic, mail_id)


def unsubscribe(token: str) -> Ending:
    """End the mails of a link's topic, in the present transaction; twice is fine."""
    ending = read_token(token)
    now = clock.now()
    queries.set_wanted(ending.user_id, ending.topic, is_wanted=False, now=now)
    if queries.note_unsubscribed(ending.mail_id, ending.user_id, now):
        metrics.count("member_mails", ending.topic, "unsubscribed")
    return ending


def preferences(user_id: int) -> dict[str, bool]:
    """Return the topics that a member can end, and whether they want them."""
    ended = queries.unwanted(user_id)
    return {topic: topic not in ended for topic in CAMPAIGNS}


def set_preferences(user_id: int, wanted: set[str]) -> dict[str, bool]:
    """Keep which of the topics that can be ended a member wants; all others are ended."""
    unknown = wanted - set(CAMPAIGNS)
    if unknown:
        message = gettext(
            "%(topic)s: choose from %(known)s.", topic=min(unknown), known=listed(CAMPAIGNS)
        )
        raise ValidationError(message, field="topics")
    before, now = preferences(user_id), clock.now()
    for topic, was_wanted in before.items():
        if was_wanted != (topic in wanted):
            queries.set_wanted(user_id, topic, is_wanted=topic in wanted, now=now)
    return preferences(user_id)


def wanting(topic: str, user_ids: Collection[int]) -> set[int]:
    """Return those of some members who are there and want the mails of a topic."""
    if not user_ids:
        return set()
    return accounts.reachable_users(user_ids) - queries.unwanting(topic, user_ids)


def _signer() -> URLSafeSerializer:
    key = security.derived_key(str(current_app.config["SECRET_KEY"]), "mail-unsubscribe")
    return URLSafeSerializer(key, salt="unsubscribe")


def _mark(email: str) -> str:
    key = security.derived_key(str(current_app.config["SECRET_KEY"]), "mail-address")
    return hmac.digest(key, email.encode(), "sha256").hex()[:MARK]
