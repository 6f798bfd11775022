"""Errors of the accounts slice."""

from __future__ import annotations

from app.core.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnauthorizedError,
    ValidationError,
)
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


class WrongCredentialsError(UnauthorizedError):
    """Address and password do not fit together; never says which of them."""

    code = "wrong_credentials"

    def __init__(self) -> None:
        super().__init__(gettext("The address or the password is wrong."))


class WrongCodeError(ValidationError):
    """A one-time code is wrong, too old, or was used before."""

    code = "wrong_code"

    def __init__(self) -> None:
        message = gettext("This code is wrong or was used already. Wait for the next one.")
        super().__init__(message, field="code")


class StepGoneError(UnauthorizedError):
    """The second step of a sign-in comes too late, or without the first."""

    code = "step_gone"

    def __init__(self) -> None:
        super().__init__(gettext("That took too long. Sign in again."))


class LinkError(NotFoundError):
    """A link of a mail was used, is too old, or is none of ours."""

    code = "link_gone"

    def __init__(self) -> None:
        super().__init__(
            gettext("This link does not work any more: it was used, or it is too old. Ask anew.")
        )
