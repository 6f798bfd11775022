"""JSON: a member's figures over four periods, and the public leaderboard."""

from __future__ import annotations

from datetime import UTC, date
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request

from app.core import auth
from app.core.describe import describe
from app.core.errors import NotFoundError, ValidationError
from app.core.http import json_response, with_etag
from app.core.i18n import gettext
from app.core.paging import page_response, seal
from app.core.parse import parse
from app.core.quick import keep_answer
from app.performance import service
from app.performance.schemas import (
    BoardAnswer,
    BoardQuery,
    LeaderboardRow,
    MetricsAnswers,
    MetricsQuery,
    MetricsRow,
    Period,
)

api = Blueprint("performance_api", __name__, url_prefix="/api/performance")
PERIODS: dict[str, Period] = {
    "daily": "daily",
    "weekly": "weekly",
    "monthly": "monthly",
    "all-time": "all_time",
}
PATH = '<any("daily", "weekly", "monthly", "all-time"):period>'


@api.get(f"/<int:user_id>/{PATH}")
@describe(query=MetricsQuery, answer=MetricsAnswers, headers=("If-None-Match",))
@auth.scoped("performance:read")
def user_metrics(user_id: int, period: str) -> Response:
    """Return a user's figures over all robots."""
    return _answer(user_id, None, PERIODS[period])


@api.get(f"/<int:user_id>/plugin/<plugin_id>/{PATH}")
@describe(query=MetricsQuery, answer=MetricsAnswers, headers=("If-None-Match",))
@auth.scoped("performance:read")
def robot_metrics(user_id: int, plugin_id: str, period: str) -> Response:
    """Return a user's figures with one robot."""
    return _answer(user_id, plugin_id, PERIODS[period])


def _answer(user_id: int, plugin_id: str | None, period: Period) -> Response:
    if user_id != auth.user_id():
        message = gettext("There is no such user.")
        raise NotFoundError(message)
    asked = parse(MetricsQuery, request.args.to_dict())
    if period == "all_time" and asked.date is not None:
        message = gettext("All time has one row; leave the date out.")
        raise ValidationError(message, field="date")
    if asked.is_history:
        return keep_answer(with_etag(page_response(_history(user_id, plugin_id, period, asked))))
    row = service.own_metrics(
        user_id,
        period,
        plugin_id=plugin_id,
        kind=asked.kind,
        currency=asked.currency,
        on=asked.date,
    )
    return keep_answer(with_etag(json_response(metrics_json(row))))


def _history(
    user_id: int, plugin_id: str | None, period: Period, asked: MetricsQuery
) -> dict[str, Any]:
    since = date.fromisoformat(asked.cursor) if asked.cursor else asked.from_
    rows = service.own_history(
        user_id,
        period,
        plugin_id=plugin_id,
        kind=asked.kind,
        currency=asked.currency,
        since=service.period_start(period, since) if since and period != "all_time" else None,
        until=asked.to,
        limit=asked.limit + 1,
    )
    more = rows[asked.limit].on if len(rows) > asked.limit else None
    return {
        "items": [metrics_json(row) for row in rows[: asked.limit]],
        "next_cursor": seal("metrics", more.isoformat()) if more else None,
    }


def number(value: Any) -> Any:
    """Return a decimal as a JSON number, as this contract requires."""
    return float(value) if isinstance(value, Decimal) else value


def metrics_json(row: MetricsRow) -> dict[str, Any]:
    """Return a row in the shape of the contract."""
    return {
        "user_id": row.user_id,
        "plugin_id": row.plugin_id,
        "period": row.period,
        "date": row.on and row.on.isoformat(),
        "kinds": row.kinds,
        "currency": row.currency,
        "as_of": row.as_of and row.as_of.isoformat(),
        "metrics": figures_json(row),
        "risk_free_rate": float(row.risk_free_rate),
        "updated_at": row.updated_at
        and row.updated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def figures_json(row: Any) -> dict[str, Any]:
    """Return the figures of a row as JSON numbers, null where there is no answer."""
    return {name: number(value) for name, value in row.metrics._asdict().items()}


@api.get("/public/leaderboard")
@describe(query=BoardQuery, answer=BoardAnswer, headers=("If-None-Match",))
@auth.public
def leaderboard() -> Response:
    """Return the ranked accounts under their pseudonyms; user ids never leave."""
    asked = parse(BoardQuery, request.args.to_dict())
    found = service.leaderboard(
        asked.period,
        kind=asked.kind,
        strategy_plugins=set(asked.plugin_id.split(",")) if asked.plugin_id else None,
        min_trades=asked.min_trades,
        sort=asked.sort,
        currency=asked.currency or "USD",
    )
    start = asked.cursor or 0
    end = start + asked.limit
    body = {
        "period": found.period,
        "currency": found.currency,
        "as_of": found.as_of and found.as_of.isoformat(),
        "min_trades": found.min_trades,
        "min_days": found.min_days,
        "items": [_board_json(row) for row in found.rows[start:end]],
        "next_cursor": seal("board", end) if end < len(found.rows) else None,
    }
    return keep_answer(with_etag(page_response(body)))


def _board_json(row: LeaderboardRow) -> dict[str, Any]:
    return {
        "rank": row.rank,
        "id": service.public_id(row.account_id),
        "pseudonym": row.pseudonym,
        "plugin_id": row.plugin_id,
        "kind": row.kind,
        "is_null": row.kind == "null",
        "is_simulated": row.is_simulated,
        "metrics": figures_json(row),
        "lower_bound": row.lower_bound,
        "trades_needed": row.trades_needed,
        "days_needed": row.days_needed,
        "spark": row.spark,
    }
