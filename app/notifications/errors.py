"""Errors of the notifications slice."""

from __future__ import annotations

from app.core.errors import NotFoundError, UnavailableError
from app.core.i18n import gettext


class MailNotSentError(UnavailableError):
    """The mail server did not take a mail now; the next attempt may be taken."""

    code = "mail_not_sent"


class MailRefusedError(UnavailableError):
    """The mail server will never take this mail: there is no such mailbox, for example."""

    code = "mail_refused"


class MailLinkError(NotFoundError):
    """A link that ends mails is none of ours, or went to an address that is given up."""

    code = "link_gone"

    def __init__(self) -> None:
        super().__init__(
            gettext("This link does not work: it is not whole, or it went to an earlier address.")
        )
