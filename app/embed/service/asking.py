"""The site that asks, and what it makes of robots and names; other sites make their own of them."""

from __future__ import annotations

from flask import has_request_context

from app.core.auth import principal
from app.core.errors import ForbiddenError
from app.core.i18n import gettext
from app.moderation import service as moderation
from app.robots import service as robots
from app.robots.schemas import ShelfRobot


def site_id() -> str | None:
    """Return the asking site's id; None for a program with a key, which sees the bare catalogue."""
    return principal().site_id if has_request_context() else None


def own_site_id() -> str:
    """Return the asking site's id, for what is there only on a site."""
    found = site_id()
    if found is None:
        message = gettext("This belongs to a site: do it on its pages.")
        raise ForbiddenError(message)
    return found


def shelf() -> dict[str, ShelfRobot]:
    """Return every listed robot by id as the asking site presents it, hidden ones too."""
    return {each.facts.id: each for each in robots.shelf(site_id())}


def public_names() -> dict[str, str]:
    """Return the names that the asking site shows in place of pseudonyms."""
    return moderation.public_names(site_id())
