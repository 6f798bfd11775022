"""Which members of a site are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Chosen:
    """What a list of members is cut down to; what is left out cuts nothing."""

    search: str = ""
    """A part of the name, the pseudonym or the address."""
    is_disabled: bool | None = None
    tier: str | None = None
    among: tuple[Any, bool] | None = None
    """A query of users, and whether these are meant or all others."""


EVERYBODY = Chosen()
