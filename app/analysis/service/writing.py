"""Making the proposal of an analysis in a worker: once, whatever is cut where."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from app.ai.errors import AnswerError, BudgetError, ModelAwayError, StoppedError
from app.analysis import queries
from app.analysis.models import Analysis
from app.analysis.rules.horizon import ends_at
from app.analysis.service import asking, following, proposing
from app.analysis.service.looking import stored
from app.charts.schemas import Document
from app.core import clock, long_jobs, outbox
from app.core.citing.checking import Citation
from app.core.db import db, transaction
from app.core.errors import AppError, ConflictError, ValidationError
from app.ledger import service as ledger
from app.market import service as market
from app.market.schemas import Instrument

ACCOUNT = "ai-analysis"
ACCOUNT_NAME = "AI analyses"


def write(analysis_id: int, site_id: str | None) -> None:
    """Make the proposal of an analysis that waits for it; any other one is left alone."""
    row = _begin(analysis_id)
    if row is None:
        return
    instrument = market.instruments_by_id([row.instrument_id])[row.instrument_id]
    document, user_id = Document.model_validate(row.document), row.user_id
    try:
        # A model may take longer than a lease: a second worker would ask, and pay, once more.
        with long_jobs.renewed():
            made = proposing.make(
                instrument, document, row.mark, clock.now(),
                user_id=user_id, site_id=site_id,
            )  # fmt: skip
    except StoppedError:
        _end(analysis_id, "stopped")
    except AppError as error:
        _end(analysis_id, "failed", reason=_word(error))
    except Exception:
        # A fault of ours: the member hears of it now, and the log has it once the job fails.
        _end(analysis_id, "failed", reason="fault")
        raise
    else:
        _keep(analysis_id, instrument, made)


def _begin(analysis_id: int) -> Analysis | None:
    with transaction():
        outbox.renew_lease()
        row = queries.lock_analysis(analysis_id)
        if row is None or row.state not in queries.OPEN:
            return None
        row.state = "writing"
        return row


def _end(analysis_id: int, state: str, reason: str = "") -> None:
    with transaction():
        row = queries.lock_analysis(analysis_id)
        if row is not None and row.state in queries.OPEN:
            row.state, row.reason, row.ended_at = state, reason, clock.now()
            if state == "failed":
                asking.give_back(row)


def _word(error: AppError) -> str:
    words = (
        (BudgetError, "budget"), (ModelAwayError, "away"), (AnswerError, "answer"),
        # The gateway has answered this request before, and the worker was cut before it was kept.
        (ConflictError, "lost"), (ValidationError, "bars"),
    )  # fmt: skip
    return next((word for kind, word in words if isinstance(error, kind)), "refused")


def _keep(analysis_id: int, instrument: Instrument, made: proposing.Made) -> None:
    """Keep the proposal, and in the same transaction the prediction that it is."""
    with transaction():
        row = queries.lock_analysis(analysis_id)
        # "lost" is said by a second worker that came while the first one still held its answer.
        if row is None or not (row.state in queries.OPEN or row.reason == "lost"):
            return
        row.state, row.reason, row.ended_at = "done", "", clock.now()
        for name, value in _values(instrument, made).items():
            setattr(row, name, value)
        following.begin(row)
        row.account_id = ledger.open_prediction_account(row.user_id, ACCOUNT, ACCOUNT_NAME)
        ledger.record_prediction(
            row.account_id, external_id(row.id), row.ended_at, _body(row), source="analysis"
        )
        db.session.flush()


def external_id(analysis_id: int) -> str:
    """Return the name of an analysis' prediction in the ledger."""
    return f"analysis:{analysis_id}"


def _values(instrument: Instrument, made: proposing.Made) -> dict[str, Any]:
    proposal, moment, parts = made.proposal, made.moment, made.text.parts
    cited = {part.fact.id: part.fact for part in parts if isinstance(part, Citation)}
    over = ends_at(
        market.hours(instrument.venue), moment.timeframe, market.microseconds(moment.at),
        proposal.horizon_bars,
    )  # fmt: skip
    return {
        "model": made.outcome.model,
        "prompt": made.outcome.prompt,
        "is_from_cache": made.outcome.is_from_cache,
        "document": made.document.model_dump(mode="json"),
        "price": Decimal(repr(moment.price)),
        "priced_at": moment.at,
        "bias": proposal.bias,
        "entry": proposal.entry,
        "target": proposal.target,
        "stop": proposal.stop,
        "confidence": proposal.confidence,
        "horizon_bars": proposal.horizon_bars,
        "ends_at": market.instant(over),
        "parts": [part if isinstance(part, str) else [part.text, part.fact.id] for part in parts],
        "facts": [stored(fact) for fact in cited.values()],
        "words": made.text.text[:4_000],
        "removed_count": len(made.text.removed),
        "drawings": [one.model_dump(mode="json") for one in proposal.drawings],
        "dropped_count": proposal.dropped,
    }


def _body(row: Analysis) -> dict[str, Any]:
    """Return what the ledger holds of a prediction: texts, whole numbers, truths and None."""
    return {
        "analysis": row.id,
        "model": row.model,
        "prompt": row.prompt,
        "symbol": row.symbol,
        "timeframe": row.timeframe,
        "is_simulated": row.is_simulated,
        "price": _text(row.price),
        "priced_at": _instant(row.priced_at),
        "bias": row.bias,
        "entry": _text(row.entry),
        "target": _text(row.target),
        "stop": _text(row.stop),
        "confidence": _text(row.confidence),
        "ends_at": _instant(row.ends_at),
        "chart": row.chart_id,
        "chart_version": row.chart_version,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
