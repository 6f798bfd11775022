"""GET /healthz: the state of each part, for the supervisor, the plugin and a load balancer."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core import hold, live, outbox
from app.core.auth import public
from app.core.db import db
from app.core.http import json_response
from app.core.versions import VERSION

bp = Blueprint("health", __name__)
HEARTBEAT_SECONDS = 10


def register(app: Flask) -> None:
    """Attach the route."""
    app.register_blueprint(bp)


def beat(process: str) -> None:
    """Note that `process` (worker, clock) is alive; forgotten after ten seconds."""
    outbox.redis().set(f"trp:heartbeat:{process}", "1", ex=HEARTBEAT_SECONDS)


def is_alive(process: str) -> bool:
    """Whether a process has said so within the last ten seconds.

    Raises:
        RedisError: nobody can tell.
    """
    return bool(outbox.redis().exists(f"trp:heartbeat:{process}"))


@bp.get("/healthz")
@public
def healthz() -> Response:
    """Tell the state of database, redis, worker and clock, and why nothing leaves the house."""
    found = parts()
    status = "ok" if set(found.values()) == {"ok"} else "degraded"
    is_up = found["database"] == "ok"
    body = {
        "status": status,
        **found,
        "held": held() if is_up else None,
        "version": VERSION,
        "mcp": live.mcp_url(current_app.config["EDGE_URL"]),
    }
    return json_response(body, 200 if is_up else 503)


def held() -> str | None:
    """Return why the installation is held (restored, copied, operator); None when it is not."""
    try:
        found = hold.state()
    except SQLAlchemyError:
        # Before the first migration there is no row to ask.
        db.session.rollback()
        return None
    return found.because if found else None


def parts() -> dict[str, str]:
    """Return the state of each part: ok or down, and unknown where Redis would have to say it."""
    found = {"database": _database(), "redis": "down", "worker": "unknown", "clock": "unknown"}
    try:
        client = outbox.redis()
        client.ping()
        found["redis"] = "ok"
        for process in ("worker", "clock"):
            found[process] = "ok" if is_alive(process) else "down"
    except RedisError:
        found["redis"] = "down"
    return found


def _database() -> str:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return "down"
    return "ok"
