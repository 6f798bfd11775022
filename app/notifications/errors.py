"""Errors of the notifications slice."""

from __future__ import annotations

from app.core.errors import UnavailableError


class MailNotSentError(UnavailableError):
    """The mail server did not take a mail now; the next attempt may be taken."""

    code = "mail_not_sent"


class MailRefusedError(UnavailableError):
    """The mail server will never take this mail: there is no such mailbox, for example."""

    code = "mail_refused"
