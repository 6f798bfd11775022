"""Sending mail: one door for all of it."""

from __future__ import annotations

import structlog
from flask import current_app

from app.accounts import service as accounts
from app.core import hold, metrics
from app.core.db import transaction
from app.core.errors import UnavailableError
from app.core.i18n import in_language, language
from app.notifications.clients.mail import postman
from app.notifications.errors import MailRefusedError
from app.notifications.rules.mail import Mail, make_message
from app.notifications.service.page import Page
from app.notifications.service.words import words_of

log = structlog.get_logger()


def send_mail(mail: Mail) -> str:
    """Send a mail; every mail of the service goes through here, so that all can be held.

    Returns what the server answered.

    Raises:
        MailNotSentError: the server does not take it now.
        MailRefusedError: the server will never take it.
    """
    if hold.is_held():
        message = "This installation is held: it sends no mail before flask release."
        raise UnavailableError(message, code="held")
    answer = postman().deliver(make_message(mail, str(current_app.config["MAIL_FROM"])))
    metrics.count("mails", "sent")
    return answer


def send_account_mail(mail_id: int) -> None:
    """Send a mail that an account asked for, unless it has lost its meaning meanwhile.

    The link is made here and stands in no table, no queue and no log.
    """
    letter = accounts.read_letter(mail_id)
    if letter is None:
        with transaction():
            accounts.forget_letter(mail_id)
        return
    with in_language(letter.language):
        words = words_of(letter)
        page = Page(words, letter.base)
        mail = Mail(
            to=letter.email,
            subject=words.subject,
            text=page.text(),
            html=page.html(),
            key=f"account-{letter.key}",
            language=language(),
        )
    try:
        send_mail(mail)
    except MailRefusedError as error:
        # Trying again would not help; the person can ask anew with another address.
        metrics.count("mails", "refused")
        log.warning("mail_refused", mail_id=mail_id, error=error.message)
    with transaction():
        accounts.forget_letter(letter.id)
