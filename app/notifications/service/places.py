"""Where the links in mails lead: a page of the member's WordPress site, else one of our own."""

from __future__ import annotations

from flask import current_app

from app.accounts import service as accounts

# The page of a site that shows it, and our own page for members without a site.
PLACES = {
    "overview": ("dashboard", "/account/"),
    "plan": ("dashboard", "/account/"),
    "pricing": ("pricing", "/account/"),
    "payouts": ("dashboard", "/account/"),
    "dashboard": ("dashboard", "/account/"),
    "performance": ("dashboard", "/account/"),
    "marketplace": ("marketplace", "/account/"),
}


def base() -> str:
    """Return the address of the service, without a slash at the end."""
    return str(current_app.config["PUBLIC_URL"]).rstrip("/")


def address_of(place: str, user_id: int) -> str:
    """Return the address to which a member's mail leads."""
    page, own = PLACES[place]
    user = accounts.get_user(user_id)
    if user.password_hash is None:
        # Signs in at a WordPress site only, so our own pages would be closed.
        for site in accounts.list_sites_of(user_id):
            url = (site.pages or {}).get(page)
            if site.state == "active" and isinstance(url, str):
                return url
    return f"{base()}{own}"
