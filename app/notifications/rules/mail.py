"""What a mail is made of, and its one shape on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


@dataclass(frozen=True)
class Mail:
    """A mail to one person: a subject, the same words as text and as HTML."""

    to: str
    subject: str
    text: str
    html: str
    key: str
    """The same for the same mail, so that receivers drop one that is sent twice."""
    language: str = "en"


def make_message(mail: Mail, sender: str) -> EmailMessage:
    """Return a mail with its headers; ValueError for an address or subject that holds more.

    The library writes headers from parts: a line break or a second address in one is an error and
    never a further header.
    """
    name, own = parseaddr(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=name, addr_spec=own)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = mail.subject
    message["Message-ID"] = f"<{mail.key}@{own.rpartition('@')[2] or 'localhost'}>"
    for header, value in AUTOMATIC.items():
        message[header] = value
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    # Last: the library moves such headers into the first part.
    message["Content-Language"] = mail.language
    return message
