"""Two connections at the same counts of attempts: whoever comes second waits, and none fails."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, event, select

from app.accounts.models import AttemptCount
from app.accounts.service import limits
from app.core.db import db, transaction
from tests.other import Other

# SQLite lets one transaction write at a time: there is nothing to come between.
pytestmark = pytest.mark.parametrize("engine_app", ["postgresql"], indirect=True)
CODES = ("code.user", 7)
NETWORK = ("sign_in.network", "203.0.113.0/24")


@pytest.mark.req("S0-114")
def test_an_attempt_counts_even_when_a_right_one_ends_the_count_between_two_statements(engine_app):
    limits.take(CODES)
    ended: list[int] = []

    def end_the_count(_connection, _cursor, statement, *_rest):
        if ended or "INTO attempt_counts" not in statement:
            return
        # Where the row is locked by now, this waits for our commit and is given up.
        with db.engine.connect() as other:
            other.exec_driver_sql("SET lock_timeout = '100ms'")
            try:
                ended.append(other.execute(delete(AttemptCount)).rowcount)
                other.commit()
            except Exception:
                ended.append(0)

    event.listen(db.engine, "after_cursor_execute", end_the_count)
    limits.take(CODES)
    assert len(ended) == 1
    assert db.session.scalars(select(AttemptCount.count)).all() == [2 - ended[0]]


@pytest.mark.req("S0-114")
def test_forgiving_and_counting_the_same_rows_do_not_wait_for_each_other(engine_app, monkeypatch):
    # An order in which the shared count is taken before the own one.
    own = next(
        one
        for one in (("sign_in.address", f"{number}@example.test") for number in range(99))
        if limits._key(one) > limits._key(NETWORK)
    )
    limits.take(own, NETWORK)
    others: list[Other] = []
    real = limits.give_back

    def give_back(subject):
        others.append(Other(engine_app, lambda: limits.take(own, NETWORK)))
        others[0].join(0.4)
        assert others[0].is_alive(), "it did not wait for who holds the counts"
        real(subject)

    monkeypatch.setattr(limits, "give_back", give_back)
    with transaction():
        limits.forgive(own, shared=NETWORK)
    others[0].end()
    db.session.rollback()
    rows = db.session.scalars(select(AttemptCount)).all()
    counts = {row.key: row.count for row in rows}
    assert counts == {limits._key(own): 1, limits._key(NETWORK): 1}
