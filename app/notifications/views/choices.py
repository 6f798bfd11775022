"""Which mails a member gets: the link in them, one click of mail programs, page and fragment."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request

from app.accounts import service as accounts
from app.core import auth
from app.core.db import transaction
from app.core.errors import ValidationError
from app.core.http import own_transactions
from app.core.i18n import LANGUAGES
from app.core.pages import go, harden, own_pages, show
from app.notifications import service
from app.notifications.errors import MailLinkError

# Reads no cookie: the signed token alone says who and what, so that a mail program may post it.
pages = Blueprint("mail", __name__, url_prefix="/mail")
pages.after_request(harden)
own = own_pages("account_mail", __name__)
bp = Blueprint("mail_fragments", __name__, url_prefix="/embed")
MOST_TOKEN = 400
MOST_LINK = 1200
FIELD = "topic-"
UNPROCESSABLE = 422


def _token() -> str:
    return request.values.get("token", "")[:MOST_TOKEN]


@pages.get("/unsubscribe")
@auth.public
def ask_unsubscribe() -> Response:
    """Ask; programs that look into mails follow links, so this changes nothing."""
    try:
        ending = service.read_token(_token())
    except MailLinkError as error:
        return show("notifications/unsubscribe.html", error=error)
    return show(
        "notifications/unsubscribe.html", token=_token(), topic=service.title_of(ending.topic)
    )


@pages.post("/unsubscribe")
@own_transactions
@auth.public
def unsubscribe() -> Response:
    """End the mails of a topic: by the button, or by a mail program (RFC 8058)."""
    try:
        with transaction():
            ending = service.unsubscribe(_token())
    except MailLinkError as error:
        return show("notifications/unsubscribe.html", error=error)
    return show("notifications/unsubscribe.html", topic=service.title_of(ending.topic), ended=True)


@pages.get("/go")
@auth.public
def go_on() -> Response:
    """Lead on from a mail to the page that it names; only to one that we wrote into it."""
    try:
        with transaction():
            address = service.follow(request.args.get("to", "")[:MOST_LINK])
    except MailLinkError as error:
        return show("notifications/unsubscribe.html", error=error)
    return make_response(redirect(address, 303))


# --- Choosing: in the dashboard of a site, and on the page of the account ---


def _choices() -> dict[str, object]:
    user = accounts.get_user(auth.user_id())
    wanted = service.preferences(user.id)
    return {
        "topics": [(name, service.title_of(name), on) for name, on in wanted.items()],
        "languages": LANGUAGES,
        "chosen": user.language,
        "to": user.email,
    }


def _keep() -> None:
    user_id = auth.user_id()
    # A name of its own for each: PHP, through which the fragment's form comes, keeps one of a list.
    wanted = {name.removeprefix(FIELD) for name in request.form if name.startswith(FIELD)}
    service.set_preferences(user_id, wanted)
    if language := request.form.get("language"):
        accounts.set_language(user_id, language[:10])


@bp.get("/mail-settings")
@auth.person
def mail_settings() -> str:
    """Show which mails a member gets."""
    return render_template("notifications/_mail_settings.html", **_choices())


@bp.post("/mail-settings")
@auth.person
def keep_mail_settings() -> str | tuple[str, int]:
    """Keep which mails a member gets."""
    template = "notifications/_mail_settings.html"
    try:
        _keep()
    except ValidationError as error:
        return render_template(template, error=error.message, **_choices()), UNPROCESSABLE
    return render_template(template, is_kept=True, **_choices())


@own.get("/mails", endpoint="mail_settings")
@auth.signed_in
def settings() -> Response:
    """Show which mails a person gets."""
    return _page()


def _page(error: ValidationError | None = None) -> Response:
    user = accounts.get_user(auth.user_id())
    return show("notifications/mail_settings.html", error=error, user=user, **_choices())


@own.post("/mails", endpoint="keep_mail_settings")
@auth.signed_in
def keep_settings() -> Response:
    """Keep which mails a person gets."""
    try:
        _keep()
    except ValidationError as error:
        return _page(error)
    return go("mail_settings", done="mails")
