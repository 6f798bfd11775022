"""The audit log: lines stand exactly when the change does, and no line can be changed unseen."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.accounts import service
from app.core.db import db, transaction


def write(count: int) -> None:
    for number in range(count):
        with transaction():
            service.audit("key.created", user_id=7, subject=f"key:{number}", scopes=["a"])


@pytest.mark.req("S0-113")
def test_lines_form_a_chain(engine_app):
    write(3)
    assert service.verify_audit() == (3, None)
    newest = service.list_audit(user_id=7, limit=2)
    assert [line.subject for line in newest] == ["key:2", "key:1"]
    assert newest[0].actor == "operator"
    assert newest[0].detail == '{"scopes":["a"]}'


def test_a_change_that_is_rolled_back_leaves_no_line(engine_app):
    write(1)
    with pytest.raises(ZeroDivisionError):
        _audit_and_fail()
    assert service.verify_audit() == (1, None)


def _audit_and_fail() -> None:
    with transaction():
        service.audit("user.disabled", user_id=7)
        raise ZeroDivisionError


@pytest.mark.req("S0-113")
@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"]
)
def test_the_database_refuses_to_change_a_line(engine_app, statement):
    write(1)
    with pytest.raises(DBAPIError, match="append-only"), transaction():
        db.session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit_entries SET actor = 'x' WHERE seq = 2", "line 2 was changed"),
        ("DELETE FROM audit_entries WHERE seq = 2", "line 2 is missing"),
        ("DELETE FROM audit_entries WHERE seq = 3", "last lines are missing"),
    ],
)
def test_a_change_past_the_database_s_guard_is_found(app, statement, said):
    write(3)
    with transaction():
        for verb in ("update", "delete"):
            db.session.execute(text(f"DROP TRIGGER audit_entries_no_{verb}"))
        db.session.execute(text(statement))
    assert said in service.verify_audit()[1]


def test_a_line_needs_a_transaction(app):
    with pytest.raises(RuntimeError, match="open transaction"):
        service.audit("key.created")
