"""Alembic's environment: migrations run on the application's own database."""

from __future__ import annotations

from alembic import context
from flask import current_app

from app.core.db import db

LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "60s"


def run() -> None:
    """Run the migrations that Alembic chose, each in a transaction of its own."""
    engine = db.engine
    given = context.config.attributes.get("connection")
    connection = given or engine.connect()
    if connection.dialect.name == "postgresql":
        # Beside running code: rather give up than make every request wait for a lock.
        connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
    if given is None:
        connection.close()


if current_app:
    run()
