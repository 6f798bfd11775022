"""What notifications tell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WebhookDisabled:
    """An endpoint was disabled by us: it answered 410, or failed for days."""

    user_id: int
    endpoint_id: int
    reason: str
    """gone or failing."""
