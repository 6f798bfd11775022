"""A member's own keys of providers of models."""

from __future__ import annotations

from flask import Response, make_response, request

from app.ai import service as ai
from app.core.auth import person, user_id
from app.core.errors import AppError, ForbiddenError, ValidationError
from app.embed.service.model_keys import model_keys_prompt
from app.embed.views.blueprint import UNPROCESSABLE, bp, render_template


@bp.get("/model-keys")
@person
def model_keys() -> str:
    """Show a member's own keys of providers, never their text."""
    return _shown()


def _shown(error: AppError | None = None, at: str = "") -> str:
    faults = {} if error is None else {getattr(error, "field", None) or "": error.message}
    keys = ai.model_keys(user_id())
    prompt = model_keys_prompt(user_id(), keys)
    return render_template("embed/_model_keys.html", keys=keys, prompt=prompt, faults=faults, at=at)


# A row for each, because the plugin's table knows no choices inside of an address.
@bp.post("/model-keys", defaults={"action": "save"})
@bp.post("/model-keys/check", defaults={"action": "check"})
@bp.post("/model-keys/limits", defaults={"action": "limits"})
@bp.post("/model-keys/delete", defaults={"action": "delete"})
@person
def act_on_model_keys(action: str) -> Response:
    """Save, check, limit or delete a member's own key."""
    provider = request.form.get("provider", "")
    try:
        ai.act_on_model_keys(user_id(), action, provider, request.form.to_dict())
    except (ForbiddenError, ValidationError) as error:
        html = _shown(error, at="" if action == "save" else provider)
        return make_response(html, UNPROCESSABLE)
    return make_response(_shown())
