"""Splits and dividends of instruments."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from app.core.db import db
from app.market.models import CorporateAction


def actions_of(instrument_ids: Iterable[int]) -> dict[int, list[CorporateAction]]:
    """Return the actions of instruments, each in order of their sessions."""
    ids = sorted(set(instrument_ids))
    found: dict[int, list[CorporateAction]] = {}
    for start in range(0, len(ids), 5_000):
        rows = db.session.scalars(
            select(CorporateAction)
            .where(CorporateAction.instrument_id.in_(ids[start : start + 5_000]))
            .order_by(CorporateAction.session, CorporateAction.kind)
        )
        for row in rows:
            found.setdefault(row.instrument_id, []).append(row)
    return found


def find_action(instrument_id: int, session: object, kind: str) -> CorporateAction | None:
    """Return one action."""
    return db.session.scalar(
        select(CorporateAction).where(
            CorporateAction.instrument_id == instrument_id,
            CorporateAction.session == session,
            CorporateAction.kind == kind,
        )
    )
