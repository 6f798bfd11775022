"""Where the provider may send people back to: the service itself, and the member's own sites."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app

from app.accounts import service as accounts
from app.core.errors import ValidationError
from app.core.i18n import gettext

PLACE = "/account/"


def own(url: str | None, user_id: int, field: str) -> str:
    """Return an address to come back to; without one, the member's own account page.

    Raises:
        ValidationError: it leads to somebody else's pages.
    """
    base = str(current_app.config["PUBLIC_URL"]).rstrip("/")
    if url is None:
        return base + PLACE
    known = {_origin(base), *(_origin(site.url) for site in accounts.list_sites_of(user_id))}
    if not url.isprintable() or "\\" in url or _origin(url) not in known:
        message = gettext("%(field)s: an address of this service or of a site you are a member of",
                          field=field)  # fmt: skip
        raise ValidationError(message, field=field)
    return url


def _origin(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", url, None
    return parts.scheme, parts.hostname or "", port
