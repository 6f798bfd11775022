"""The chart of accounts: which there are, and what a balance of each means.

An account has a normal side. What we have or have spent grows by debits; what we owe or have earned
grows by credits. docs/money.md shows each case with an example.
"""

from __future__ import annotations

CLEARING = "stripe_clearing"
"""Money at the provider: paid by members, not yet moved on. Its balance is the provider's."""
FEES = "fees"
"""What the provider keeps. The platform bears it, never a creator."""
TAXES = "taxes"
"""Collected for the tax office."""
DISPUTES = "disputes"
"""Taken back by a bank, not yet decided."""
CREDIT = "customer_credit"
"""What members have paid for and not used: set against their next invoice."""
IN_TRANSIT = "payouts_in_transit"
"""Promised to creators and taken from what is payable, not yet known to have been sent."""
BANK = "bank"
"""What has gone from the provider to our own bank account."""
ADJUSTMENTS = "adjustments"
"""What the operator has explained by hand."""

DEBIT_NORMAL = frozenset({CLEARING, FEES, DISPUTES, BANK, "refunds"})


def revenue(ladder: str) -> str:
    """Return the account of what the platform earned on a ladder (or product type)."""
    return f"revenue:{ladder}"


def refunds(ladder: str) -> str:
    """Return the account of what the platform gave back of a ladder, by refund or lost dispute."""
    return f"refunds:{ladder}"


def payable(creator_id: int) -> str:
    """Return the account of what a creator may be paid."""
    return f"payable:{creator_id}"


def reserve(creator_id: int) -> str:
    """Return the account of what is a creator's and kept back for a while."""
    return f"reserve:{creator_id}"


def is_debit_normal(account: str) -> bool:
    """Whether an account grows by debits."""
    return account.partition(":")[0] in DEBIT_NORMAL


def balance(account: str, debit_minor: int, credit_minor: int) -> int:
    """Return an account's balance, positive on its normal side."""
    difference = debit_minor - credit_minor
    return difference if is_debit_normal(account) else -difference
