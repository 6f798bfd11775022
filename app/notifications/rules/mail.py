"""What a mail is made of, and its one shape on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import parseaddr
from typing import Any

WHOLE = {"list-unsubscribe"}
"""Headers that mail programs read as one address: the library would fold and encode a long one."""
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
    unsubscribe: str = ""
    """Where one click ends mails like this one (RFC 8058); "" for mails that nobody can end."""


class _Policy(EmailPolicy):
    """Writes headers as the library does, but leaves addresses of programs whole."""

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in WHOLE:
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in WHOLE:
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


POLICY = _Policy(**{
    name: getattr(SMTP, name) for name in ("linesep", "max_line_length", "header_factory")
})  # fmt: skip


def make_message(mail: Mail, sender: str) -> EmailMessage:
    """Return a mail with its headers; ValueError for an address or subject that holds more.

    The library writes headers from parts: a line break or a second address in one is an error and
    never a further header.
    """
    name, own = parseaddr(sender)
    message = EmailMessage(policy=POLICY)
    message["From"] = Address(display_name=name, addr_spec=own)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = mail.subject
    message["Message-ID"] = f"<{mail.key}@{own.rpartition('@')[2] or 'localhost'}>"
    for header, value in AUTOMATIC.items():
        message[header] = value
    if mail.unsubscribe:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    # Last: the library moves such headers into the first part.
    message["Content-Language"] = mail.language
    return message
