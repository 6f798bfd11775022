"""The average cross the plain way, bar by bar in whole numbers: what the robot is held to."""

from __future__ import annotations

from collections.abc import Sequence

ABOVE, BELOW = 1, -1


def crosses(values: Sequence[int], fast: int, slow: int) -> list[int]:
    """Say for each value whether the fast average crossed the slow one there.

    +1 (`ABOVE`): the fast average was strictly below one value ago and is strictly above now;
    -1 (`BELOW`): the other way round; 0: neither. Both averages must exist at both values, so the
    first `slow` entries are 0.

    Raises:
        ValueError: unless 1 <= fast < slow.
    """
    if not 1 <= fast < slow:
        message = f"the fast average ({fast}) must be shorter than the slow one ({slow})"
        raise ValueError(message)
    found = [0] * len(values)
    fast_sum = slow_sum = before = 0
    for at, value in enumerate(values):
        fast_sum += value - (values[at - fast] if at >= fast else 0)
        slow_sum += value - (values[at - slow] if at >= slow else 0)
        if at < slow - 1:
            continue
        difference = fast_sum * slow - slow_sum * fast
        now = (difference > 0) - (difference < 0)
        if now == -before:
            found[at] = now
        before = now
    return found


def trade_crosses(
    opens: Sequence[int], closes: Sequence[int], fast: int, slow: int, *, short: bool
) -> list[tuple[int, int, int]]:
    """Return (number of the bar, side, price) of each fill: one share, at the next open."""
    signals = crosses(closes, fast, slow)
    fills, held = [], 0
    for at in range(1, len(opens)):
        signal = signals[at - 1]
        if signal in {0, held}:
            continue
        if held:
            fills.append((at, -held, opens[at]))
            held = 0
        if signal == ABOVE or short:
            fills.append((at, signal, opens[at]))
            held = signal
    return fills
