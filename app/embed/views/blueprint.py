"""What all fragments share: the blueprint, and how a fragment is rendered and answered.

A fragment named `embed.leaderboard_table` is templates/embed/_leaderboard_table.html and has the
id `leaderboard-table`. Views that change something are verbs and answer with such a fragment.
"""

from __future__ import annotations

import re

import flask
from flask import Blueprint, Response, make_response

from app.core.http import with_etag
from app.embed.service import quick

bp = Blueprint("embed", __name__, url_prefix="/embed")
UNPROCESSABLE = 422
SPACE = re.compile(r"\s{2,}")


def render_template(name: str, **context: object) -> str:
    """Render a fragment without the indentation, which is a third of a long table."""
    return SPACE.sub(" ", flask.render_template(name, **context))


def public(template: str, **context: object) -> Response:
    """Answer with a public fragment, and keep it for the next one who asks."""
    html = render_template(template, **context)
    quick.keep(html)
    return with_etag(make_response(html))


def tagged(response: Response, tag: str) -> Response:
    """Answer with a member's fragment that is asked for again and again."""
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-cache, private"
    return response
