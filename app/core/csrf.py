"""Forms that a browser sends with a cookie carry a token that another site cannot know.

Everything is checked but what reads no cookie: /api/ (keys and signed tokens), /embed/ (signed
requests of WordPress sites) and /mail/ (links in mails, which mail programs post by themselves). A new page is checked without being named here.
"""

from __future__ import annotations

from flask import Flask, Response, g, request, session
from flask_wtf.csrf import CSRFError, CSRFProtect

from app.core.errors import ForbiddenError
from app.core.i18n import gettext

WITHOUT_COOKIES = ("/api/", "/embed/", "/mail/")
HOURS_12 = 12 * 3600

protection = CSRFProtect()


def register(app: Flask) -> None:
    """Check the forms of an application, and give templates `csrf_token()`."""
    # We call the check ourselves, below: the library would exempt views one by one.
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", HOURS_12)
    protection.init_app(app)
    app.before_request(_check)
    app.register_error_handler(CSRFError, _refused)


def _check() -> None:
    if request.endpoint is not None and not request.path.startswith(WITHOUT_COOKIES):
        protection.protect()


def _refused(_error: CSRFError) -> Response:
    from app.core.http import app_error_response

    message = gettext(
        "This page was open for too long, or your browser keeps no cookies of this site. Open it "
        "anew and send it again."
    )
    return app_error_response(ForbiddenError(message, code="form_expired"))


def renew() -> None:
    """Forget the forms that were given out so far: who asks has become somebody else."""
    session.clear()
    g.pop("csrf_token", None)
