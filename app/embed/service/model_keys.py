"""What the dashboard says where a member's plan takes no own keys of models."""

from __future__ import annotations

from app.ai import service as ai
from app.embed.service.prompts import Prompt, limit_prompt


def model_keys_prompt(user_id: int, keys: ai.ModelKeys) -> Prompt | None:
    """Return the way up where a member's own keys rest; None: they count."""
    return limit_prompt(user_id, ai.FEATURE, keys.rests) if keys.rests else None
