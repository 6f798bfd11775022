"""The mail server, and the folder that stands in for it."""

from __future__ import annotations

import contextlib
import os
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from flask import current_app

from app.core import clock
from app.notifications.errors import MailNotSentError, MailRefusedError

TIMEOUT_SECONDS = 20
FOLDER = "mail"
PERMANENT = 500
MOST_ANSWER = 200
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Postman(Protocol):
    """Takes a mail to its receiver."""

    def deliver(self, message: EmailMessage) -> str:
        """Hand over a mail; return what was answered, for finding it in the server's log.

        Raises:
            MailNotSentError: not now; later it may be taken.
            MailRefusedError: never.
        """


class SmtpPostman:
    """Hands mail to a server: smtp:// speaks TLS by STARTTLS, smtps:// from the first byte."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        if self._url.scheme not in {"smtp", "smtps"} or not self._url.hostname:
            message = "SMTP_URL must look like smtp://user:password@host:587 or smtps://…:465"
            raise ValueError(message)

    def deliver(self, message: EmailMessage) -> str:
        """Hand over a mail; what the server says is kept without the address in it."""
        try:
            server = _connect(self._url)
            try:
                server.send_message(message)
                return _without_addresses(server.answer)
            finally:
                # What it says to the farewell changes nothing: the mail is taken or refused.
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    server.quit()
        except smtplib.SMTPRecipientsRefused as error:
            code = max(answer[0] for answer in error.recipients.values())
            raise _told(code, "the receiver was refused") from None
        except smtplib.SMTPResponseException as error:
            # A wrong password or sender of ours is mended by the operator, so it is tried again.
            raise _told(min(error.smtp_code, PERMANENT - 1), f"{error.smtp_code}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise _told(0, type(error).__name__) from None


def _told(code: int, said: str) -> MailNotSentError | MailRefusedError:
    kind = MailRefusedError if code >= PERMANENT else MailNotSentError
    return kind(f"The mail server did not take the mail: {said} ({code}).")


class _Kept:
    """Keeps how the server answered when it took the mail: its number there, usually."""

    answer = ""

    def data(self, msg: Any) -> Any:
        code, said = super().data(msg)  # type: ignore[misc]
        self.answer = f"{code} {said.decode(errors='replace')}"
        return code, said


class _Smtp(_Kept, smtplib.SMTP):
    pass


class _SmtpTls(_Kept, smtplib.SMTP_SSL):
    pass


def _without_addresses(said: str) -> str:
    words = said.split()
    return " ".join("…" if "@" in word else word for word in words)[:MOST_ANSWER]


def _connect(url: SplitResult) -> _Smtp | _SmtpTls:
    host = url.hostname or ""
    context = ssl.create_default_context()
    if url.scheme == "smtps":
        server: _Smtp | _SmtpTls = _SmtpTls(
            host, url.port or 465, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        server = _Smtp(host, url.port or 587, timeout=TIMEOUT_SECONDS)
    try:
        if url.scheme == "smtp" and host not in LOOPBACK:
            # Links to new passwords never go in the clear: without TLS nothing is sent.
            server.starttls(context=context)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        server.close()
        raise
    return server


class FolderPostman:
    """Writes each mail into a file, for an installation without a mail server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, message: EmailMessage) -> str:
        """Write a mail; only we may read it, since it may hold a link."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        if any(self._folder.glob(f"*-{name}.eml")):
            return "kept in the folder"  # sent again after a cut: dropped as mail programs drop it, by its Message-ID
        path = self._folder / f"{clock.now():%Y%m%dT%H%M%S}-{name}.eml"
        unfinished = path.with_suffix(".part")
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(message.as_bytes())
        unfinished.replace(path)
        return "kept in the folder"


def postman() -> Postman:
    """Return who delivers mail here, by the settings."""
    url = str(current_app.config["SMTP_URL"])
    if url:
        return SmtpPostman(url)
    return FolderPostman(Path(current_app.config["DATA_DIR"]) / FOLDER)
