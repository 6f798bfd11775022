"""Bars as raw bytes and back: each symbol's columns one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from app.quant.bars import BarColumns

KINDS = (np.int64, np.int64, np.int32, *[np.float64] * 5)


def pack(bars: Mapping[str, BarColumns], symbols: Sequence[str]) -> tuple[list[Any], bytes]:
    """Return the head (symbol and count of rows) and the body of some symbols' bars."""
    head, parts = [], []
    for symbol in symbols:
        head.append([symbol, len(bars[symbol].opened_at)])
        for kind, column in zip(KINDS, bars[symbol], strict=True):
            parts.append(np.ascontiguousarray(column, kind).tobytes())
    return head, b"".join(parts)


def unpack(head: Sequence[Any], body: bytes) -> dict[str, BarColumns]:
    """Return the bars; their columns cannot be written to."""
    at, found = 0, {}
    for symbol, rows in head:
        columns: list[Any] = []
        for kind in KINDS:
            columns.append(np.frombuffer(body, kind, rows, at))
            at += rows * np.dtype(kind).itemsize
        found[symbol] = BarColumns(*columns)
    return found
