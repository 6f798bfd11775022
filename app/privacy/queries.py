"""Reading a person's rows, in every table that holds some."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Table, select, tuple_

from app.core import clock
from app.core.db import db
from app.privacy.models import PrivacyPart, PrivacyRequest
from app.privacy.rules import TABLES, is_withheld

BATCH = 1000


def owned(name: str, by: str, user_id: int) -> ColumnElement[bool]:
    """Return the condition that a row of a table belongs to a user."""
    table = db.metadata.tables[name]
    column, _, parent = by.partition(">")
    if not parent:
        return table.c[column] == user_id
    (key,) = db.metadata.tables[parent].primary_key
    return table.c[column].in_(select(key).where(owned(parent, TABLES[parent].by, user_id)))


def columns_of(table: Table) -> tuple[list[str], list[str]]:
    """Return the columns of a table that a copy holds, and those that it withholds."""
    given: list[str] = []
    withheld: list[str] = []
    for column in table.columns:
        hidden = is_withheld(
            table.name,
            column.name,
            is_sealed="sealed" in column.info,
            is_binary=isinstance(column.type, LargeBinary),
        )
        (withheld if hidden else given).append(column.name)
    return given, withheld


def rows_of(name: str, user_id: int) -> Iterator[dict[str, Any]]:
    """Yield a user's rows of a table in the order of its key, however many there are."""
    table = db.metadata.tables[name]
    given, _ = columns_of(table)
    keys = list(table.primary_key)
    wanted = [table.c[column] for column in given]
    query = select(*wanted, *(key.label(f"_key_{key.name}") for key in keys))
    query = query.where(owned(name, TABLES[name].by, user_id)).order_by(*keys).limit(BATCH)
    after: tuple[Any, ...] | None = None
    while True:
        page = query if after is None else query.where(tuple_(*keys) > tuple_(*after))
        rows = db.session.execute(page).mappings().all()
        for row in rows:
            yield {column: row[column] for column in given}
        if len(rows) < BATCH:
            return
        after = tuple(rows[-1][f"_key_{key.name}"] for key in keys)


def newest(user_id: int, kind: str) -> PrivacyRequest | None:
    """Return what a user asked for last, of a kind."""
    query = select(PrivacyRequest).where(
        PrivacyRequest.user_id == user_id, PrivacyRequest.kind == kind
    )
    return db.session.scalar(query.order_by(PrivacyRequest.id.desc()).limit(1))


def lock_request(request_id: int) -> PrivacyRequest | None:
    """Return a request as it is now, locked until the transaction ends."""
    return db.session.get(PrivacyRequest, request_id, populate_existing=True, with_for_update=True)


def due(kind: str, state: str, now: datetime) -> list[int]:
    """Return the requests of a kind and state whose time has come."""
    query = select(PrivacyRequest.id).where(
        PrivacyRequest.kind == kind, PrivacyRequest.state == state, PrivacyRequest.due_at <= now
    )
    return list(db.session.scalars(query.order_by(PrivacyRequest.id)))


def lock_link(user_id: int, link_hash: str) -> PrivacyRequest | None:
    """Return the copy of a user that a link fetches, locked."""
    return db.session.scalar(
        select(PrivacyRequest)
        .where(PrivacyRequest.link_hash == link_hash, PrivacyRequest.user_id == user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def part(request_id: int, number: int) -> bytes | None:
    """Return a piece of a copy."""
    return db.session.scalar(
        select(PrivacyPart.content).where(
            PrivacyPart.request_id == request_id, PrivacyPart.number == number
        )
    )


def close_requests(user_id: int) -> None:
    """End what a user has asked for: it is answered by the erasure."""
    query = select(PrivacyRequest).where(PrivacyRequest.user_id == user_id)
    for found in db.session.scalars(query):
        found.link_hash = found.link_ends_at = None
        if found.kind == "erasure" and found.state == "waiting":
            found.state, found.finished_at = "done", clock.now()
        elif found.kind == "export" and found.state != "failed":
            found.state = "expired"
