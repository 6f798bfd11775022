"""Pure: which brokers there are, and which of their keys fit which kind of account."""

from __future__ import annotations

BROKERS = ("alpaca", "robinhood")
ACCOUNT_TYPES = ("paper", "live")
MOST_ACCOUNTS = 10
HINT = 4
# Alpaca marks its keys: an own one begins with PK on paper and with AK live.
ALPACA_MARKS = {"PK": "paper", "AK": "live"}


def type_fault(broker: str, account_type: str, api_key: str) -> str | None:
    """Say what is wrong with a kind of account for a key: no_paper, key_is_paper or key_is_live.

    A live key that is taken for one on paper would trade with real money.
    """
    if broker == "robinhood":
        return "no_paper" if account_type == "paper" else None
    marked = ALPACA_MARKS.get(api_key[:2])
    return None if marked in {None, account_type} else f"key_is_{marked}"


def hint(api_key: str) -> str:
    """Return by what its owner knows a key, which is far too little to use it."""
    return api_key[-HINT:]
