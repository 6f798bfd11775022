"""Who asks, and what each route demands. Every view carries exactly one of these decorators.

`@public` (anyone), `@site` (a WordPress site, its visitor may be anonymous), `@member` (a known
user), `@person` (a known user, no program), `@scoped(...)` (a known user whose key has the scope),
`@site_admin` (an administrator of the site), `@owner` (one of the operator's own site), `@signed_in` (a person in a browser, on the service's
own pages). tests/architecture/ fails on a route without one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask import Flask, current_app, g, request

from app.core import idempotency
from app.core.db import keeps_nothing
from app.core.errors import AppError, ForbiddenError, NotFoundError, UnauthorizedError
from app.core.i18n import gettext

View = Callable[..., Any]

SCOPES = (
    "performance:read", "ledger:read", "ledger:write", "webhooks:read", "market:read",
    "charts:read", "charts:write",
)  # fmt: skip
"""What a key may do unless it is said otherwise."""
PERSONAL = ("site", "session")
"""Ways of asking behind which a person sits."""
PROGRAMS = ("key", "token")
"""Ways of asking behind which a program sits."""
PERSON_SCOPES = (
    "profile:write", "keys:write", "webhooks:write", "trading:read", "trading:write",
    "robots:read", "robots:write", "billing:write", "models:read", "models:write",
)  # fmt: skip
"""What a key may do only when a person asked for it by name; no key can pass these on."""


@dataclass(frozen=True)
class Principal:
    """The one who asks: a user, a visitor of a site, or nobody."""

    user_id: int | None = None
    site_id: str | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)
    via: str = "nobody"
    """nobody, key (API key), token (exchanged for a key), site (signed token of a site) or session
    (a browser)."""
    key_id: int | None = None
    """The API key that a program uses, itself or by a token."""
    repeat_until: float | None = None
    """Until when (Unix seconds) an answer may be repeated to the same credentials while nobody
    writes; None: never."""
    view_id: int | None = None
    """The view in which an administrator reads a member's dashboard; nothing can be written."""
    is_internal: bool = False
    """Whether a process of ours asks for somebody; such requests are not counted."""

    def has_scope(self, scope: str) -> bool:
        """Whether this asker may use what needs `scope`."""
        return scope in self.scopes


NOBODY = Principal()
Authenticator = Callable[[], Principal]
ProgramGate = Callable[[int], datetime | None]


def register(app: Flask) -> None:
    """Make `g.principal` lazily known on every request."""
    app.extensions["authenticator"] = lambda: NOBODY
    app.extensions["program_gate"] = lambda _user_id: None


def set_authenticator(app: Flask, authenticator: Authenticator) -> None:
    """Let the accounts slice say how a request's asker is found."""
    app.extensions["authenticator"] = authenticator


def set_program_gate(app: Flask, gate: ProgramGate) -> None:
    """Let the billing slice say whose programs may ask, and until when that is known."""
    app.extensions["program_gate"] = gate


def admit_program(user_id: int) -> datetime | None:
    """Return until when programs of a user may ask; None: for good.

    Raises:
        ForbiddenError: the user's plan has no place for programs.
    """
    gate: ProgramGate = current_app.extensions["program_gate"]
    return gate(user_id)


def _check_program() -> None:
    found = principal()
    if found.via not in PROGRAMS or found.user_id is None:
        return
    until = admit_program(found.user_id)
    if until is not None and found.repeat_until is not None:
        g.principal = replace(found, repeat_until=min(found.repeat_until, until.timestamp()))


def principal() -> Principal:
    """Return who asks in this request; found once, and so is what is wrong with the credentials."""
    if "principal_error" in g:
        raise g.principal_error
    if "principal" not in g:
        try:
            g.principal = current_app.extensions["authenticator"]()
        except AppError as error:
            g.principal_error = error
            raise
    found: Principal = g.principal
    return found


def user_id() -> int:
    """Return the asking user's id; for views behind @member or @scoped."""
    found = principal().user_id
    if found is None:
        message = gettext("Sign in first.")
        raise UnauthorizedError(message)
    return found


def _decision(name: str, check: Callable[[], None]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            check()
            if name not in {"public", "operator"}:
                _check_program()
            if g.get("principal") is not None and g.principal.view_id is not None:
                with keeps_nothing():
                    return view(*args, **kwargs)
            if not idempotency.applies():
                return view(*args, **kwargs)
            asked = functools.partial(view, *args, **kwargs)
            return idempotency.answer_once(_asker(), principal().user_id, asked)

        guarded.auth_decision = name  # type: ignore[attr-defined]
        return guarded

    return decorate


def _asker() -> str:
    """Return whose requests share Idempotency-Keys: those of an API key, or of a user at a site.

    Not all of a user's: a key that may do less must not be told what another one was answered.
    """
    found = principal()
    if found.site_id is None:
        return f"user:{found.user_id}:{found.key_id}" if found.user_id else "nobody"
    return f"site:{found.site_id}:{g.get('wp_user_id', '')}"


def public(view: View) -> View:
    """Anyone may call this view."""
    return _decision("public", lambda: None)(view)


def operator(view: View) -> View:
    """Whoever runs the service calls this view, with a secret that the view itself looks at."""
    return _decision("operator", lambda: None)(view)


def _check_site() -> None:
    if principal().via != "site":
        message = gettext("This address is for connected WordPress sites.")
        raise UnauthorizedError(message)


def site(view: View) -> View:
    """A connected WordPress site calls this view, for a member or an anonymous visitor."""
    return _decision("site", _check_site)(view)


def member(view: View) -> View:
    """A known user calls this view."""
    return _decision("member", lambda: _check(user_id))(view)


def _check_person() -> None:
    user_id()
    if principal().via not in PERSONAL:
        message = gettext("This address is for people. A program uses the addresses under /api/.")
        raise ForbiddenError(message, code="people_only")


def person(view: View) -> View:
    """A known user calls this view in person; no program with a key, whatever its scopes."""
    return _decision("person", _check_person)(view)


def site_admin(view: View) -> View:
    """An administrator of the site calls this view."""

    def check() -> None:
        _check_site()
        if "site_admin" not in principal().roles:
            message = gettext("Only an administrator of the site may do this.")
            raise ForbiddenError(message)

    return _decision("site_admin", check)(view)


def owner(view: View) -> View:
    """An administrator of the operator's own site calls this view; others do not find it."""

    def check() -> None:
        _check_site()
        if "site_admin" not in principal().roles:
            message = gettext("Only an administrator of the site may do this.")
            raise ForbiddenError(message)
        if "owner" not in principal().roles:
            message = gettext("There is no such address for this site.")
            raise NotFoundError(message)

    return _decision("owner", check)(view)


def signed_in(view: View) -> View:
    """A person who has signed in on the service's own pages calls this view with a browser."""

    def check() -> None:
        if principal().via != "session":
            message = gettext("Sign in first.")
            raise UnauthorizedError(message, code="sign_in")

    return _decision("signed_in", check)(view)


def scoped(scope: str) -> Callable[[View], View]:
    """A known user calls this view with a key (or a site's token) that has `scope`."""

    def check() -> None:
        user_id()
        if not principal().has_scope(scope):
            message = gettext("This key lacks the scope %(scope)s.", scope=scope)
            raise ForbiddenError(message, code="missing_scope", scope=scope)

    return _decision(f"scope {scope}", check)


def _check(step: Callable[[], object]) -> None:
    step()


def request_is_write() -> bool:
    """Whether the request may change something."""
    return request.method in {"POST", "PUT", "PATCH", "DELETE"}
