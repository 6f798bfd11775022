"""Analyses that were made, and models that say what they are to say."""

from __future__ import annotations

import json

from sqlalchemy import select

from app.ai.schemas import Outcome
from app.analysis import service
from app.analysis.service import proposing
from app.core.db import db
from app.ledger.models import LedgerEvent, TradingAccount
from tests.factories.analyses import CHART
from workers import analysis as jobs


def made(user_id, **more):
    """Ask for an analysis and let its job run."""
    more = {"document": CHART} | more
    row = service.ask(user_id, **more)
    jobs.analyse(row.id)
    return service.get_analysis(user_id, row.id)


def says(monkeypatch, **fields):
    """Let a model answer."""
    given = {
        "bias": "long", "entry": 205.2, "target": 207.0, "stop": 204.0, "confidence": 0.6,
        "horizon_bars": 12, "reasoning": "SPY rises.",
    } | fields  # fmt: skip

    def run(asked):
        run.asked = asked
        data = asked.output.model_validate(given)
        return Outcome(1, "gpt-4o", "analysis 1", data=data)

    monkeypatch.setattr(proposing.ai, "run", run)
    return run


def events(user_id):
    """Return kinds and bodies of all events of a member, in order."""
    db.session.rollback()
    rows = db.session.execute(
        select(LedgerEvent.kind, LedgerEvent.body)
        .join(TradingAccount, LedgerEvent.account_id == TradingAccount.id)
        .where(TradingAccount.user_id == user_id)
        .order_by(LedgerEvent.seq)
    )
    return [(kind, json.loads(body)) for kind, body in rows]
