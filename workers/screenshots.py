"""Jobs of pictures of positions."""

from __future__ import annotations

from app.screenshots import service
from workers.queues import job


@job("ai", own_transactions=True)
def read(screenshot_id: int, site_id: str | None = None) -> None:
    """Read the positions in a picture."""
    service.read(screenshot_id, site_id)


@job("bulk", own_transactions=True)
def prune() -> None:
    """Forget pictures whose time is over."""
    service.prune()
