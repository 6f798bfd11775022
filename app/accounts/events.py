"""What happens to accounts, for the slices above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UserCreated:
    """A user was made by the operator, with the plan that they are to have."""

    user_id: int
    tier: str
