"""A member's own keys of providers of models."""

from __future__ import annotations

from flask import Response, make_response, request

from app.core.auth import person, user_id
from app.core.errors import ForbiddenError, ValidationError
from app.embed.service import model_keys as service
from app.embed.views.blueprint import UNPROCESSABLE, bp, render_template


@bp.get("/model-keys")
@person
def model_keys() -> str:
    """Show a member's own keys of providers, never their text."""
    return render_template("embed/_model_keys.html", keys=service.model_keys(user_id()))


# A row for each, because the plugin's table knows no choices inside of an address.
@bp.post("/model-keys", defaults={"action": "save"})
@bp.post("/model-keys/check", defaults={"action": "check"})
@bp.post("/model-keys/limits", defaults={"action": "limits"})
@bp.post("/model-keys/delete", defaults={"action": "delete"})
@person
def act_on_model_keys(action: str) -> Response:
    """Save, check, limit or delete a member's own key."""
    try:
        keys = service.act_on_model_keys(user_id(), action, request.form.to_dict())
    except (ForbiddenError, ValidationError) as error:
        keys = service.model_keys(user_id(), error=error.message)
        return make_response(render_template("embed/_model_keys.html", keys=keys), UNPROCESSABLE)
    return make_response(render_template("embed/_model_keys.html", keys=keys))
