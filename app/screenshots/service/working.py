"""Reading a picture that waits for it: in a worker, safe to run twice and to be cut anywhere."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from app.ai.errors import AnswerError, BudgetError, ModelAwayError
from app.core import clock, long_jobs, outbox
from app.core.db import transaction
from app.core.errors import AppError
from app.core.formatters import NEW_YORK
from app.market import service as market
from app.market.schemas.options import ChainQuery
from app.screenshots import queries
from app.screenshots.errors import ReaderAwayError
from app.screenshots.rules.plausible import Known, weigh
from app.screenshots.schemas import Reading
from app.screenshots.service import asking
from app.screenshots.service.keeping import opened

MOST_SYMBOLS = 20
"""So many symbols of one picture are compared with the market."""


def read(screenshot_id: int, site_id: str | None = None) -> None:
    """Read a picture that waits; one that was read, confirmed or deleted is left alone."""
    begun = _begin(screenshot_id)
    if begun is None:
        return
    user_id, content, media_type, key, seen_on = begun
    try:
        # A model may take longer than a lease: a second worker would ask, and pay, once more.
        with long_jobs.renewed():
            said = asking.read_picture(
                content, media_type, key, seen_on=seen_on, user_id=user_id, site_id=site_id
            )
            found = weigh(said.reading, _known(said.reading), seen_on)
    except AppError as error:
        _end(screenshot_id, "failed", reason=_word(error))
    except Exception:
        # A fault of ours: the member hears of it now, and the log has it once the job fails.
        _end(screenshot_id, "failed", reason="fault")
        raise
    else:
        values = {
            "broker": said.reading.broker.value or "",
            "found": [each.model_dump(mode="json") for each in found],
            "model": said.model,
            "prompt": said.prompt,
        }
        if found:
            _end(screenshot_id, "done", **values)
        else:
            _end(
                screenshot_id, "unreadable", reason=said.reading.reason or "no_positions", **values
            )


def _begin(screenshot_id: int) -> tuple[int, bytes, str, str, date] | None:
    with transaction():
        outbox.renew_lease()
        row = queries.lock_screenshot(screenshot_id)
        if row is None or not (row.state in queries.OPEN or row.reason == "fault"):
            return None
        row.state, row.reason, row.tries = "reading", "", row.tries + 1
        # Another try is another request: what a model has said of these bytes is not paid twice.
        key, seen_on = f"{row.mark}:{row.tries}", row.sent_at.astimezone(NEW_YORK).date()
        return row.user_id, opened(row), row.media_type, key, seen_on


def _end(screenshot_id: int, state: str, **values: Any) -> None:
    with transaction():
        row = queries.lock_screenshot(screenshot_id)
        if row is None or row.state not in queries.OPEN:
            return
        row.state, row.reason, row.ended_at = state, "", clock.now()
        for name, value in values.items():
            setattr(row, name, value)


def _word(error: AppError) -> str:
    if isinstance(error, BudgetError):
        whose = error.scope.partition(":")[0]
        return {"own": "budget_month", "request": "budget_request"}.get(whose, "budget")
    if isinstance(error, (ModelAwayError, ReaderAwayError)):
        return "away"
    return "answer" if isinstance(error, AnswerError) else "refused"


def _known(reading: Reading) -> dict[str, Known]:
    symbols = sorted({each.ticker.value for each in reading.positions if each.ticker.value})
    return {symbol: _of_market(symbol) for symbol in symbols[:MOST_SYMBOLS]}


def _of_market(symbol: str) -> Known:
    """Return what the market has of a symbol: its newest chain, or its newest price."""
    try:
        chain = market.read_option_chain(symbol, ChainQuery())
    except AppError:
        return Known(price=_price(symbol))
    words = {"C": "call", "P": "put"}
    return Known(
        price=None if chain.price is None else Decimal(str(chain.price)),
        session=chain.session,
        contracts={
            (each.expiry, each.strike.normalize() + 0, words[each.right]): None
            if each.middle is None
            else Decimal(str(each.middle))
            for each in chain.quotes
        },
    )


def _price(symbol: str) -> Decimal | None:
    try:
        return Decimal(str(market.read_price(symbol).price))
    except AppError:
        return None
