"""Who changes a chart: a member, or what speaks through one of the member's keys."""

from __future__ import annotations

from dataclasses import dataclass

from app.accounts import service as accounts
from app.charts.schemas import Author
from app.core.auth import PROGRAMS, Principal

LONGEST_NAME = 80


@dataclass(frozen=True)
class Actor:
    """One who asks for a change of a chart of the user's."""

    user_id: int
    author: Author
    key_id: int | None = None


def actor_of(asker: Principal, model: str | None = None) -> Actor:
    """Return who asks: a program by its key's name, a model where it says so; else the member.

    A program is never the member, whatever it says.
    """
    user_id = asker.user_id or 0
    if model:
        return Actor(user_id, Author(kind="model", name=model), asker.key_id)
    if asker.via not in PROGRAMS:
        return Actor(user_id, Author(kind="member"))
    if asker.key_id is None:
        return Actor(user_id, Author(kind="program"))
    name = accounts.get_key(user_id, asker.key_id).name
    shown = "".join(sign for sign in name if sign.isprintable()).strip()[:LONGEST_NAME]
    return Actor(user_id, Author(kind="program", name=shown), asker.key_id)


def member(user_id: int) -> Actor:
    """Return the member as who asks, for pages and commands."""
    return Actor(user_id, Author(kind="member"))
