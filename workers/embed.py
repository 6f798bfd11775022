"""Jobs of the embed slice."""

from __future__ import annotations

from app.embed import service
from workers.queues import job


@job("bulk", own_transactions=True)
def tell_missing() -> None:
    """Tell members once a month what the next plan opens."""
    service.tell_missing()


@job("bulk", own_transactions=True)
def tell_next_step() -> None:
    """Name the next step to new members, each once."""
    service.tell_next_step()
