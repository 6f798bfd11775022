"""The form for an API key, and how its choices are called."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.i18n import lazy_gettext

SCOPE_NAMES = [
    ("performance:read", lazy_gettext("read figures")),
    ("ledger:read", lazy_gettext("read fills and trades")),
    ("ledger:write", lazy_gettext("send fills")),
    ("webhooks:read", lazy_gettext("see webhooks")),
    ("market:read", lazy_gettext("read prices, levels and indicators")),
    ("charts:read", lazy_gettext("see your charts")),
    ("charts:write", lazy_gettext("draw on your charts")),
]
# What is offered, and not chosen beforehand.
PERSON_SCOPE_NAMES = [
    ("profile:write", lazy_gettext("change your name")),
    ("keys:write", lazy_gettext("make, rotate and revoke keys")),
    ("webhooks:write", lazy_gettext("change webhooks")),
    ("trading:read", lazy_gettext("see your accounts at brokers, without their keys")),
    ("trading:write", lazy_gettext("add and delete accounts at brokers")),
    ("robots:read", lazy_gettext("see your robots and their runs")),
    ("robots:write", lazy_gettext("run, deploy and stop robots")),
    ("billing:write", lazy_gettext("buy, change and cancel plans")),
    ("models:read", lazy_gettext("see your own keys of models, without their text")),
    ("models:write", lazy_gettext("add, limit and delete your own keys of models")),
]
KEY_LIVES = [
    ("always", lazy_gettext("until it is revoked")),
    ("30", lazy_gettext("30 days")),
    ("90", lazy_gettext("90 days")),
    ("365", lazy_gettext("a year")),
]


class ApiKeyForm(BaseModel):
    """A name for a new key, what it may do, until when and from where."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=60)
    scopes: list[str] = Field(min_length=1, max_length=20)
    lasts: Literal["always", "30", "90", "365"] = "always"
    """For so many days."""
    networks: str = Field(default="", max_length=1000)
    """Addresses and networks, with commas or spaces between."""
