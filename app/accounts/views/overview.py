"""What a person sees of their account, and changes in it."""

from __future__ import annotations

from flask import Response, request

from app.accounts import service
from app.accounts.schemas.forms import AddressForm, NewPasswordForm
from app.accounts.views.pages import (
    go,
    keep_session,
    pages,
    place,
    present_session,
    read,
    require_fresh,
    show,
)
from app.core import auth, csrf
from app.core.errors import TooManyError, ValidationError
from app.core.http import own_transactions
from app.core.i18n import gettext
from app.core.pages import ask_first


@pages.get("/")
@auth.signed_in
def overview() -> Response:
    """Show the account and the browsers that are signed in."""
    user = service.get_user(auth.user_id())
    return show(
        "overview",
        user=user,
        sessions=service.list_sessions(user),
        present_id=present_session().id,
        sites=service.list_sites_of(user.id),
        has_codes=service.has_second_factor(user.id),
        lacks_codes=user.role not in auth.principal().roles,
    )


@pages.post("/sessions/<int:session_id>/revoke")
@auth.signed_in
def revoke_session(session_id: int) -> Response:
    """Sign another browser out."""
    service.revoke_session(auth.user_id(), session_id)
    return go("overview", done="session")


@pages.post("/sessions/revoke-others")
@auth.signed_in
def revoke_others() -> Response:
    """Sign all other browsers out."""
    service.end_other_sessions(auth.user_id(), present_session().id)
    return go("overview", done="others")


@pages.post("/sites/<site_id>/cut-off")
@auth.signed_in
def cut_site_off(site_id: str) -> Response:
    """Let a WordPress site no longer speak for the person."""
    require_fresh()
    user = service.get_user(auth.user_id())
    names = {site.id: site.name for site in service.list_sites_of(user.id)}
    question = gettext(
        "Cut off “%(name)s”? Only the operator of the service can connect it again.",
        name=names.get(site_id, site_id),
    )
    if site_id in names and (
        asked := ask_first(question, gettext("Cut off"), "overview", user=user)
    ):
        return asked
    service.cut_site_off(user.id, site_id)
    return go("overview", done="site")


@pages.get("/password")
@auth.signed_in
def new_password() -> Response:
    """Ask for a new password."""
    require_fresh()
    return show("new_password", user=service.get_user(auth.user_id()))


@pages.post("/password")
@own_transactions
@auth.signed_in
def change_password() -> Response:
    """Set the new password; every other browser is signed out."""
    require_fresh()
    session = present_session()
    is_kept, session_id = session.is_kept, session.id
    try:
        form = read(NewPasswordForm)
        token = service.change_password(auth.user_id(), session_id, form.password)
    except ValidationError as error:
        return show("new_password", error=error, user=service.get_user(auth.user_id()))
    csrf.renew()
    response = go("overview", done="password")
    keep_session(response, token, is_kept=is_kept)
    return response


@pages.get("/address")
@auth.signed_in
def address() -> Response:
    """Ask for a new address."""
    require_fresh()
    return show("address", user=service.get_user(auth.user_id()))


@pages.post("/address")
@own_transactions
@auth.signed_in
def change_address() -> Response:
    """Send the link to the new address."""
    require_fresh()
    try:
        service.ask_for_new_address(auth.user_id(), read(AddressForm).email, place())
    except (TooManyError, ValidationError) as error:
        user = service.get_user(auth.user_id())
        return show("address", error=error, user=user, email=request.form.get("email", ""))
    return go("overview", done="asked")
