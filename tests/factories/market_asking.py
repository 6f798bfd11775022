"""Bars in the store, and a member's program that asks for what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from app.core.db import transaction
from app.market import service as market


def store(symbol: str, bars: Any, timeframe: str = "M1", **options: Any) -> int:
    """Keep bars of an instrument; return its id."""
    with transaction():
        each = market.get_instrument(symbol, **options)
        market.store_bars(each.id, timeframe, bars, "csv")
        return each.id


def asker(app: Flask, headers: dict[str, str]) -> Callable[..., Any]:
    """Return a function that reads an address and looks at the answer's status."""

    def get(path: str, status: int = 200) -> Any:
        answer = app.test_client().get(path, headers=headers)
        assert answer.status_code == status, answer.json
        return answer.json

    return get
