"""Where the links in mails lead: a page of the member's WordPress site, else one of our own."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import current_app

from app.accounts import service as accounts

TAB = "trp_tab"
"""By this name a page of a site says which part of the dashboard is open."""


@dataclass(frozen=True)
class Place:
    """A place: the page of a site that shows it, and our own for members without a site."""

    page: str
    own: str = "/account/"
    tab: str = ""


PLACES = {
    "overview": Place("dashboard"),
    "plan": Place("dashboard", "/account/plan", "plan"),
    "pricing": Place("pricing", "/account/plan"),
    "payouts": Place("dashboard"),
    "robots": Place("dashboard", tab="robots"),
    "performance": Place("dashboard"),
    "dashboard": Place("dashboard"),
}


def base() -> str:
    """Return the address of the service, without a slash at the end."""
    return str(current_app.config["PUBLIC_URL"]).rstrip("/")


def address_of(name: str, user_id: int) -> str:
    """Return the address to which a member's mail leads."""
    place = PLACES[name]
    user = accounts.get_user(user_id)
    if user.password_hash is None:
        # Signs in at a WordPress site only, so our own pages would be closed.
        for site in accounts.list_sites_of(user_id):
            url = (site.pages or {}).get(place.page)
            if site.state == "active" and isinstance(url, str):
                return _with_tab(url, place.tab)
    return f"{base()}{place.own}"


def _with_tab(url: str, tab: str) -> str:
    if not tab:
        return url
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | {TAB: tab}
    return urlunsplit(parts._replace(query=urlencode(query)))
