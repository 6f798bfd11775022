"""JSON: pictures of positions, what was read from them, and writing it down."""

from __future__ import annotations

from flask import Blueprint, Response, make_response

from app.core.auth import scoped, user_id
from app.core.describe import describe
from app.core.http import json_response
from app.core.limits import limited
from app.core.parse import json_body, parse
from app.screenshots import service
from app.screenshots.schemas import ConfirmIn, ScreenshotIn, ScreenshotList, ScreenshotOut

api = Blueprint("screenshots_api", __name__, url_prefix="/api/screenshots")


def _answer(found: ScreenshotOut, status: int = 200) -> Response:
    return json_response(found.model_dump(mode="json"), status)


@api.get("")
@describe(answer=ScreenshotList)
@scoped("ledger:read")
def list_screenshots() -> Response:
    """List the asker's pictures of positions, the newest first."""
    found = ScreenshotList(items=service.list_screenshots(user_id()))
    return json_response(found.model_dump(mode="json"))


@api.post("")
@describe(body=ScreenshotIn, answer=ScreenshotOut, status=201)
@scoped("ledger:write")
@limited("uploads")
def send_screenshot() -> Response:
    """Send a picture of positions at a broker. It is read in a moment: ask for it again.

    The same picture is kept once; notes inside of it (place, camera, comments) are not kept.
    """
    given = parse(ScreenshotIn, json_body())
    return _answer(service.send_text(user_id(), given.picture), 201)


@api.get("/<int:screenshot_id>")
@describe(answer=ScreenshotOut)
@scoped("ledger:read")
def get_screenshot(screenshot_id: int) -> Response:
    """Return what was read from a picture, each field with its confidence."""
    return _answer(service.get_screenshot(user_id(), screenshot_id))


@api.get("/<int:screenshot_id>/picture")
@describe(media_type="image/png", example="PNG")
@scoped("ledger:read")
def get_picture(screenshot_id: int) -> Response:
    """Return the picture itself, as PNG or JPEG; nobody else gets it and nobody keeps it."""
    content, media_type = service.get_picture(user_id(), screenshot_id)
    response = make_response(content)
    response.content_type = media_type
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = "inline"
    return response


@api.post("/<int:screenshot_id>/read")
@describe(answer=ScreenshotOut)
@scoped("ledger:write")
@limited("uploads")
def read_screenshot(screenshot_id: int) -> Response:
    """Let a picture be read once more."""
    return _answer(service.read_again(user_id(), screenshot_id))


@api.post("/<int:screenshot_id>/confirm")
@describe(body=ConfirmIn, answer=ScreenshotOut)
@scoped("ledger:write")
def confirm_screenshot(screenshot_id: int) -> Response:
    """Write positions of a picture down: all of them or none, and once.

    A field that is listed under `asked` must differ from what was read, or be named in `sure`.
    """
    given = parse(ConfirmIn, json_body())
    return _answer(service.confirm(user_id(), screenshot_id, given))


@api.delete("/<int:screenshot_id>")
@describe(status=204)
@scoped("ledger:write")
def delete_screenshot(screenshot_id: int) -> Response:
    """Forget a picture and its reading; positions that were written down stay."""
    service.delete_screenshot(user_id(), screenshot_id)
    return make_response("", 204)
