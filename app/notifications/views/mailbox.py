"""The mailbox of an installation on somebody's own machine: what would have been mailed.

It holds links that open accounts, so it is there only where MAILBOX_PAGE says so, no mail server is
set and the service's own address is this machine; and it answers only who asks from this machine,
past every proxy, under a name of this machine (a page of elsewhere may point its own name here).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, make_response, request

from app.core import auth
from app.core.address import is_from_here, is_loopback
from app.core.errors import NotFoundError
from app.core.i18n import gettext
from app.core.pages import HEADERS, show
from app.notifications.clients import mailbox as client

ADDRESS = "/mail/box"
pages = Blueprint("mailbox", __name__, url_prefix=ADDRESS)
POLICY = HEADERS["Content-Security-Policy"] + "; frame-src 'self'"
FRAME_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "form-action 'none'; base-uri 'none'"
)


def is_wanted(app: Flask) -> bool:
    """Whether this installation shows its mailbox at all."""
    own_host = urlsplit(str(app.config["PUBLIC_URL"])).hostname or ""
    return bool(app.config["MAILBOX_PAGE"]) and not app.config["SMTP_URL"] and is_loopback(own_host)


def register(app: Flask) -> None:
    """Attach the pages where they are wanted; elsewhere there is nothing at their addresses."""
    is_shown = is_wanted(app)
    app.jinja_env.globals["mailbox_address"] = ADDRESS if is_shown else ""
    if is_shown:
        app.register_blueprint(pages)


@pages.before_request
def check_asker() -> None:
    """Refuse everybody who is not on this machine; to others there is nothing here."""
    if not is_from_here() or not is_loopback(urlsplit(f"//{request.host}").hostname or ""):
        raise NotFoundError(gettext("There is nothing at this address."))


@pages.after_request
def harden(response: Response) -> Response:
    """Let the pages load nothing from elsewhere, and show a mail in a frame without rights."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("")
@auth.public
def mails() -> Response:
    """List what was mailed, the newest first."""
    return show("notifications/mailbox.html", mails=client.list_kept())


@pages.get("/<name>")
@auth.public
def mail(name: str) -> Response:
    """Show one mail: its links, as HTML, as text, its headers."""
    return show("notifications/mailbox_mail.html", mail=client.get_kept(name))


@pages.get("/<name>/html")
@auth.public
def mail_html(name: str) -> Response:
    """Show the HTML of a mail by itself, for a frame: it runs nothing and fetches nothing."""
    response = make_response(client.get_kept(name).part("html"))
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    return response
