"""Pages under /account/: headers, forms with their faults, where to go next. Any slice may have some."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from pydantic import BaseModel

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

Form = TypeVar("Form", bound=BaseModel)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
# Where a page may send a person on to: names, never addresses that somebody else wrote.
PLACES = {
    "overview": "account.overview",
    "new_password": "account.new_password",  # nosec B105 - the name of a page
    "address": "account.address",
    "security": "account.security",
    "keys": "account.keys",
    "brokers": "account_brokers.brokers",
    "model_keys": "account_models.model_keys",
    "own_data": "account_data.own_data",
    "own_plan": "account_plan.own_plan",
    "mail_settings": "account_mail.mail_settings",
    "creator": "account_creator.creator",
}
# To which page a form belongs that came too long after the password.
BACK = {
    **dict.fromkeys(
        (
            "join",
            "onboard",
            "refresh",
            "add_offer",
            "publish_offer",
            "retire_offer",
            "statement_file",
        ),
        "creator",
    ),
    "change_password": "new_password",  # nosec B105 - the name of a page
    "change_address": "address",
    "cut_site_off": "overview",
    "make_key": "keys",
    "rotate_key": "keys",
    "revoke_key": "keys",
    "add_broker": "brokers",
    "switch_broker": "brokers",
    "delete_broker": "brokers",
    "save_model_key": "model_keys",
    "check_model_key": "model_keys",
    "limit_model_key": "model_keys",
    "delete_model_key": "model_keys",
    "ask_for_copy": "own_data",
    "fetch_copy": "own_data",
    "ask_for_erasure": "own_data",
    "cancel_erasure": "own_data",
    "act_on_own_plan": "own_plan",
    "keep_mail_settings": "mail_settings",
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
    "revoked": lazy_gettext("That key is useless from now on."),
    "broker": lazy_gettext("The account at the broker is kept."),
    "switched": lazy_gettext("That account is changed."),
    "deleted": lazy_gettext("That account and its keys are deleted."),
    "model_key": lazy_gettext("The key is kept. The provider is being asked whether it knows it."),
    "key_checking": lazy_gettext("The provider is asked again, once a minute at most."),
    "key_limits": lazy_gettext("The limits of that key are changed."),
    "key_gone": lazy_gettext("That key is deleted."),
    "copying": lazy_gettext("The copy is being made. Look again in a minute."),
    "erasing": lazy_gettext("Your account will be erased in seven days. We have sent you a mail."),
    "kept": lazy_gettext("Your account stays."),
    "mails": lazy_gettext("Your choice of mails is kept."),
}


class NotFreshError(ForbiddenError):
    """The password has to be typed again before something sensitive."""

    code = "password_again"

    def __init__(self) -> None:
        super().__init__(gettext("Type your password again."))


def own_pages(name: str, import_name: str) -> Blueprint:
    """Return a blueprint for pages under /account/, with what all of them have."""
    pages = Blueprint(name, import_name, url_prefix="/account")
    pages.after_request(harden)
    pages.register_error_handler(UnauthorizedError, ask_to_sign_in)
    pages.register_error_handler(NotFreshError, ask_for_password)
    return pages


def harden(response: Response) -> Response:
    """Let the pages load nothing from elsewhere and be framed by nobody."""
    response.headers.update(HEADERS)
    return response


def ask_to_sign_in(error: UnauthorizedError) -> Response:
    """Send who is not signed in to where that is done."""
    if error.code not in {"sign_in", "step_gone"}:
        return app_error_response(error)
    place = str(request.endpoint).rpartition(".")[2]
    return go("sign_in", next=place if place in PLACES else None)


def ask_for_password(_error: NotFreshError) -> Response:
    """Let a person type the password again, and come back."""
    place = str(request.endpoint).rpartition(".")[2]
    return go("password_again", next=place if place in PLACES else BACK.get(place, "security"))


def go(page: str, **values: Any) -> Response:
    """Send the browser to another of these pages, to be read anew."""
    endpoint = PLACES.get(page, f"account.{page}")
    return make_response(redirect(url_for(endpoint, **values), 303))


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
    return check(form, data)


def check(form: type[Form], data: Any) -> Form:
    """Return data as a form; ValidationError names the first wrong field."""
    try:
        return parse(form, data)
    except ValidationError as error:
        faults = error.details.get("errors") or [{"pointer": "", "detail": error.message}]
        field = str(faults[0]["pointer"]).lstrip("/")
        raise ValidationError(str(faults[0]["detail"]), field=field or None) from error


def ask_first(question: str, text: str, back: str, **values: Any) -> Response | None:
    """Return the page that asks whether a person means it; None once they have said so.

    It sends the same form to the same address again. `text` stands on its button, `back` is the
    page for who does not mean it, `values` are what every page needs.
    """
    if request.form.get("sure") == "yes":
        return None
    return show(
        "layouts/sure.html", question=question, text=text, back=url_for(PLACES[back]), **values
    )


def show(template: str, *, error: AppError | None = None, **values: Any) -> Response:
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
        template, faults=faults, done=done, next=request.values.get("next"), **values
    )
    response = make_response(html, status)
    if isinstance(error, TooManyError):
        response.headers["Retry-After"] = str(error.retry_after)
    return response
