"""The invariants of the database itself: files, foreign keys, and the schema that we rely on."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ForeignKeyConstraint, Table, UniqueConstraint, and_, func, inspect, select
from sqlalchemy import text as sql
from sqlalchemy.engine import Inspector
from sqlalchemy.exc import DatabaseError

from app.core.db import db, is_sqlite
from app.core.invariants import Ask, Invariant, Part, register_invariants, whole
from app.core.outages import find_outage

SHOWN = 20
Columns = frozenset[str]


def register() -> None:
    """Let the database's invariants be looked at."""
    register_invariants((
        Invariant("database.files", "the database reads back what it wrote", find_damage),
        Invariant("database.foreign_keys", "what a row points at is there", find_orphans),
        Invariant("database.schema", "tables, unique keys and foreign keys are there and valid",
                  find_missing_rules),
    ))  # fmt: skip


def find_damage(ask: Ask) -> Part:
    """Let the engine look at its own files; the quick way leaves out what indexes say of tables."""
    if is_sqlite():
        pragma = "integrity_check" if ask.is_full else "quick_check"
        try:
            found = db.session.execute(sql(f"PRAGMA {pragma}({SHOWN})")).scalars().all()
        except DatabaseError as error:
            if find_outage(error) is not None:
                raise
            found = [f"the file cannot be read to its end ({error.orig})"]
        return whole(line for line in found if line != "ok")
    # PostgreSQL keeps checksums itself; what it knows to be broken is in its catalogue.
    return whole(
        f"index {name} is not valid: REINDEX it"
        for name in db.session.execute(
            sql("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
        ).scalars()
    )


def find_orphans(ask: Ask) -> Part:
    """Find rows whose foreign key names nothing, one key at a time."""
    keys = [key for table in db.metadata.sorted_tables for key in _foreign_keys(table)]
    if ask.after >= len(keys):
        return Part()
    key = keys[ask.after]
    child, parent = key.table, key.referred_table.alias()
    pairs = [(each.parent, parent.c[each.column.name]) for each in key.elements]
    query = (
        select(func.count())
        .select_from(child)
        .outerjoin(parent, and_(*(mine == theirs for mine, theirs in pairs)))
        .where(*(mine.is_not(None) for mine, _ in pairs), pairs[0][1].is_(None))
    )
    count = db.session.scalar(query) or 0
    names = ", ".join(mine.name for mine, _ in pairs)
    what = f"{count} rows of {child.name} ({names}) name nothing in {key.referred_table.name}"
    is_last = ask.after + 1 == len(keys)
    return Part([what] if count else [], None if is_last else ask.after + 1)


def _foreign_keys(table: Table) -> list[ForeignKeyConstraint]:
    return sorted(table.foreign_key_constraints, key=lambda key: sorted(key.column_keys))


def find_missing_rules(_ask: Ask) -> Part:
    """Compare what the code relies on with what the database enforces."""
    db.session.rollback()
    with db.engine.connect() as connection:
        seen = inspect(connection)
        present = set(seen.get_table_names())
        faults = [
            fault
            for table in db.metadata.sorted_tables
            for fault in (
                _rules_missing(seen, table)
                if table.name in present
                else [f"table {table.name} is missing: run flask db-upgrade"]
            )
        ]
        if not is_sqlite():
            faults += [
                f"constraint {name} is not valid"
                for name in connection.execute(
                    sql("SELECT conname FROM pg_constraint WHERE NOT convalidated")
                ).scalars()
            ]
    return whole(faults)


def _rules_missing(seen: Inspector, table: Table) -> Iterator[str]:
    unique = {frozenset(seen.get_pk_constraint(table.name)["constrained_columns"])}
    unique |= {frozenset(each["column_names"]) for each in seen.get_unique_constraints(table.name)}
    unique |= {
        frozenset(name for name in each["column_names"] if name)
        for each in seen.get_indexes(table.name)
        if each["unique"]
    }
    for columns in _unique_columns(table) - unique:
        yield f"{table.name}: nothing keeps ({', '.join(sorted(columns))}) unique"
    keys = {
        (frozenset(each["constrained_columns"]), each["referred_table"])
        for each in seen.get_foreign_keys(table.name)
    }
    for key in _foreign_keys(table):
        if (frozenset(key.column_keys), key.referred_table.name) not in keys:
            yield f"{table.name}: nothing checks that ({', '.join(key.column_keys)}) is there"


def _unique_columns(table: Table) -> set[Columns]:
    constraints = [each for each in table.constraints if isinstance(each, UniqueConstraint)] + [
        index for index in table.indexes if index.unique
    ]
    found = {frozenset(column.name for column in each.columns) for each in constraints}
    return found | {frozenset(column.name for column in table.primary_key.columns)}
