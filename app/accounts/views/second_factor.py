"""Turning codes of an authenticator app on and off."""

from __future__ import annotations

from flask import Response
from markupsafe import Markup

from app.accounts import service
from app.accounts.errors import WrongCodeError, WrongCredentialsError
from app.accounts.schemas.forms import CodeForm, TurnOffForm
from app.accounts.views.pages import (
    go,
    keep_session,
    pages,
    present_session,
    read,
    require_fresh,
    show,
)
from app.core import auth
from app.core.db import transaction
from app.core.errors import AppError, TooManyError, ValidationError
from app.core.http import own_transactions


@pages.get("/security")
@auth.signed_in
def security() -> Response:
    """Show whether codes are on, and the setup that was begun."""
    require_fresh()
    return _show()


def _show(error: AppError | None = None, codes: list[str] | None = None) -> Response:
    user_id = auth.user_id()
    enrolment = service.find_enrolment(user_id)
    return show(
        "security",
        error=error,
        user=service.get_user(user_id),
        is_on=service.has_second_factor(user_id),
        left=service.count_recovery_codes(user_id),
        enrolment=enrolment,
        picture=_picture(enrolment.uri) if enrolment else None,
        codes=codes,
    )


def _picture(uri: str) -> Markup:
    """Return the QR code as SVG made of attributes alone, dark on light in every theme."""
    import segno

    svg = segno.make(uri, error="m", micro=False).svg_inline(scale=5, dark="#000", light="#fff")
    return Markup(svg)  # noqa: S704 - made from numbers by the library


@pages.post("/security/begin")
@auth.signed_in
def begin_codes() -> Response:
    """Make the secret for an app."""
    require_fresh()
    service.begin_enrolment(auth.user_id())
    return go("security")


@pages.post("/security/confirm")
@own_transactions
@auth.signed_in
def confirm_codes() -> Response:
    """Turn codes on by the first right one, and show the recovery codes."""
    require_fresh()
    user_id = auth.user_id()
    session = present_session()
    is_kept, session_id = session.is_kept, session.id
    try:
        code = read(CodeForm).code
        service.limit_codes(user_id)
        with transaction():
            codes = service.confirm_enrolment(user_id, code)
            service.end_other_sessions(user_id, session_id)
            token = service.renew_session(session_id)
    except (ValidationError, TooManyError) as error:
        return _show(error)
    response = _show(codes=codes)
    keep_session(response, token, is_kept=is_kept)
    return response


@pages.post("/security/codes")
@auth.signed_in
def renew_codes() -> Response:
    """Make new recovery codes in place of the old ones."""
    require_fresh()
    return _show(codes=service.renew_recovery_codes(auth.user_id()))


@pages.post("/security/off")
@own_transactions
@auth.signed_in
def turn_codes_off() -> Response:
    """Turn codes off by password and code together."""
    user_id = auth.user_id()
    try:
        form = read(TurnOffForm)
        service.check_again(service.get_user(user_id), form.password)
        service.limit_codes(user_id)
        with transaction():
            if not service.use_code(user_id, form.code):
                raise WrongCodeError
            service.remove_second_factor(user_id)
    except WrongCredentialsError as error:
        return _show(ValidationError(error.message, field="password"))
    except (ValidationError, TooManyError) as error:
        return _show(error)
    return go("overview", done="off")
