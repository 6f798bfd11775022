"""Screenshots of positions: parse, call, render."""

from __future__ import annotations

from flask import Response, make_response, request

from app.core.auth import person, user_id
from app.core.errors import ConflictError, TooManyError, ValidationError
from app.core.limits import limited
from app.core.parse import parse
from app.embed import service
from app.embed.schemas import OptionsQuery
from app.embed.service.asking import site_id
from app.embed.service.options import screenshots as panel
from app.embed.views.blueprint import UNPROCESSABLE, bp, render_template
from app.screenshots import service as screenshots
from app.screenshots.schemas import ConfirmIn

Answer = str | tuple[str, int]


def _tab(shot: object = "", error: str = "") -> str:
    query = OptionsQuery(tab="options", part="screenshots", shot=str(shot))
    values = service.options_panel(user_id(), query) | {"upload_error": error}
    return render_template("embed/_dashboard_options.html", **values)


def _review(found: panel.Review) -> str:
    return render_template("embed/_screenshot.html", review=found, **panel.choices())


@bp.post("/screenshots")
@person
@limited("uploads")
def send_screenshots() -> Answer:
    """Keep pictures and let them be read."""
    sent = [file.stream.read() for file in request.files.getlist("pictures")]
    try:
        kept = screenshots.send(user_id(), sent, site_id())
    except (TooManyError, ValidationError) as error:
        return _tab(error=error.message), UNPROCESSABLE
    return _tab(kept[0].id if len(kept) == 1 else "")


@bp.get("/screenshot/<int:screenshot_id>")
@person
def screenshot(screenshot_id: int) -> Answer | Response:
    """Show what was read from a picture; asked again and again until it is."""
    found = panel.review(user_id(), screenshot_id)
    return make_response("", 204) if found.is_open else _review(found)


@bp.get("/screenshot-picture/<int:screenshot_id>")
@person
def screenshot_picture(screenshot_id: int) -> Response:
    """Hand out a picture, which the page's script draws."""
    image = panel.picture(user_id(), screenshot_id)
    response = make_response(render_template("embed/_screenshot_picture.html", image=image))
    response.headers["Cache-Control"] = "no-store, private"
    return response


@bp.post("/screenshot/<int:screenshot_id>/confirm")
@person
def confirm_screenshot(screenshot_id: int) -> Answer:
    """Write the rows of a picture down, or show the form with one more row."""
    form = request.form
    if form.get("add"):
        return _review(panel.review(user_id(), screenshot_id, form))
    try:
        rows = [given for _, given in panel.taken(form)]
        screenshots.confirm(user_id(), screenshot_id, parse(ConfirmIn, {"positions": rows}))
    except (ConflictError, ValidationError) as error:
        return _review(panel.review(user_id(), screenshot_id, form, error)), UNPROCESSABLE
    return _review(panel.review(user_id(), screenshot_id))


@bp.post("/screenshot/<int:screenshot_id>/again")
@person
@limited("uploads")
def read_screenshot(screenshot_id: int) -> Answer:
    """Let a picture be read once more."""
    try:
        screenshots.read_again(user_id(), screenshot_id, site_id())
    except ConflictError as error:
        return _review(panel.review(user_id(), screenshot_id, error=error)), UNPROCESSABLE
    return _review(panel.review(user_id(), screenshot_id))


@bp.post("/screenshot/<int:screenshot_id>/delete")
@person
def delete_screenshot(screenshot_id: int) -> str:
    """Forget a picture; positions that were confirmed stay."""
    screenshots.delete_screenshot(user_id(), screenshot_id)
    return _tab()
