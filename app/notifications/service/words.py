"""What the mails of accounts say."""

from __future__ import annotations

from dataclasses import dataclass

from app.accounts.service import Letter
from app.core.i18n import gettext


@dataclass(frozen=True)
class Words:
    """A mail's subject, its paragraphs, and what the link does; "" where there is none."""

    subject: str
    paragraphs: tuple[str, ...]
    action: str = ""
    link: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    """Figures with their names, shown as a small table."""
    close: tuple[str, ...] = ()
    """What stands behind the figures and says how to read them."""


def words_of(letter: Letter) -> Words:
    """Return what a mail says, in the language in use."""
    if letter.link:
        return _with_link(letter, letter.link)
    sign_in, forgot = f"{letter.base}/account/sign-in", f"{letter.base}/account/forgot"
    return {
        "has_account": Words(
            gettext("You have an account already"),
            (
                gettext("Somebody, probably you, wanted to use this address for an account."),
                gettext("It belongs to an account already. Sign in, or set a new password there."),
            ),
            gettext("Sign in"),
            sign_in,
        ),
        "no_account": Words(
            gettext("There is no account with this address"),
            (
                gettext("Somebody, probably you, asked for a new password for this address."),
                gettext("It has no account here. Perhaps you used another address."),
            ),
            gettext("Make an account"),
            f"{letter.base}/account/sign-up",
        ),
        "new_password": _notice(gettext("Your password was changed"), forgot),
        "address_changed": _notice(gettext("Your address was changed"), ""),
        "second_factor_on": _notice(gettext("Codes at sign-in were turned on"), forgot),
        "second_factor_off": _notice(gettext("Codes at sign-in were turned off"), forgot),
        "recovery_code_used": _notice(gettext("A recovery code was used"), forgot),
        **_of_erasure(letter.base),
        "webhook_disabled": Words(
            gettext("A webhook of yours was disabled"),
            (
                gettext(
                    "Its address answered that it is gone, or nothing has arrived there for five "
                    "days. We have stopped sending to it."
                ),
                gettext(
                    "Look at it in the settings of your dashboard. Once it is enabled again, what "
                    "was given up can be sent again."
                ),
            ),
        ),
    }[letter.kind]


def _with_link(letter: Letter, link: str) -> Words:
    ignore = gettext("If that was not you, do nothing: without the link nothing changes.")
    return {
        "sign_up": Words(
            gettext("Make your account"),
            (
                gettext("Follow the link to choose your password. It works once, for 24 hours."),
                ignore,
            ),
            gettext("Make my account"),
            link,
        ),
        "reset": Words(
            gettext("Set a new password"),
            (
                gettext("Follow the link to set a new password. It works once, for 30 minutes."),
                ignore,
            ),
            gettext("Set a new password"),
            link,
        ),
        "new_address": Words(
            gettext("Confirm your new address"),
            (
                gettext("Follow the link to use this address. It works once, for 24 hours."),
                ignore,
            ),
            gettext("Use this address"),
            link,
        ),
    }[letter.kind]


def _of_erasure(base: str) -> dict[str, Words]:
    data = f"{base}/account/own-data"
    return {
        "erasure_wanted": Words(
            gettext("Your account will be erased in seven days"),
            (
                gettext(
                    "Your address, names, notes, keys and files go for good then. Trading records "
                    "and payments stay without a name."
                ),
                gettext("Until then you can keep your account, and take a copy of your data."),
                gettext("If that was not you, keep the account and set a new password at once."),
            ),
            gettext("Keep my account"),
            data,
        ),
        "erasure_cancelled": Words(
            gettext("Your account stays"),
            (gettext("It will not be erased: somebody, probably you, has called that off."),),
            gettext("Look at your data"),
            data,
        ),
        "erased": Words(
            gettext("Your account is erased"),
            (
                gettext(
                    "Your address, names, notes, keys and files are gone. Trading records and "
                    "payments stay without a name."
                ),
                gettext("This is the last mail; your address is deleted once it is sent."),
            ),
        ),
    }


def _notice(what: str, help_link: str) -> Words:
    if not help_link:
        no_help = gettext("If that was not you, tell the operator of the service at once.")
        return Words(what, (no_help,))
    said = gettext("If that was not you, set a new password at once: it signs out everybody else.")
    return Words(what, (said,), gettext("Set a new password"), help_link)
