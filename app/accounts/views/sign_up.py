"""Making an account, and finding back into one, by links in mails.

A link is only looked at by GET, which programs that check mail do too; the button uses it up.
"""

from __future__ import annotations

from flask import Response, request

from app.accounts import service
from app.accounts.errors import LinkError
from app.accounts.schemas.forms import AddressForm, LinkForm, NewPasswordForm
from app.accounts.views.pages import go, pages, place, read, show
from app.core import auth
from app.core.errors import TooManyError, ValidationError
from app.core.http import own_transactions

MAIL_PAGES = {"sign_up": "sign_up", "reset": "forgot"}


def _link() -> str:
    return request.values.get("token", "")[:400]


@pages.get("/sign-up")
@auth.public
def sign_up() -> Response:
    """Ask for an address."""
    return show("sign_up")


@pages.post("/sign-up")
@own_transactions
@auth.public
def ask_for_account() -> Response:
    """Send the link that makes an account."""
    return _ask("sign_up")


@pages.get("/forgot")
@auth.public
def forgot() -> Response:
    """Ask for the address of an account whose password is lost."""
    return show("forgot")


@pages.post("/forgot")
@own_transactions
@auth.public
def ask_for_reset() -> Response:
    """Send the link that sets a new password."""
    return _ask("reset")


def _ask(kind: str) -> Response:
    try:
        service.ask_for_mail(kind, read(AddressForm).email, place())
    except (TooManyError, ValidationError) as error:
        return show(MAIL_PAGES[kind], error=error, email=request.form.get("email", ""))
    return go("mail_sent", kind=kind)


@pages.get("/mail-sent")
@auth.public
def mail_sent() -> Response:
    """Say the same to everybody: what is known of an address only the mail tells."""
    return show("mail_sent", is_reset=request.args.get("kind") == "reset")


@pages.get("/confirm")
@auth.public
def confirm() -> Response:
    """Ask for the password of a new account."""
    return _show_link("sign_up", "confirm")


@pages.post("/confirm")
@own_transactions
@auth.public
def make_account() -> Response:
    """Make the account."""
    try:
        form = read(NewPasswordForm)
        service.finish_sign_up(form.token, form.password)
    except ValidationError as error:
        return _show_link("sign_up", "confirm", error)
    except LinkError as error:
        return show("link_gone", error=error, kind="sign_up")
    return go("sign_in", done="signed-up")


@pages.get("/reset")
@auth.public
def reset() -> Response:
    """Ask for a new password."""
    return _show_link("reset", "reset")


@pages.post("/reset")
@own_transactions
@auth.public
def set_password() -> Response:
    """Set the new password."""
    try:
        form = read(NewPasswordForm)
        service.finish_reset(form.token, form.password)
    except ValidationError as error:
        return _show_link("reset", "reset", error)
    except LinkError as error:
        return show("link_gone", error=error, kind="reset")
    return go("sign_in", done="reset")


@pages.get("/new-address")
@auth.public
def new_address() -> Response:
    """Ask whether the address shall be changed."""
    return _show_link("new_address", "new_address")


@pages.post("/new-address")
@own_transactions
@auth.public
def set_address() -> Response:
    """Change the address."""
    try:
        service.finish_new_address(read(LinkForm).token)
    except LinkError as error:
        return show("link_gone", error=error, kind="new_address")
    return go("overview", done="address")


def _show_link(kind: str, page: str, error: ValidationError | None = None) -> Response:
    try:
        mail = service.find_link(_link(), kind)
    except LinkError as gone:
        return show("link_gone", error=gone, kind=kind)
    return show(page, error=error, token=_link(), email=mail.email)
