"""A person with a browser at the account pages: reads forms, sends them, opens mail."""

from __future__ import annotations

import email
import re
import time
from email.message import EmailMessage
from email.policy import default
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
from flask import Flask
from sqlalchemy import select

PASSWORD = "a quiet harbour at dusk"
OTHER = "seven boats and one gull"
MAIL_JOBS = ("notifications.send_account_mail", "notifications.send_member_mail")
SECRET = re.compile(r'name="csrf_token"\s+value="([^"]+)"')


def mails(app: Flask) -> list[EmailMessage]:
    """Return the mails that were sent, the oldest first."""
    folder = Path(app.config["DATA_DIR"]) / "mail"
    paths = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [email.message_from_bytes(path.read_bytes(), policy=default) for path in paths]


def deliver(app: Flask) -> None:
    """Do the mail jobs that wait, as a worker would."""
    from app.core.db import db
    from app.core.outbox import OutboxRow
    from app.notifications import service

    db.session.rollback()
    rows = db.session.scalars(
        select(OutboxRow)
        .where(OutboxRow.name.in_(MAIL_JOBS), OutboxRow.state == "pending")
        .order_by(OutboxRow.id)
    ).all()
    waiting = [(row.id, row.name.partition(".")[2], row.payload["mail_id"]) for row in rows]
    for row_id, name, mail_id in waiting:
        getattr(service, name)(mail_id)
        from app.core.db import transaction

        with transaction():
            db.session.get_one(OutboxRow, row_id).state = "done"


def newest(app: Flask, to: str) -> EmailMessage:
    """Return the newest mail to an address, after sending what waits."""
    deliver(app)
    return [one for one in mails(app) if one["To"] == to][-1]


def link_in(mail: EmailMessage) -> str:
    """Return the path and query of the link in a mail."""
    text = mail.get_body(("plain",)).get_content()
    parts = urlsplit(re.search(r"http\S+\?token=\S+", text)[0])
    return f"{parts.path}?{parts.query}"


class Person:
    """One browser."""

    def __init__(self, app: Flask, agent: str = "Mozilla/5.0 (X11; Linux) Firefox/130.0") -> None:
        self.app = app
        self.client = app.test_client()
        self.agent = agent
        self.address = "127.0.0.1"

    def get(self, path: str):
        """Open a page."""
        return self.client.get(path, headers=self._headers(), environ_base=self._environ())

    def _headers(self) -> dict[str, str]:
        return {"User-Agent": self.agent}

    def _environ(self) -> dict[str, str]:
        return {"REMOTE_ADDR": self.address}

    def send(self, path: str, page: str | None = None, **fields):
        """Open the page, and send its form."""
        text = self.get(page or path).get_data(as_text=True)
        found = SECRET.search(text)
        token = unescape(found[1]) if found else ""
        return self.post(path, csrf_token=token, **fields)

    def post(self, path: str, **fields):
        """Send a form as it is."""
        return self.client.post(
            path, data=fields, headers=self._headers(), environ_base=self._environ()
        )

    def sign_up(self, address: str, password: str = PASSWORD) -> None:
        """Make an account by the link in the mail."""
        assert self.send("/account/sign-up", email=address).status_code == 303
        link = link_in(newest(self.app, address))
        done = self.send(link, token=link.partition("=")[2], password=password)
        assert done.location == "/account/sign-in?done=signed-up", done.get_data(as_text=True)

    def sign_in(self, address: str, password: str = PASSWORD, **fields):
        """Send address and password."""
        return self.send("/account/sign-in", email=address, password=password, **fields)

    def is_in(self) -> bool:
        """Whether the overview opens."""
        return self.get("/account/").status_code == 200

    def turn_codes_on(self) -> tuple[str, list[str]]:
        """Set up an app; return its secret and the recovery codes."""
        self.send("/account/security/begin", "/account/security")
        page = self.get("/account/security").get_data(as_text=True)
        secret = re.search(r'tabindex="0">([A-Z2-7]{32})<', page)[1]
        done = self.send(
            "/account/security/confirm", "/account/security", code=pyotp.TOTP(secret).now()
        )
        text = done.get_data(as_text=True)
        return secret, re.findall(r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}", text)


def code_at(secret: str, steps: int = 0) -> str:
    """Return the code of an app, so many steps from now."""
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * steps)
