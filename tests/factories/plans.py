"""Members on plans."""

from __future__ import annotations

from app.billing import service as billing
from app.core.db import transaction


def with_api(user_id: int) -> int:
    """Put a user on a plan that includes the API, unless they are on one; return the user."""
    with transaction():
        if not billing.can(user_id, "api"):
            billing.subscribe(user_id, "mid", source="demo")
    return user_id
