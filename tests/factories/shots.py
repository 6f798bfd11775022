"""Pictures as members send them, and readings as a model would give them."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageDraw

from app.core.db import db, transaction
from app.screenshots import service
from app.screenshots.models import Screenshot


def picture(
    words: str = "AAPL 250 C", kind: str = "PNG", size: tuple[int, int] = (400, 300), **more: Any
) -> bytes:
    """Return a small picture with words on it."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((20, 20), words, fill="black")
    target = io.BytesIO()
    image.save(target, kind, **more)
    return target.getvalue()


def seen(value: Any, confidence: float = 0.95) -> dict[str, Any]:
    """Return one field as it was read."""
    return {"value": value, "confidence": confidence}


def position(**changed: Any) -> dict[str, Any]:
    """Return one position as a model says it; a field may be changed, None is not seen."""
    fields = {
        "ticker": seen("ACME"), "right": seen("call"), "strike": seen("100"),
        "expiry": seen("2026-06-19"), "quantity": seen("2"), "entry_price": seen("4.2"),
        "current_price": seen("4.5"),
    } | {name: each for name, each in changed.items() if name not in {"spread", "band"}}  # fmt: skip
    return fields | {name: changed[name] for name in ("spread", "band") if name in changed}


def send_shot(user_id: int, words: str) -> int:
    """Send a picture of a member, in which nothing could be read; return its id."""
    (sent,) = service.send(user_id, [picture(words)])
    with transaction():
        db.session.get_one(Screenshot, sent.id).state = "unreadable"
    return sent.id
