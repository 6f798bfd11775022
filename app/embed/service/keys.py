"""A member's settings: the public name, API keys and webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app

from app.accounts import service as accounts
from app.accounts.schemas import KeyOut
from app.accounts.schemas.keys import ApiKeyForm
from app.core import live
from app.embed.service.prompts import Prompt, api_prompt
from app.embed.service.requests import public_name, reports
from app.embed.service.webhooks import webhooks


@dataclass(frozen=True)
class Keys:
    """A member's keys, the text of one that was just made, and what was wrong with the form."""

    listed: list[KeyOut]
    created: str | None = None
    error: str | None = None
    prompt: Prompt | None = None
    """Where the plan has no place for programs."""

    @property
    def mcp(self) -> str | None:
        """Where a model's client connects; None where the service has no such address."""
        return live.mcp_url(current_app.config["EDGE_URL"])


def api_keys(user_id: int, *, error: str | None = None) -> Keys:
    """Return a member's keys without their text."""
    return Keys(accounts.list_keys(user_id), error=error, prompt=api_prompt(user_id))


def create_api_key(user_id: int, form: ApiKeyForm) -> Keys:
    """Make a key; its text is in the answer and nowhere else."""
    created = accounts.create_key_by_form(user_id, form)
    return Keys(accounts.list_keys(user_id), created=created)


def rotate_api_key(user_id: int, key_id: int) -> Keys:
    """Put a new key in the place of one, which counts for a day longer."""
    created = accounts.rotate_key(user_id, key_id).text
    return Keys(accounts.list_keys(user_id), created=created)


def revoke_api_key(user_id: int, key_id: int) -> Keys:
    """Make a key useless from the next request on."""
    accounts.revoke_key(user_id, key_id)
    return api_keys(user_id)


def settings(user_id: int, chosen: str = "") -> dict[str, Any]:
    """Return what the settings tab shows; `chosen` is the robot whose page led to a report."""
    return {
        "called": public_name(user_id),
        "reports": reports(user_id, chosen),
        "keys": api_keys(user_id),
        "activity": accounts.activity(user_id),
        "hooks": webhooks(user_id),
    }
