"""What WordPress' tools for personal data send and get."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from app.accounts.schemas import Email

MAX_PAGE = 100_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PersonIn(_Strict):
    """Of whom: an address that WordPress has confirmed, and its user if there is one."""

    email: Email
    wp_user_id: int | None = Field(default=None, ge=1, le=2**31 - 1)


class ExportIn(PersonIn):
    """One page of what is kept of a person; pages begin with 1."""

    page: int = Field(default=1, ge=1, le=MAX_PAGE)


class Item(BaseModel):
    """One thing that is kept: its group, its name in the group, and its facts in order."""

    group: str
    id: str
    facts: list[tuple[str, str]]


class Export(BaseModel):
    """One page of items, and whether it is the last."""

    items: list[Item]
    done: bool


class Erasure(BaseModel):
    """What an erasure did. `reasons` says why something stays: records_kept, other_site."""

    removed: bool
    retained: bool
    reasons: list[str]


class DownloadIn(_Strict):
    """The one-use secret of a link."""

    token: str = Field(min_length=20, max_length=100)


class OwnData(BaseModel):
    """What a member sees of copies and erasure."""

    copy_state: str
    """Empty while none was ever asked for; else queued, running, ready, expired or failed."""
    tables_done: int
    tables_all: int
    size: int
    kept_until: datetime | None
    erased_on: datetime | None
    """When the account goes; None while nobody asked for it."""
    name: str
    is_demo: bool
    link: str
    error: str
