"""Jobs of the market slice."""

from __future__ import annotations

from app.market import service
from workers.queues import job


@job("bulk", own_transactions=True)
def fill_gaps() -> None:
    """Bring the bars of all wanted instruments up to date."""
    service.fill_gaps()


@job("bulk", own_transactions=True)
def refresh_macro() -> None:
    """Bring calendar, rate expectations, sectors and earnings up to date."""
    service.refresh_macro()


@job("bulk", own_transactions=True)
def fetch_chains() -> None:
    """Have the option chains fetched that somebody looks at or holds."""
    service.fetch_wanted_chains()


@job("bulk", own_transactions=True)
def fetch_chain(instrument_id: int) -> None:
    """Fetch one of them."""
    service.fetch_wanted_chain(instrument_id)
