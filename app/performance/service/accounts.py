"""Results of single accounts and of a robot's versions, straight from their days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from app.core.types import from_scaled
from app.performance.queries import accounts as queries
from app.performance.queries import driver
from app.performance.schemas import AccountResult, VersionResult
from app.quant.stats import wilson_interval

SHOWN_CURRENCY = "USD"


def account_results(account_ids: Sequence[int], today: date) -> dict[int, AccountResult]:
    """Return by account what it has made, open profit as last marked included.

    One without any day yet is left out. Whose accounts they are the caller has looked at.
    """
    if not account_ids:
        return {}
    return {
        account_id: AccountResult(
            currency=currency,
            trade_count=int(trades),
            win_count=int(wins),
            result=from_scaled(int(result)),
            today=from_scaled(int(newest)),
            fees=from_scaled(int(fees)),
        )
        for account_id, currency, trades, wins, result, newest, fees in queries.account_sums(
            account_ids, today
        )
    }


def version_results(plugin_id: str, currency: str = SHOWN_CURRENCY) -> list[VersionResult]:
    """Return the public record of each version of a robot, the oldest first."""
    return [_version(row, currency) for row in queries.version_sums(plugin_id, currency)]


def _version(row: Sequence[object], currency: str) -> VersionResult:
    version, first, last, trades, wins, result = row
    count, won = int(str(trades)), int(str(wins))
    interval = wilson_interval(won, count) if count else None
    return VersionResult(
        version=str(version),
        first=date.fromordinal(driver.from_day(first)),
        last=date.fromordinal(driver.from_day(last)),
        trade_count=count,
        win_rate=Decimal(won * 100) / count if count else None,
        win_rate_low=interval[0] * 100 if interval else None,
        win_rate_high=interval[1] * 100 if interval else None,
        result=from_scaled(int(str(result))),
        currency=currency,
    )
