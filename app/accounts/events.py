"""What accounts tell the slices above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MailWanted:
    """An account needs a mail to be sent: a row of `account_mails`."""

    mail_id: int
    key: str
    """Of this mail alone: a database may give an id anew after the row was deleted."""


@dataclass(frozen=True)
class MembersMoved:
    """Users are members of another site from now on, and no longer of the one before."""

    old_site: str
    new_site: str
    user_ids: tuple[int, ...]


@dataclass(frozen=True)
class KeyCreated:
    """A user has a new API key, made or rotated."""

    user_id: int
    key_id: int
    prefix: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class SignedUp:
    """A person has an account from now on."""

    user_id: int
    site_id: str | None
    door: str
    """Where they came in: wordpress or service."""
