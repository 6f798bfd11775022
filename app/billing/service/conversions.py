"""Steps of the funnel, each told once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import has_request_context
from sqlalchemy.dialects import postgresql, sqlite

from app.billing.models import ConversionEvent
from app.billing.rules import conversions as rules
from app.billing.service.funnel import count_sign_up
from app.core import clock
from app.core.auth import principal
from app.core.db import db, is_sqlite


def note_conversion(
    kind: str,
    *,
    key: str,
    user_id: int | None = None,
    ladder: str = "robots",
    source: str | None = None,
    **facts: Any,
) -> bool:
    """Tell a step of the funnel, inside the present transaction; return whether it is news.

    `key` names what happened ("checkout:12", "limit:7:robots:2026-11-27"), so that a job that runs
    twice and a page that is loaded twice count once. A source that is no name of one is left out.
    Facts: plan_from, plan_to, site_id (the asking site, if left out), happened_at (now).
    """
    now = clock.now()
    happened: datetime = facts.pop("happened_at", None) or now
    site_id = facts.pop("site_id", None) or _asking_site()
    values = {
        "key": key,
        "kind": kind,
        "user_id": user_id,
        "ladder": ladder,
        "source": source if source and rules.is_source(source) else None,
        "plan_from": facts.pop("plan_from", None),
        "plan_to": facts.pop("plan_to", None),
        "site_id": site_id,
        "happened_at": happened,
        "created_at": now,
        **facts,
    }
    insert: Any = sqlite.insert if is_sqlite() else postgresql.insert
    statement = (
        insert(ConversionEvent).values(values).on_conflict_do_nothing(index_elements=["key"])
    )
    is_news = db.session.scalar(statement.returning(ConversionEvent.id)) is not None
    if is_news and kind == "sign_up":
        count_sign_up(happened, values["source"], site_id)
    return is_news


def _asking_site() -> str | None:
    return principal().site_id if has_request_context() else None
