"""Members who may ask for analyses, and a market to be analysed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.analysis import service
from app.analysis.models import Analysis
from app.billing import service as billing
from app.charts.schemas import Document
from app.core import clock
from app.core.db import db, transaction
from app.market import service as market
from tests.factories.bars import minutes_from

FRIDAY = datetime(2025, 10, 31, 13, 30, tzinfo=UTC)
MONDAY = datetime(2025, 11, 3, 14, 30, tzinfo=UTC)
NOW = MONDAY + timedelta(minutes=120, seconds=12)
CHART = Document(symbol="SPY", timeframe="M5")


def with_analyses(user_id: int) -> int:
    """Put a user on a plan that gives analyses; return the user."""
    with transaction():
        billing.subscribe(user_id, "basic", ladder="ai_traders", source="demo")
    return user_id


def store_minutes(symbol: str, start: datetime, count: int, **options) -> int:
    """Keep minutes of an instrument; return its id."""
    with transaction():
        each = market.get_instrument(symbol, asset_class="equity")
        market.store_bars(each.id, "M1", minutes_from(start, count, **options), "csv")
        return each.id


def rising_market(symbol: str = "SPY") -> int:
    """Keep a Friday and two hours of a Monday that rise a cent a minute; return the instrument."""
    store_minutes(symbol, FRIDAY, 390, price=200)
    return store_minutes(symbol, MONDAY, 120, price=204)


def drawn_analysis(user_id: int, symbol: str, word: str) -> int:
    """Keep an analysis of a symbol that is done and drawn on a chart; return its id."""
    with transaction():
        row = Analysis(
            user_id=user_id, sent_key=f"{user_id}:{word}", document={}, symbol=symbol,
            timeframe="D1", instrument_id=market.get_instrument(symbol).id, state="done",
            model="gpt-4o", prompt="analysis 1", asked_at=clock.now(), bias="neutral", confidence=Decimal("0.5"), horizon_bars=40, ended_at=clock.now(),
            words=f"{word} reasons", parts=[f"{word} reasons"],
            drawings=[{"kind": "draw_support_resistance", "role": "support", "price": "100"}],
        )  # fmt: skip
        db.session.add(row)
    service.apply(user_id, row.id)
    return row.id
