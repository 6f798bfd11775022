"""What the ledger tells the slices above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class DayMoneyChanged:
    """The daily money of an account in one currency has changed from a day on."""

    account_id: int
    user_id: int
    plugin_id: str
    kind: str
    currency: str
    from_day: date
    is_ranked: bool
