"""Asking for an analysis, and ending one that is still to come. Proposals come from a job."""

from __future__ import annotations

import re

from app.ai import service as ai
from app.analysis import queries
from app.analysis.models import Analysis
from app.analysis.service.looking import LATEST
from app.analysis.service.proposing import TASK
from app.billing import service as billing
from app.charts import service as charts
from app.charts.schemas import Document
from app.core import clock, outbox, security
from app.core.db import db, transaction
from app.core.errors import ConflictError
from app.core.i18n import gettext
from app.market import service as market

FEATURE = "analyses"
KEY = re.compile(r"[A-Za-z0-9_-]{8,40}")


def ask(
    user_id: int, *, chart_id: int | None = None, document: Document | None = None,
    timeframe: str = "", key: str = "", site_id: str | None = None,
) -> Analysis:  # fmt: skip
    """Ask for an analysis of a member's chart, or of a document; the same `key` asks once.

    Raises:
        EntitlementError: the member's plans give no more analyses.
        ChartNotFoundError: the chart is not there, or not the member's.
        ValidationError: there are no bars of the symbol.
        ConflictError: an analysis of the member is still to come.
    """
    sent_key = f"{user_id}:{key if KEY.fullmatch(key) else security.random_token(12)}"
    known = queries.find_sent(sent_key)
    if known is not None:
        return known
    chart = charts.get_chart(user_id, chart_id) if chart_id else None
    shown = chart.document if chart else document or Document(symbol="")
    if timeframe:
        shown = Document.model_validate(shown.model_dump() | {"timeframe": timeframe})
    instrument = charts.instrument_of(shown.symbol, shown.asset_class)
    with transaction():
        # Counting makes a member's own requests wait for each other.
        billing.use(user_id, FEATURE, ref=_ref(sent_key))
        known = queries.find_sent(sent_key)
        if known is not None:
            return known
        _close_lost(user_id)
        if queries.has_open(user_id, clock.now() - LATEST):
            message = gettext("Another analysis is still being made. Wait for it, or stop it.")
            raise ConflictError(message, code="analysis_going")
        row = Analysis(
            user_id=user_id, sent_key=sent_key, chart_id=chart.id if chart else None,
            chart_version=chart.version if chart else 0, document=shown.model_dump(mode="json"),
            symbol=instrument.symbol, timeframe=shown.timeframe, instrument_id=instrument.id,
            is_simulated=market.is_simulated(instrument.symbol), asked_at=clock.now(),
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        outbox.enqueue(
            "analysis.analyse",
            {"analysis_id": row.id, "site_id": site_id},
            key=job_key(row),
            queue="ai",
        )
        return row


def give_back(row: Analysis) -> None:
    """Let an analysis not count that never came; in the present transaction."""
    billing.give_back(row.user_id, FEATURE, ref=_ref(row.sent_key))


def _close_lost(user_id: int) -> None:
    """Close a member's analyses that never came, and let them not count."""
    for row in queries.list_lost(user_id, clock.now() - LATEST):
        row.state, row.reason, row.ended_at = "failed", "lost", clock.now()
        give_back(row)


def _ref(sent_key: str) -> str:
    return f"analysis:{sent_key}"


def job_key(row: Analysis) -> str:
    """Return the key of the job that makes an analysis."""
    return f"analysis.analyse:{row.mark}"


def stop(user_id: int, analysis_id: int) -> Analysis:
    """End an analysis that is still to come; one that has come stays.

    One that nobody had begun to make does not count.
    """
    with transaction():
        row = queries.get_analysis(user_id, analysis_id, lock=True)
        if row.state not in queries.OPEN:
            return row
        if row.state == "waiting":
            give_back(row)
        row.state, row.ended_at = "stopped", clock.now()
    ai.ask_to_stop(TASK, row.mark)
    return row


def dismiss(user_id: int, analysis_id: int) -> Analysis:
    """Put a proposal away; it stays in the history, and its prediction in the ledger."""
    with transaction():
        row = queries.get_analysis(user_id, analysis_id, lock=True)
        if row.dismissed_at is None and row.state not in queries.OPEN:
            row.dismissed_at = clock.now()
        return row
