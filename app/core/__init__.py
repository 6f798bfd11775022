"""Floor 1: what every slice stands on (database, configuration, errors, outbox, formats)."""

from __future__ import annotations

from flask import Flask

from app.core import (
    auth,
    checks,
    cli,
    csrf,
    database_checks,
    db,
    formatters,
    health,
    held_jobs,
    hold,
    http,
    i18n,
    limits,
    live,
    logs,
    metrics,
    outbound,
    outbox,
    pulse,
    quick,
    vault,
)


def register(app: Flask) -> None:
    """Attach the core to an application."""
    logs.register(app)
    db.register(app)
    vault.register(app)
    hold.register(app)
    auth.register(app)
    metrics.register(app)
    http.register(app)
    csrf.register(app)
    i18n.register(app)
    formatters.register(app)
    outbox.register(app)
    held_jobs.register(app)
    live.register(app)
    outbound.register(app)
    pulse.register(app)
    limits.register(app)
    quick.register(app)
    health.register(app)
    cli.register(app)
    checks.register()
    database_checks.register()
