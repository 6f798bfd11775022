"""What a model says it has read, taken with care: what cannot be meant is no answer. Pure."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from pydantic import model_validator

from app.screenshots.schemas import Broker, Reading

MOST_POSITIONS = 40
NOTHING: dict[str, Any] = {"value": None, "confidence": 0}
# Signs around a number on a page; a comma between thousands.
AROUND = re.compile(r"[$€£\s\u00a0,]")
LARGEST = Decimal(10) ** 9
RIGHTS = {"c": "call", "p": "put", "calls": "call", "puts": "put", "stock": "shares",
          "share": "shares", "equity": "shares"}  # fmt: skip
TICKER = re.compile(r"\^?[A-Z][A-Z0-9./-]{0,11}")


class SaidReading(Reading):
    """All positions that the picture shows, one item for each position or leg of a spread."""

    @model_validator(mode="before")
    @classmethod
    def _with_care(cls, said: Any) -> Any:
        if not isinstance(said, dict):
            return said
        items = said.get("positions")
        found = (
            [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []
        )
        return {
            "broker": _field(said.get("broker"), _broker),
            "positions": [_position(each) for each in found[:MOST_POSITIONS]],
        }


def _position(said: dict[str, Any]) -> dict[str, Any]:
    spread, band = said.get("spread"), said.get("band")
    return {
        "ticker": _field(said.get("ticker"), _ticker),
        "right": _field(said.get("right"), _right),
        "strike": _field(said.get("strike"), _number),
        "expiry": _field(said.get("expiry"), _day),
        "quantity": _field(said.get("quantity"), _number),
        "entry_price": _field(said.get("entry_price"), _number),
        "current_price": _field(said.get("current_price"), _number),
        "spread": spread if isinstance(spread, int) and 0 <= spread <= MOST_POSITIONS else None,
        "band": _band(band) if isinstance(band, dict) else None,
    }


def _field(said: Any, read: Any) -> dict[str, Any]:
    if not isinstance(said, dict):
        return NOTHING
    value = read(said.get("value"))
    if value is None:
        return NOTHING
    return {"value": value, "confidence": _share(said.get("confidence")) or 0}


def _share(said: Any) -> float | None:
    if isinstance(said, bool):
        return None
    try:
        share = float(said)
    except (TypeError, ValueError, OverflowError):
        return None
    return min(1.0, max(0.0, share)) if math.isfinite(share) else None


def _band(said: dict[str, Any]) -> dict[str, float] | None:
    top, bottom = _share(said.get("top")), _share(said.get("bottom"))
    return (
        None if top is None or bottom is None or top >= bottom else {"top": top, "bottom": bottom}
    )


def _number(said: Any) -> Decimal | None:
    if isinstance(said, bool) or not isinstance(said, (str, int, float, Decimal)):
        return None
    text = AROUND.sub("", str(said))[:40]
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return round(value, 8) if value.is_finite() and abs(value) < LARGEST else None


def _day(said: Any) -> date | None:
    if isinstance(said, datetime):
        return said.date()
    if isinstance(said, date):
        return said
    try:
        return date.fromisoformat(str(said).strip()[:10])
    except ValueError:
        return None


def _ticker(said: Any) -> str | None:
    text = str(said or "").strip().upper().removeprefix("$")
    return text if TICKER.fullmatch(text) else None


def _right(said: Any) -> str | None:
    text = str(said or "").strip().lower()
    text = RIGHTS.get(text, text)
    return text if text in {"call", "put", "shares"} else None


def _broker(said: Any) -> str | None:
    return said if said in get_args(Broker) else None
