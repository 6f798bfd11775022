"""The fragment with which a member takes a copy of everything, or has the account erased."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from app.core.auth import person, user_id
from app.core.errors import ConflictError, NotFoundError, ValidationError
from app.privacy import service

bp = Blueprint("privacy", __name__, url_prefix="/embed")
UNPROCESSABLE = 422
OWN_DATA = "privacy/_own_data.html"


def _shown(**more: str) -> str:
    return render_template(OWN_DATA, data=service.own_data(user_id(), **more))


@bp.get("/own-data")
@person
def own_data() -> str:
    """Show how a copy comes along and whether the account will be erased."""
    return _shown()


@bp.post("/own-data/copy")
@person
def ask_for_copy() -> str:
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


@bp.post("/own-data/erasure")
@person
def ask_for_erasure() -> str | tuple[str, int]:
    """Let the account be erased in a week."""
    try:
        service.ask_for_erasure(user_id(), request.form.get("name", "")[:100])
    except (ConflictError, ValidationError) as error:
        return _shown(error=error.message), UNPROCESSABLE
    return _shown()


@bp.post("/own-data/erasure/cancel")
@person
def cancel_erasure() -> str:
    """Keep the account after all."""
    service.cancel_erasure(user_id())
    return _shown()
