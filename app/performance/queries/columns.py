"""Whole tables of folded figures as rows for the database: the roundings of `rules`, by column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.performance.queries import driver
from app.quant import kernels
from app.quant.bulk import MetricTable

Column = NDArray[Any]
ROWS_AT_ONCE = 50_000
_CENT = 1_000_000
_MOST_MONEY = 9_999_999_999_999.99
_MOST_RATIO = 999_999.9999


def money(value: Column) -> Column:
    """Round money (scaled by 1e8) to cents, half to even; see rules.money."""
    cents = value // _CENT
    rest = (value - cents * _CENT) * 2
    cents += (rest > _CENT) | ((rest == _CENT) & (cents & 1 == 1))
    return cents / 100.0


def _rounded(value: Column, before: float, after: float, most: float) -> Column:
    # Adding zero turns a negative zero into zero.
    rounded: Column = np.clip(np.rint(value * before) / after, -most, most) + 0.0
    return rounded


def _short(ratios: Column, at: int) -> Column:
    """Return a ratio that tables of days, or of weeks too, do not have."""
    if at < ratios.shape[1]:
        column: Column = ratios[:, at]
        return column
    return np.full(len(ratios), np.nan)


def figure_columns(table: MetricTable) -> list[Column]:
    """Return the columns of `rules.FIGURES`; NaN is "no answer"."""
    counts, cash, ratios = table.counts, table.money, table.ratios
    no_trades = counts[:, kernels.C_TRADES] == 0
    no_balance = counts[:, kernels.C_FUNDED] == 0

    def ratio(at: int) -> Column:
        return _rounded(_short(ratios, at), 1e4, 1e4, _MOST_RATIO)

    def known(at: int, missing: Column) -> Column:
        return np.where(missing, np.nan, money(cash[:, at]))

    return [
        counts[:, kernels.C_TRADES],
        counts[:, kernels.C_WINS],
        counts[:, kernels.C_LOSSES],
        money(cash[:, kernels.M_PNL]),
        _rounded(ratios[:, kernels.R_WIN], 1e4, 1e2, _MOST_MONEY),
        ratio(kernels.R_FACTOR),
        ratio(kernels.R_SHARPE),
        _rounded(ratios[:, kernels.R_DRAWDOWN], -1e6, 1e4, _MOST_MONEY),
        _rounded(ratios[:, kernels.R_SIZE], 1e2, 1e2, _MOST_MONEY),
        known(kernels.M_BEST, no_trades),
        known(kernels.M_WORST, no_trades),
        money(cash[:, kernels.M_PROFIT]),
        money(cash[:, kernels.M_LOSS]),
        ratio(kernels.R_SORTINO),
        counts[:, kernels.C_EXPOSED] / counts[:, kernels.C_SESSIONS],
        money(-cash[:, kernels.M_DROP]),
        ratios[:, kernels.R_RETURN],
        known(kernels.M_EQUITY, no_balance),
        counts[:, kernels.C_SESSIONS],
        _short(ratios, kernels.R_LOWER),
        _short(ratios, kernels.R_MARGIN),
    ]


def values(column: Column, *, nan_is_null: bool) -> list[Any]:
    """Return a column as Python values; SQLite itself stores a NaN as NULL."""
    objects: Any = column
    if not nan_is_null and column.dtype.kind == "f":
        missing = np.isnan(column)
        if missing.any():
            objects = column.astype(object)
            objects[missing] = None
    listed: list[Any] = objects.tolist()
    return listed


def rows(
    table: MetricTable, owners: Sequence[Column], instant: Any, *, nan_is_null: bool
) -> Iterator[tuple[Any, ...]]:
    """Give the rows of a table in the column order of `metrics.columns`, in blocks.

    `owners` holds a column of each owner, kind and currency, indexed by scope number.
    """
    to_day = driver.day_writer()
    for first in range(0, len(table), ROWS_AT_ONCE):
        part = MetricTable(
            table.period,
            table.counts[first : first + ROWS_AT_ONCE],
            table.money[first : first + ROWS_AT_ONCE],
            table.ratios[first : first + ROWS_AT_ONCE],
        )
        scope = part.counts[:, kernels.C_SCOPE]
        whose = [owner[scope].tolist() for owner in owners]
        days = [to_day(day) for day in part.counts[:, kernels.C_START].tolist()]
        figures = [values(column, nan_is_null=nan_is_null) for column in figure_columns(part)]
        yield from zip(
            *whose,
            repeat(part.period),
            days,
            *figures,
            repeat(instant),
            repeat(instant),
        )
