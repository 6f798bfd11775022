"""Bars as raw bytes and back: each symbol's columns one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from app.quant.bars import BarColumns
from app.quant.chains import ROW, SNAPSHOT, ChainColumns

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


def pack_chains(chains: Mapping[str, ChainColumns]) -> tuple[list[Any], bytes]:
    """Return the head (symbol, count of chains and of rows) and the body of option chains."""
    head = [[symbol, len(each.snapshots), len(each.rows)] for symbol, each in chains.items()]
    return head, b"".join(part.tobytes() for each in chains.values() for part in each)


def unpack_chains(head: Sequence[Any], body: bytes) -> dict[str, ChainColumns]:
    """Return the chains; they cannot be written to."""
    at, found = 0, {}
    for symbol, *counts in head:
        parts = []
        for kind, count in zip((SNAPSHOT, ROW), counts, strict=True):
            parts.append(np.frombuffer(body, kind, count, at))
            at += count * kind.itemsize
        found[symbol] = ChainColumns(*parts)
    return found
