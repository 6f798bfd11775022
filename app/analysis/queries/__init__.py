"""Reading analyses: every query of a member's own names the member."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select

from app.analysis.errors import AnalysisNotFoundError
from app.analysis.models import Analysis
from app.core.db import db
from app.core.i18n import gettext

OPEN = ("waiting", "writing")
MOST_RESULTS = 20_000
"""So many of the newest results a calibration is made of."""


def get_analysis(user_id: int, analysis_id: int, *, lock: bool = False) -> Analysis:
    """Return one of a member's own analyses; AnalysisNotFoundError for anybody else's."""
    query = select(Analysis).where(Analysis.id == analysis_id, Analysis.user_id == user_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise AnalysisNotFoundError(gettext("There is no such analysis."))
    return found


def lock_analysis(analysis_id: int) -> Analysis | None:
    """Return an analysis that nobody else changes before the transaction ends."""
    return db.session.scalars(
        select(Analysis)
        .where(Analysis.id == analysis_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def find_sent(sent_key: str) -> Analysis | None:
    """Return what this very form has asked already."""
    return db.session.scalars(select(Analysis).where(Analysis.sent_key == sent_key)).one_or_none()


def has_open(user_id: int, since: datetime) -> bool:
    """Whether an analysis of a member, asked for since then, is still to come."""
    mine = (Analysis.user_id == user_id, Analysis.state.in_(OPEN), Analysis.asked_at > since)
    return bool(db.session.scalar(select(exists().where(*mine))))


def list_lost(user_id: int, before: datetime) -> Sequence[Analysis]:
    """Return a member's analyses, asked for before then, that are still to come; locked."""
    mine = (Analysis.user_id == user_id, Analysis.state.in_(OPEN), Analysis.asked_at <= before)
    return db.session.scalars(
        select(Analysis).where(*mine).with_for_update().execution_options(populate_existing=True)
    ).all()


def newest(user_id: int, symbol: str) -> Analysis | None:
    """Return a member's newest analysis of a symbol that was not put away."""
    return db.session.scalars(
        select(Analysis)
        .where(
            Analysis.user_id == user_id,
            Analysis.symbol == symbol,
            Analysis.dismissed_at.is_(None),
        )
        .order_by(Analysis.asked_at.desc(), Analysis.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()


def find_analyses(
    user_id: int, text: str, *, symbol: str = "", before: int | None = None, limit: int
) -> Sequence[Analysis]:
    """Return a member's analyses in which a text stands, the newest first; all without one."""
    query = select(Analysis).where(Analysis.user_id == user_id)
    if symbol:
        query = query.where(Analysis.symbol == symbol)
    if before is not None:
        query = query.where(Analysis.id < before)
    if text:
        columns = (Analysis.symbol, Analysis.words, Analysis.model, Analysis.bias)
        query = query.where(or_(*(one.icontains(text, autoescape=True) for one in columns)))
    return db.session.scalars(query.order_by(Analysis.id.desc()).limit(limit)).all()


def list_due(now: datetime, limit: int) -> list[tuple[int, int]]:
    """Return ids and instruments of the predictions that are to be looked at, the oldest first."""
    rows = db.session.execute(
        select(Analysis.id, Analysis.instrument_id)
        .where(Analysis.result == "open", Analysis.check_at <= now)
        .order_by(Analysis.check_at, Analysis.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def lock_open(ids: Sequence[int]) -> Sequence[Analysis]:
    """Return those of some predictions that are still followed, and that nobody else works on."""
    return db.session.scalars(
        select(Analysis)
        .where(Analysis.id.in_(ids), Analysis.result == "open")
        .order_by(Analysis.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def list_results(user_id: int | None) -> list[tuple[str, str, bool, float, str, float | None]]:
    """Return what is over: a member's own, or everybody's.

    Each as model, prompt, whether the market is simulated, confidence, result and R. The same
    proposal on the same bars counts once, however often it was asked for.
    """
    same: tuple[Any, ...] = (
        Analysis.model, Analysis.prompt, Analysis.is_simulated, Analysis.instrument_id,
        Analysis.timeframe, Analysis.priced_at, Analysis.bias, Analysis.entry, Analysis.target,
        Analysis.stop,
    )  # fmt: skip
    query = select(
        Analysis.model, Analysis.prompt, Analysis.is_simulated, func.min(Analysis.confidence),
        func.min(Analysis.result), func.min(Analysis.risk_multiple),
    ).where(Analysis.result.in_(("target", "stop", "time", "not_entered")))  # fmt: skip
    if user_id is not None:
        query = query.where(Analysis.user_id == user_id)
    query = query.group_by(*same).order_by(func.max(Analysis.id).desc()).limit(MOST_RESULTS)
    return [
        (
            row[0],
            row[1],
            row[2],
            float(row[3] or 0),
            row[4],
            None if row[5] is None else float(row[5]),
        )
        for row in db.session.execute(query)
    ]
