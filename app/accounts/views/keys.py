"""A person's API keys on the account pages: listed, made, rotated, revoked."""

from __future__ import annotations

from flask import Response, request

from app.accounts import service
from app.accounts.schemas.keys import KEY_LIVES, PERSON_SCOPE_NAMES, SCOPE_NAMES, ApiKeyForm
from app.accounts.views.pages import go, pages, require_fresh, show
from app.core import auth
from app.core.errors import AppError, ConflictError, ForbiddenError, ValidationError
from app.core.i18n import gettext
from app.core.pages import ask_first, check

CHOICES = {
    "scopes": SCOPE_NAMES,
    "person_scopes": PERSON_SCOPE_NAMES,
    "key_lives": KEY_LIVES,
}


@pages.get("/keys")
@auth.signed_in
def keys() -> Response:
    """Show the keys, and the form for another one."""
    require_fresh()
    return _show()


def _show(*, created: str = "", error: AppError | None = None) -> Response:
    user_id = auth.user_id()
    listed = service.list_keys(user_id)
    return show(
        "keys",
        error=error,
        user=service.get_user(user_id),
        keys=listed,
        created=created,
        choices=CHOICES,
    )


@pages.post("/keys")
@auth.signed_in
def make_key() -> Response:
    """Make a key and show it, this once."""
    require_fresh()
    fields = {**request.form.to_dict(), "scopes": request.form.getlist("scopes")}
    try:
        return _show(created=service.create_key_by_form(auth.user_id(), check(ApiKeyForm, fields)))
    except (ConflictError, ForbiddenError, ValidationError) as error:
        return _show(error=error)


@pages.post("/keys/<int:key_id>/rotate")
@auth.signed_in
def rotate_key(key_id: int) -> Response:
    """Put a new key in the place of one, and show it, this once."""
    require_fresh()
    user = service.get_user(auth.user_id())
    question = gettext(
        "Make a new key in the place of “%(name)s”? The old one works for 24 hours more.",
        name=service.get_key(user.id, key_id).name,
    )
    if asked := ask_first(question, gettext("Rotate"), "keys", user=user):
        return asked
    try:
        return _show(created=service.rotate_key(auth.user_id(), key_id).text)
    except ConflictError as error:
        return _show(error=error)


@pages.post("/keys/<int:key_id>/revoke")
@auth.signed_in
def revoke_key(key_id: int) -> Response:
    """Make a key useless."""
    require_fresh()
    user = service.get_user(auth.user_id())
    question = gettext(
        "Revoke “%(name)s”? Programs that use it stop working at once.",
        name=service.get_key(user.id, key_id).name,
    )
    if asked := ask_first(question, gettext("Revoke"), "keys", user=user):
        return asked
    service.revoke_key(auth.user_id(), key_id)
    return go("keys", done="revoked")
