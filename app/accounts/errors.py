"""Errors of the accounts slice."""

from __future__ import annotations

from app.core.errors import ConflictError, ForbiddenError
from app.core.i18n import gettext


class UserUnknownError(ConflictError):
    """A site's token names a user whom the plugin has not introduced yet."""

    code = "user_unknown"


class SiteAddressError(ForbiddenError):
    """A second address uses a site's secret: a copy of the site, or a move nobody has confirmed."""

    code = "site_url_mismatch"

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "This connection is paused at this address: it belongs to a site at another one. "
                "Say in the WordPress plugin's settings whether the site moved or is a copy."
            )
        )
