"""What all account pages share: headers, cookies, forms with their faults, where to go next."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from pydantic import BaseModel

from app.accounts import service
from app.accounts.clients import cookie_name
from app.accounts.errors import StepGoneError
from app.accounts.models import UserSession
from app.accounts.rules import sessions as rules
from app.core import auth
from app.core.address import client_address
from app.core.errors import (
    AppError,
    ForbiddenError,
    TooManyError,
    UnauthorizedError,
    ValidationError,
)
from app.core.http import STATUS, app_error_response
from app.core.i18n import gettext, lazy_gettext
from app.core.parse import parse

pages = Blueprint("account", __name__, url_prefix="/account")

Form = TypeVar("Form", bound=BaseModel)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
MARK_SECONDS = 180 * 24 * 3600
# Where a page may send a person on to: names, never addresses that somebody else wrote.
PLACES = ("overview", "new_password", "address", "security")
# To which page a form belongs that came too long after the password.
BACK = {
    "change_password": "new_password",  # nosec B105 - the name of a page
    "change_address": "address",
    "cut_site_off": "overview",
}
DONE = {
    "signed-out": lazy_gettext("You are signed out."),
    "signed-up": lazy_gettext("Your account is ready. Sign in with your new password."),
    "reset": lazy_gettext("Your new password counts from now on. Sign in with it."),
    "password": lazy_gettext("Your password is changed. All other browsers are signed out."),
    "address": lazy_gettext("Your address is changed. We told the old one."),
    "asked": lazy_gettext("Look into the mailbox of the new address and follow the link there."),
    "session": lazy_gettext("That browser is signed out."),
    "others": lazy_gettext("All other browsers are signed out."),
    "site": lazy_gettext("That site cannot act for you any more."),
    "off": lazy_gettext("Codes are off. Your password alone opens your account now."),
}


class NotFreshError(ForbiddenError):
    """The password has to be typed again before something sensitive."""

    code = "password_again"


@pages.after_request
def harden(response: Response) -> Response:
    """Let the pages load nothing from elsewhere and be framed by nobody."""
    response.headers.update(HEADERS)
    return response


@pages.errorhandler(UnauthorizedError)
def ask_to_sign_in(error: UnauthorizedError) -> Response:
    """Send who is not signed in to where that is done."""
    if error.code not in {"sign_in", StepGoneError.code}:
        return app_error_response(error)
    place = str(request.endpoint).rpartition(".")[2]
    return go("sign_in", next=place if place in PLACES else None)


@pages.errorhandler(NotFreshError)
def ask_for_password(_error: NotFreshError) -> Response:
    """Let a person type the password again, and come back."""
    place = str(request.endpoint).rpartition(".")[2]
    return go("password_again", next=place if place in PLACES else BACK.get(place, "security"))


def go(page: str, **values: Any) -> Response:
    """Send the browser to another of these pages, to be read anew."""
    return make_response(redirect(url_for(f"account.{page}", **values), 303))


def next_place() -> str:
    """Return the page that was asked for before; the overview when it is none of ours."""
    wanted = request.values.get("next", "")
    return wanted if wanted in PLACES else "overview"


def read(form: type[Form]) -> Form:
    """Return what the form sent; ValidationError names the first wrong field."""
    data = {name: value for name, value in request.form.items() if name != "csrf_token"}
    if any("\x00" in value for value in data.values()):
        message = gettext("The form holds a NUL character.")
        raise ValidationError(message)
    try:
        return parse(form, data)
    except ValidationError as error:
        faults = error.details.get("errors") or [{"pointer": "", "detail": error.message}]
        field = str(faults[0]["pointer"]).lstrip("/")
        raise ValidationError(str(faults[0]["detail"]), field=field or None) from error


def show(page: str, *, error: AppError | None = None, **values: Any) -> Response:
    """Return a page; with an error, the page that says at which field what is wrong."""
    faults = {}
    status = 200
    if error is not None:
        field = getattr(error, "field", None)
        faults = {field or "": error.message}
        found = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        # 401 is for programs: it would have to say by which header to come again.
        status = 422 if isinstance(error, UnauthorizedError) else found
    done = DONE.get(request.args.get("done", ""))
    html = render_template(
        f"accounts/{page}.html", faults=faults, done=done, next=request.values.get("next"), **values
    )
    response = make_response(html, status)
    if isinstance(error, TooManyError):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def place() -> service.Place:
    """Return from where is asked."""
    return service.Place(
        network=rules.network_of(client_address()),
        address=rules.shortened_address(client_address()),
        browser=rules.browser_name(request.headers.get("User-Agent", "")),
        mark=request.cookies.get(cookie_name("browser"), "")[:200],
    )


def present_session() -> UserSession:
    """Return the session that asks; for views behind @signed_in."""
    auth.principal()
    found: UserSession = g.user_session
    return found


def require_fresh() -> None:
    """Ask for the password again when it was typed too long ago."""
    if not service.is_fresh(present_session()):
        message = gettext("Type your password again.")
        raise NotFreshError(message)


def set_cookie(response: Response, purpose: str, value: str, seconds: int | None) -> None:
    """Give the browser a secret that no script and no other site's form can use."""
    response.set_cookie(
        cookie_name(purpose),
        value,
        max_age=seconds,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def drop_cookie(response: Response, purpose: str) -> None:
    """Take a secret back from the browser."""
    set_cookie(response, purpose, "", 0)


def keep_session(response: Response, token: str, *, is_kept: bool) -> None:
    """Give the browser its session's token."""
    seconds = int(rules.LIFETIME.total_seconds()) if is_kept else None
    set_cookie(response, "session", token, seconds)
