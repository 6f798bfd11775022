"""Dry runs of a version of the prompt on a picture of our own, of which it is known what it shows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from app.ai import service as ai
from app.ai.errors import ModelAwayError
from app.ai.schemas import Outcome
from app.screenshots.errors import ReaderAwayError
from app.screenshots.schemas import Reading, SeenPosition
from app.screenshots.service.asking import question_of

FOLDER = Path(__file__).resolve().parents[1] / "reading" / "samples"
"""A look-alike of a broker's page, drawn by us from invented positions, and the truth about it."""
FIELDS = ("ticker", "right", "strike", "expiry", "quantity", "entry_price", "current_price")


def try_prompt(
    user_id: int, request_key: str, number: int, *, site_id: str | None = None
) -> tuple[dict[str, Any], Outcome]:
    """Return what a version of the prompt reads in the sample; nothing is kept of it.

    See `ai.service.run` for what may be raised.
    """
    truth = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))["pictures"][0]
    content = (FOLDER / truth["file"]).read_bytes()
    ask = question_of(
        content, "image/png", request_key,
        seen_on=date.fromisoformat(truth["seen_on"]), user_id=user_id, site_id=site_id,
    )  # fmt: skip
    try:
        outcome = ai.run(replace(ask, prompt_number=number, is_trial=True))
    except ReaderAwayError as error:
        raise ModelAwayError(error.message, reason="no_reader") from error
    reading = outcome.data if isinstance(outcome.data, Reading) else Reading()
    return _compared(reading, truth["positions"]), outcome


def _compared(reading: Reading, there: list[dict[str, Any]]) -> dict[str, Any]:
    """Return each position that was read or is there, with both, field by field."""
    left = list(there)
    groups = []
    for seen in reading.positions:
        true = max(left, key=lambda one: _alike(seen, one), default=None)
        if true is not None and _alike(seen, true):
            left.remove(true)
        else:
            true = None
        groups.append(_group(seen, true))
    groups += [_group(None, one) for one in left]
    return {"parts": [], "facts": [], "removed": [], "groups": groups}


def _alike(seen: SeenPosition, true: dict[str, Any]) -> int:
    if seen.ticker.value != true["ticker"]:
        return 0
    return sum(_text(getattr(seen, name).value) == _plain(true[name]) for name in FIELDS)


def _group(seen: SeenPosition | None, true: dict[str, Any] | None) -> dict[str, Any]:
    fields = []
    for name in FIELDS:
        read = None if seen is None else getattr(seen, name)
        fields.append(
            {
                "name": name,
                "value": "" if read is None else _text(read.value),
                # How sure somebody is of nothing says nothing.
                "confidence": None if read is None or read.value is None else read.confidence,
                "expected": "" if true is None else _plain(true[name]),
            }
        )
    title = seen.ticker.value if seen is not None else (true or {}).get("ticker")
    return {"title": title or "", "fields": fields, "is_compared": True}


def _text(value: Any) -> str:
    return "" if value is None else _plain(str(value))


def _plain(value: str | None) -> str:
    """Return a number without zeros behind it, and any other text as it is."""
    text = value or ""
    is_number = text.replace("-", "", 1).replace(".", "", 1).isdigit()
    return text.rstrip("0").rstrip(".") if is_number and "." in text else text
