"""What the applications of all tests of a process share.

Each test makes an application and an engine of its own, and most of its time would go into what
comes out the same each time: addresses of routes taken apart, statements put into SQL, templates
compiled, tables made by one migration after the other. All of it depends on nothing but the text
that it is made from.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from types import CodeType
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import util
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect, Engine
from werkzeug.routing import Rule

STATEMENTS = 3000
"""How many compiled statements a process keeps for each kind of database."""
DIALECTS = (SQLiteDialect_pysqlite, PGDialect_psycopg)


def use() -> None:
    """Share from now on, in this process."""
    _compile_each_route_once()
    _compile_each_statement_once()


def share_templates(app: Flask) -> None:
    """Let an application take the templates that others have compiled."""
    app.jinja_env.bytecode_cache = _TEMPLATES


# --- Tables ---

_TABLES: list[sqlite3.Connection] = []


def make_tables(database: str, migrate: Callable[[], None]) -> None:
    """Bring an SQLite file to the newest schema: an empty one as a copy of what was once migrated."""
    with closing(sqlite3.connect(database)) as target:
        is_empty = target.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        # Through SQLite itself: the application may hold the file open.
        if is_empty and _TABLES:
            _TABLES[0].backup(target)
            return
        migrate()
        if is_empty:
            _TABLES.append(sqlite3.connect(":memory:", check_same_thread=False))
            target.backup(_TABLES[0])


# --- Routes ---

_MADE = ("_parts", "_trace", "_converters", "arguments")


def _compile_each_route_once() -> None:
    real_compile, real_builder = Rule.compile, Rule._compile_builder
    compiled: dict[Any, dict[str, Any]] = {}
    builders: dict[Any, Any] = {}

    def key(rule: Rule) -> tuple[Any, ...]:
        defaults = tuple(sorted((rule.defaults or {}).items()))
        return rule.rule, rule.subdomain, rule.host, rule.merge_slashes, defaults

    def compile_builder(rule: Rule, append_unknown: bool = True) -> Any:
        name = (*key(rule), append_unknown)
        if name not in builders:
            builders[name] = real_builder(rule, append_unknown)
        return builders[name]

    def compile_rule(rule: Rule) -> None:
        name = (*key(rule), tuple(rule.map.converters.items()))
        if name not in compiled:
            real_compile(rule)
            compiled[name] = {part: getattr(rule, part) for part in _MADE}
            return
        vars(rule).update(compiled[name])
        rule._build = compile_builder(rule, False).__get__(rule, None)
        rule._build_unknown = compile_builder(rule, True).__get__(rule, None)

    Rule._compile_builder = compile_builder
    Rule.compile = compile_rule


# --- Statements ---


def _compile_each_statement_once() -> None:
    for dialect in DIALECTS:
        # Engines of tests differ in where they connect to, not in the SQL that they speak: what is
        # compiled for one fits all. SQLAlchemy looks it up by the dialect.
        dialect.__hash__ = lambda own: hash(type(own))
        dialect.__eq__ = lambda own, other: type(own) is type(other)
        dialect.engine_created = _sharing(util.LRUCache(STATEMENTS))


def _sharing(statements: util.LRUCache[Any, Any]) -> Any:
    def engine_created(_dialect: type[Dialect], engine: Engine) -> None:
        if engine._compiled_cache is not None:
            engine._compiled_cache = statements

    return classmethod(engine_created)


# --- Templates ---


class _Templates(BytecodeCache):
    """Keeps compiled templates in memory; the key holds a digest of the template's text."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template what was compiled of the same text."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._codes[bucket.key, bucket.checksum] = bucket.code


_TEMPLATES = _Templates()
