"""Mail on its way: headers that no text can break, a server that refuses, a folder in its place."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from app.accounts.models import AccountMail
from app.core import hold
from app.core.db import db, transaction
from app.core.errors import UnavailableError
from app.notifications.clients import mail as client
from app.notifications.clients.mail import SmtpPostman
from app.notifications.errors import MailNotSentError, MailRefusedError
from app.notifications.rules.mail import Mail, make_message
from app.notifications.service import send_mail
from tests.integration.test_account_sign_in import ANN, make
from tests.person import Person, deliver, mails


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("a@example.test\r\nBcc: all@example.test", "Hello"),
        ("a@example.test, b@example.test", "Hello"),
        ("a@example.test", "Hello\r\nBcc: all@example.test"),
    ],
)
def test_no_text_becomes_a_header(to, subject):
    mail = Mail(to=to, subject=subject, text="x", html="x", key="k")
    with pytest.raises(ValueError, match=r"."):
        make_message(mail, "Us <us@example.test>")


def test_no_address_with_a_line_break_is_taken(app):
    for address in ("a@example.test\nBcc:b@example.test", "a@b\r\n.test", "a b@example.test", "a"):
        assert Person(app).send("/account/sign-up", email=address).status_code == 422
    assert db.session.scalars(select(AccountMail)).all() == []


def test_a_held_installation_sends_nothing(app):
    with transaction():
        hold.hold("operator")
    with pytest.raises(UnavailableError, match="held"):
        send_mail(Mail(to=ANN, subject="x", text="x", html="x", key="k"))
    assert mails(app) == []


class SmtpServer(threading.Thread):
    """Takes one connection, answers as told, and keeps what it was sent."""

    def __init__(self, answers: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.answers, self.said = answers, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def run(self) -> None:
        connection, _ = self.socket.accept()
        with connection, connection.makefile("rwb") as stream:
            self._answer(stream, self.answers.get("", "220 here"))
            is_data = False
            for line in stream:
                text = line.decode().rstrip("\r\n")
                self.said.append(text)
                if is_data:
                    if text == ".":
                        is_data = False
                        self._answer(stream, "250 taken")
                    continue
                verb = text.partition(" ")[0].upper()
                is_data = verb == "DATA"
                usual = "354 go on" if is_data else "250 fine"
                self._answer(stream, self.answers.get(verb, usual))
        self.socket.close()

    @staticmethod
    def _answer(stream, text: str) -> None:
        stream.write(text.encode() + b"\r\n")
        stream.flush()


def message():
    mail = Mail(to=ANN, subject="Grüße", text="x", html="<p>x</p>", key="k")
    return make_message(mail, "Us <us@example.test>")


def test_mail_goes_to_a_server(app):
    server = SmtpServer({})
    server.start()
    SmtpPostman(f"smtp://127.0.0.1:{server.port}").deliver(message())
    server.join(5)
    assert any(line.startswith("mail FROM:<us@example.test>") for line in server.said)
    assert f"rcpt TO:<{ANN}>" in server.said
    assert "Message-ID: <k@example.test>" in server.said


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"RCPT": f"550 no such user {ANN}"}, MailRefusedError),
        ({"RCPT": f"450 later {ANN}"}, MailNotSentError),
        ({"": "421 busy"}, MailNotSentError),
        ({"MAIL": "553 who are you"}, MailNotSentError),
    ],
)
def test_what_a_server_refuses_is_told_without_the_address(answers, kind):
    server = SmtpServer(answers)
    server.start()
    with pytest.raises(kind) as caught:
        SmtpPostman(f"smtp://127.0.0.1:{server.port}").deliver(message())
    assert ANN not in caught.value.message
    assert caught.value.__cause__ is None
    server.join(5)


def test_a_server_that_is_away_or_speaks_no_tls_gets_no_mail(app, monkeypatch):
    server = SmtpServer({})
    server.start()
    monkeypatch.setattr(client, "LOOPBACK", set())
    with pytest.raises(MailNotSentError):
        SmtpPostman(f"smtp://127.0.0.1:{server.port}").deliver(message())
    assert not any(line.lower().startswith("mail from") for line in server.said)
    with pytest.raises(MailNotSentError):
        SmtpPostman("smtp://127.0.0.1:1").deliver(message())
    with pytest.raises(ValueError, match="SMTP_URL must look like"):
        SmtpPostman("mail.example.test")


def test_the_folder_is_for_us_alone(app):
    make()
    Person(app).send("/account/forgot", email=ANN)
    deliver(app)
    folder = Path(app.config["DATA_DIR"]) / "mail"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [one.stat().st_mode & 0o777 for one in folder.iterdir()] == [0o600]
