"""Option chains for tests, read from the real data."""

from __future__ import annotations

import csv
import math
from datetime import date

import pytest

from app.quant.chains import ChainColumns, join
from tests.factories.robot_bars import MARKET_DATA

NAN = math.nan


def real_rows(name: str) -> tuple[float, list[dict]]:
    """Return the underlying's close (NaN: not told) and the contracts of a real chain."""
    path = MARKET_DATA / "chains" / name
    if not path.exists():
        pytest.skip(f"real chains are not on this machine: {path.name}")
    with path.open() as file:
        rows = list(csv.DictReader(file))
    price = next((float(row["close"]) for row in rows if not row["expiry"]), NAN)
    return price, [row for row in rows if row["expiry"]]


def real(name: str, times: list[tuple[int, int]], settles) -> ChainColumns:
    """Return a real chain as it would stand at several (instant, session): it is of one day only."""
    price, found = real_rows(name)
    rows = [
        (
            day := date.fromisoformat(row["expiry"]).toordinal(),
            settles(day),
            int(row["right"] == "C"),
            float(row["strike"]),
            NAN,
            NAN,
            float(row["close"]),
            float(row["volume"] or 0),
            float(row["open_interest"] or 0),
            float(row["implied_volatility"] or NAN),
            float(row["delta"] or NAN),
        )
        for row in found
    ]
    return join([(at, session, price) for at, session in times], [rows for _ in times])
