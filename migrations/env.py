"""Alembic's environment: migrations run on the application's own database."""

from __future__ import annotations

import random
import time

from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from app.core.db import begins_writing, db

# Below PostgreSQL's deadlock_timeout (1 s): a migration gives way before a request has to.
LOCK_TIMEOUT = "700ms"
STATEMENT_TIMEOUT = "60s"
ATTEMPTS = 60
GIVES_WAY = {"55P03", "40P01"}  # lock_not_available, deadlock_detected


def run() -> None:
    """Run the migrations that Alembic chose, each in a transaction of its own.

    Beside running code a migration rather gives up its turn than lets every request wait for a
    lock, and tries again: what it has done of one migration is rolled back, earlier ones stay.
    """
    given = context.config.attributes.get("connection")
    if given is not None:
        _migrate(given)
        return
    for attempt in range(ATTEMPTS):
        try:
            with db.engine.connect() as connection, begins_writing():
                _migrate(connection)
        except OperationalError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state not in GIVES_WAY or attempt == ATTEMPTS - 1:
                raise
            time.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - spreads tries, guards nothing
        else:
            return


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
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


if current_app:
    run()
