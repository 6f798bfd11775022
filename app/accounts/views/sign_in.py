"""Signing in and out."""

from __future__ import annotations

from flask import Response, request

from app.accounts import service
from app.accounts.clients import cookie_name
from app.accounts.errors import StepGoneError, WrongCodeError, WrongCredentialsError
from app.accounts.rules.sessions import STEP_LIFETIME
from app.accounts.schemas.forms import CodeForm, PasswordForm, SignInForm
from app.accounts.views.pages import (
    MARK_SECONDS,
    drop_cookie,
    go,
    keep_session,
    next_place,
    pages,
    place,
    present_session,
    read,
    set_cookie,
    show,
)
from app.core import auth, csrf
from app.core.db import transaction
from app.core.errors import TooManyError, ValidationError
from app.core.http import own_transactions


@pages.get("/sign-in")
@auth.public
def sign_in() -> Response:
    """Show the form; who is signed in already goes on."""
    if auth.principal().via == "session":
        return go(next_place())
    return show("sign_in")


@pages.post("/sign-in")
@own_transactions
@auth.public
def enter() -> Response:
    """Check address and password."""
    try:
        form = read(SignInForm)
        entered = service.sign_in(form.email, form.password, is_kept=form.keep, place=place())
    except (WrongCredentialsError, TooManyError, ValidationError) as error:
        return show("sign_in", error=error, email=request.form.get("email", ""))
    if entered.needs_code:
        response = go("code", next=next_place())
        set_cookie(response, "step", entered.token, int(STEP_LIFETIME.total_seconds()))
        return response
    return _welcome(entered, is_kept=form.keep)


def _welcome(entered: service.SignedIn, *, is_kept: bool) -> Response:
    """Let the browser be another one: new session, new form secret, the old session ended."""
    _leave_earlier()
    csrf.renew()
    response = go(next_place())
    keep_session(response, entered.token, is_kept=is_kept)
    set_cookie(response, "browser", service.mark_browser(entered.user_id), MARK_SECONDS)
    drop_cookie(response, "step")
    return response


def _leave_earlier() -> None:
    if auth.principal().via == "session":
        with transaction():
            service.end_session(present_session().id)


def _step() -> str:
    return request.cookies.get(cookie_name("step"), "")[:200]


@pages.get("/code")
@auth.public
def code() -> Response:
    """Ask for the code of the second step."""
    service.require_step(_step())
    return show("code")


@pages.post("/code")
@own_transactions
@auth.public
def finish() -> Response:
    """Check the code of the second step."""
    is_kept = service.require_step(_step()).is_kept
    try:
        entered = service.finish_sign_in(_step(), read(CodeForm).code, place())
    except (WrongCodeError, TooManyError, ValidationError) as error:
        return show("code", error=error)
    except StepGoneError:
        return go("sign_in")
    return _welcome(entered, is_kept=is_kept)


@pages.post("/sign-out")
@auth.signed_in
def sign_out() -> Response:
    """End this browser's session."""
    service.end_session(present_session().id)
    csrf.renew()
    response = go("sign_in", done="signed-out")
    drop_cookie(response, "session")
    return response


@pages.get("/password-again")
@auth.signed_in
def password_again() -> Response:
    """Ask for the password before something sensitive."""
    return show("password_again", user=service.get_user(auth.user_id()))


@pages.post("/password-again")
@own_transactions
@auth.signed_in
def check_password_again() -> Response:
    """Check the password before something sensitive."""
    user = service.get_user(auth.user_id())
    try:
        service.check_again(user, read(PasswordForm).password)
    except (WrongCredentialsError, TooManyError, ValidationError) as error:
        return show("password_again", error=error, user=service.get_user(auth.user_id()))
    with transaction():
        service.confirm_session(present_session().id)
    return go(next_place())
