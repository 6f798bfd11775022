"""A copy of everything, and the account's erasure: the fragment in the dashboard, and the page."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from app.accounts import service as accounts
from app.core.auth import person, signed_in, user_id
from app.core.errors import AppError, ConflictError, NotFoundError, ValidationError
from app.core.pages import go, own_pages, show
from app.privacy import service
from app.privacy.api import zip_response

bp = Blueprint("privacy", __name__, url_prefix="/embed")
pages = own_pages("account_data", __name__)
UNPROCESSABLE = 422
OWN_DATA = "privacy/_own_data.html"


def _shown(**more: str) -> str:
    return render_template(OWN_DATA, data=service.own_data(user_id(), **more))


@bp.get("/own-data", endpoint="own_data")
@person
def fragment() -> str:
    """Show how a copy comes along and whether the account will be erased."""
    return _shown()


@bp.post("/own-data/copy", endpoint="ask_for_copy")
@person
def ask_in_fragment() -> str:
    """Have a copy of everything made."""
    service.ask_for_copy(user_id())
    return _shown()


@bp.post("/own-data/link")
@person
def make_link() -> str | tuple[str, int]:
    """Show a link that fetches the copy once."""
    try:
        return _shown(link=service.make_link(user_id()))
    except NotFoundError as error:
        return _shown(error=error.message), UNPROCESSABLE


@bp.post("/own-data/erasure", endpoint="ask_for_erasure")
@person
def erase_in_fragment() -> str | tuple[str, int]:
    """Let the account be erased in a week."""
    try:
        service.ask_for_erasure(user_id(), request.form.get("name", "")[:100])
    except (ConflictError, ValidationError) as error:
        return _shown(error=error.message), UNPROCESSABLE
    return _shown()


@bp.post("/own-data/erasure/cancel", endpoint="cancel_erasure")
@person
def cancel_in_fragment() -> str:
    """Keep the account after all."""
    service.cancel_erasure(user_id())
    return _shown()


# --- The page of the account ---


@pages.get("/own-data")
@signed_in
def own_data() -> Response:
    """Show how a copy comes along and whether the account will be erased."""
    accounts.require_fresh()
    return _page()


def _page(error: AppError | None = None) -> Response:
    user = accounts.get_user(user_id())
    return show("privacy/own_data.html", error=error, user=user, data=service.own_data(user.id))


@pages.post("/own-data/copy")
@signed_in
def ask_for_copy() -> Response:
    """Have a copy of everything made."""
    accounts.require_fresh()
    service.ask_for_copy(user_id())
    return go("own_data", done="copying")


@pages.post("/own-data/fetch")
@signed_in
def fetch_copy() -> Response:
    """Send the copy as a zip."""
    accounts.require_fresh()
    try:
        link = service.make_link(user_id())
    except NotFoundError as error:
        return _page(error)
    return zip_response(*service.use_link(user_id(), link))


@pages.post("/own-data/erasure")
@signed_in
def ask_for_erasure() -> Response:
    """Let the account be erased in a week."""
    accounts.require_fresh()
    try:
        service.ask_for_erasure(user_id(), request.form.get("name", "")[:100])
    except (ConflictError, ValidationError) as error:
        return _page(error)
    return go("own_data", done="erasing")


@pages.post("/own-data/erasure/cancel")
@signed_in
def cancel_erasure() -> Response:
    """Keep the account after all."""
    service.cancel_erasure(user_id())
    return go("own_data", done="kept")
