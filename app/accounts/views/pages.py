"""What the account's own pages share: where is asked from, which session asks, cookies."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, g, request

from app.accounts import service
from app.accounts.clients import cookie_name
from app.accounts.models import UserSession
from app.accounts.rules import sessions as rules
from app.core import auth
from app.core import pages as core
from app.core.address import client_address
from app.core.errors import AppError
from app.core.pages import go, next_place, read

__all__ = [
    "MARK_SECONDS",
    "drop_cookie",
    "go",
    "keep_session",
    "next_place",
    "pages",
    "place",
    "present_session",
    "read",
    "require_fresh",
    "set_cookie",
    "show",
]

pages = core.own_pages("account", __name__)
MARK_SECONDS = 180 * 24 * 3600


def show(page: str, *, error: AppError | None = None, **values: Any) -> Response:
    """Return a page of accounts; with an error, the one that says what is wrong."""
    return core.show(f"accounts/{page}.html", error=error, **values)


def place() -> service.Place:
    """Return from where is asked."""
    return service.Place(
        network=rules.network_of(client_address()),
        address=rules.shortened_address(client_address()),
        browser=rules.browser_name(request.headers.get("User-Agent", "")),
        mark=request.cookies.get(cookie_name("browser"), "")[:200],
    )


def present_session() -> UserSession:
    """Return the session that asks; for views behind @signed_in."""
    auth.principal()
    found: UserSession = g.user_session
    return found


def require_fresh() -> None:
    """Ask for the password again when it was typed too long ago."""
    service.require_fresh()


def set_cookie(response: Response, purpose: str, value: str, seconds: int | None) -> None:
    """Give the browser a secret that no script and no other site's form can use."""
    response.set_cookie(
        cookie_name(purpose),
        value,
        max_age=seconds,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def drop_cookie(response: Response, purpose: str) -> None:
    """Take a secret back from the browser."""
    set_cookie(response, purpose, "", 0)


def keep_session(response: Response, token: str, *, is_kept: bool) -> None:
    """Give the browser its session's token."""
    seconds = int(rules.LIFETIME.total_seconds()) if is_kept else None
    set_cookie(response, "session", token, seconds)
