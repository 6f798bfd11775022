"""What of a chart is shown at an instant of a replay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.charts import rules
from app.charts import schemas as s

AT = datetime(2026, 5, 20, 15, tzinfo=UTC)
MEMBER = s.Author(kind="member")
OPERATION = TypeAdapter(s.Operation)
NOTE = {"kind": "add_analysis_note", "text": "x"}


def do(document, at, new_id="a", as_of=None, **operation):
    hand = rules.Hand(MEMBER, at, new_id, as_of)
    return rules.apply(document, OPERATION.validate_python(operation), hand)[0]


def ids(document):
    return {one.id for one in document.drawings}


minutes = st.integers(-500, 500)


@pytest.mark.req("S0-33")
@given(drawn=st.lists(st.tuples(minutes, st.none() | minutes), max_size=8), moment=minutes)
def test_what_was_drawn_later_is_hidden_until_its_time_comes(drawn, moment):
    document = s.Document(symbol="AAPL")
    for number, (at, as_of) in enumerate(drawn):
        seen = None if as_of is None else AT + timedelta(minutes=as_of)
        document = do(document, AT + timedelta(minutes=at), f"n{number}", seen, **NOTE)
    shown = rules.as_known(document, AT + timedelta(minutes=moment))
    known = {
        f"n{number}"
        for number, (at, as_of) in enumerate(drawn)
        if (at if as_of is None else as_of) <= moment
    }
    assert ids(shown) == known
    assert rules.as_known(document, None) == document


def test_a_line_that_was_drawn_before_may_reach_into_the_time_to_come():
    later = {"at": (AT + timedelta(days=9)).isoformat(), "price": "11"}
    line = {"kind": "draw_trendline", "start": {"at": AT.isoformat(), "price": "10"}, "end": later}
    document = do(s.Document(symbol="AAPL"), AT, **line)
    assert ids(rules.as_known(document, AT)) == {"a"}


def test_a_drawing_that_was_moved_since_is_known_from_then_on():
    document = do(s.Document(symbol="AAPL"), AT, **NOTE)
    (note,) = rules.written(document)["drawings"]
    later = AT + timedelta(days=30)
    moved = do(document, later, kind="move_drawing", drawing=note | {"text": "it fell"})
    assert ids(rules.as_known(moved, AT + timedelta(days=29))) == set()
    assert ids(rules.as_known(moved, later)) == {"a"}
    assert moved.drawings[0].drawn_at == AT
    # In a replay it belongs to the moment of the replay.
    again = do(moved, later, as_of=AT, kind="move_drawing", drawing=note)
    assert ids(rules.as_known(again, AT)) == {"a"}


def test_a_drawing_of_the_present_says_nothing_of_a_replay():
    (note,) = rules.written(do(s.Document(symbol="AAPL"), AT, **NOTE))["drawings"]
    assert "as_of" not in note, "kept changes of before compare equal to what is written today"
    (note,) = rules.written(do(s.Document(symbol="AAPL"), AT, as_of=AT, **NOTE))["drawings"]
    assert note["as_of"] == "2026-05-20T15:00:00Z"


def test_who_brings_a_document_cannot_date_its_drawings_into_the_future():
    document = do(s.Document(symbol="AAPL"), AT, as_of=AT + timedelta(days=1), **NOTE)
    (note,) = rules.claimed(document, MEMBER, AT).drawings
    assert note.as_of == AT
