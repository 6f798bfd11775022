"""Operations on charts: each makes a new document, and undone they leave the first one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.charts import rules
from app.charts import schemas as s
from app.charts.errors import DocumentError, MemberOnlyError, PlaceError
from app.core.errors import NotFoundError, ValidationError
from app.core.parse import parse

AT = datetime(2026, 5, 20, 15, tzinfo=UTC)
MEMBER, MODEL = s.Author(kind="member"), s.Author(kind="model", name="claude")
OPERATION = TypeAdapter(s.Operation)


def point(minutes: int, price: str) -> dict:
    return {"at": (AT + timedelta(minutes=minutes)).isoformat(), "price": price}


def do(document, author=MEMBER, new_id="v2", **operation):
    return rules.apply(
        document, OPERATION.validate_python(operation), rules.Hand(author, AT, new_id)
    )


EMPTY = s.Document(symbol="AAPL")
LINE = {"kind": "draw_trendline", "start": point(0, "10"), "end": point(9, "11")}


prices = st.decimals("0.01", "9999", places=2).map(str)
points = st.builds(point, st.integers(0, 500), prices)
flags = {"label": st.text("abc ", max_size=8), "is_proposed": st.booleans()}
operations = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("add_indicator"), "indicator": st.sampled_from(["sma", "rsi", "macd"])}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("remove_indicator"), "indicator": st.sampled_from(["sma", "rsi"])}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("draw_trendline"), "start": points, "end": points, **flags}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("draw_fibonacci"), "start": points, "end": points, **flags}
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("draw_support_resistance"),
            "role": st.sampled_from(["support", "resistance"]),
            "price": prices,
            **flags,
        }
    ),
    st.fixed_dictionaries(
        {"kind": st.just("add_price_target"), "direction": st.just("long"), "target": prices}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("add_analysis_note"), "text": st.text("ab", min_size=1)}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("remove_drawing"), "id": st.integers(0, 12).map(lambda n: f"v{n}")}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("take_over"), "id": st.integers(0, 12).map(lambda n: f"v{n}")}
    ),
    st.fixed_dictionaries({"kind": st.just("set_yaxis_padding"), "padding": st.floats(0, 0.5)}),
    st.fixed_dictionaries(
        {"kind": st.just("set_chart_type"), "chart_type": st.sampled_from(["bars", "line"])}
    ),
    st.fixed_dictionaries({"kind": st.just("set_symbol"), "symbol": st.sampled_from(["AA", "BB"])}),
    st.fixed_dictionaries(
        {"kind": st.just("set_timeframe"), "timeframe": st.sampled_from(["M1", "D1"])}
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("change_settings"),
            "settings": st.fixed_dictionaries(
                {"shows_volume": st.booleans(), "levels": st.just(["pp"])}
            ),
        }
    ),
)


@pytest.mark.req("S0-3", "S0-11", "S0-12", "S0-13", "S0-14", "S0-15", "S0-16", "S0-17", "S0-18")
@given(st.lists(operations, max_size=12), st.sampled_from([MEMBER, MODEL]))
def test_any_operations_all_undone_leave_the_first_document(asked, author):
    document = first = s.Document(symbol="AAPL")
    done = []
    for number, raw in enumerate(asked):
        before = document.model_dump_json()
        try:
            after, new_id = do(document, author, f"v{number}", **raw)
        except (ValidationError, NotFoundError, MemberOnlyError, ValueError):
            after = document
        else:
            assert (new_id is None) == raw["kind"].startswith(("set_", "change", "remove", "take"))
        assert document.model_dump_json() == before, "nothing is altered"
        done.append(rules.diff(document, after))
        assert (rules.diff(document, after) == []) == (document == after)
        document = after
    for changes in reversed(done):
        document = rules.revert(document, changes)
    assert document == first
    assert rules.read_document(rules.written(document)) == first


def test_a_change_that_was_changed_again_is_not_undone():
    drawn, new_id = do(EMPTY, **LINE)
    moved = {**rules.written(drawn)["drawings"][0], "end": point(20, "12")}
    after, _ = do(drawn, kind="move_drawing", drawing=moved)
    assert rules.revert(after, rules.diff(EMPTY, drawn)) is None
    assert after.drawings[0].end.price == Decimal(12)
    assert (after.drawings[0].id, after.drawings[0].by) == (new_id, MEMBER)


@pytest.mark.req("S0-67")
def test_who_drew_stays_with_the_drawing():
    drawn, new_id = do(EMPTY, MODEL, **LINE, is_proposed=True)
    assert drawn.drawings[0].by == MODEL
    told = {**rules.written(drawn)["drawings"][0], "by": {"kind": "member"}, "is_proposed": False}
    moved, _ = do(drawn, MEMBER, kind="move_drawing", drawing=told)
    assert (moved.drawings[0].by, moved.drawings[0].is_proposed) == (MODEL, True)
    taken, _ = do(moved, MEMBER, kind="take_over", id=new_id)
    assert (taken.drawings[0].by, taken.drawings[0].is_proposed) == (MODEL, False)
    with pytest.raises(MemberOnlyError):
        do(moved, MODEL, kind="take_over", id=new_id)


def test_a_machine_does_not_move_what_the_member_drew():
    drawn, _ = do(EMPTY, MEMBER, **LINE)
    with pytest.raises(MemberOnlyError):
        do(drawn, MODEL, kind="move_drawing", drawing=rules.written(drawn)["drawings"][0])


def test_a_document_names_no_author_that_its_sender_is_not():
    told = {
        "symbol": "AAPL",
        "drawings": [
            {"kind": "analysis_note", "id": "a", "text": "x", "by": {"kind": "member"},
             "drawn_at": "2126-05-20T15:00:00Z"},
            {"kind": "analysis_note", "id": "b", "text": "x", "drawn_at": AT.isoformat(),
             "by": {"kind": "replica", "name": "Ada"}},
        ],
        "indicators": [{"id": "i", "kind": "sma", "by": {"kind": "member"}}],
    }  # fmt: skip
    document = rules.read_document(told)
    program = s.Author(kind="program", name="script")
    found = rules.claimed(document, program, AT)
    assert {one.by for one in (*found.drawings, *found.indicators)} == {program}
    assert found.drawings[0].drawn_at == AT
    kept = rules.claimed(document, MEMBER, AT)
    assert [one.by.kind for one in kept.drawings] == ["member", "replica"]


def test_drawings_never_move_to_another_symbol():
    drawn, _ = do(EMPTY, **LINE)
    with pytest.raises(ValidationError) as caught:
        do(drawn, kind="set_symbol", symbol="MSFT")
    assert caught.value.code == "has_drawings"
    assert do(EMPTY, kind="set_symbol", symbol="msft")[0].symbol == "MSFT"


@pytest.mark.parametrize(
    ("raw", "code", "field"),
    [
        ([], "bad_document", "document"),
        ({"symbol": "AAPL", "format": 2}, "bad_document", "format"),
        ({"symbol": "AAPL", "format": "1"}, "bad_document", "format"),
        ({"symbol": "AAPL", "format": 0}, "bad_document", "format"),
        ({"symbol": "AAPL", "colour": "red"}, "invalid", None),
        ({"symbol": "AAPL", "timeframe": "M7"}, "invalid", None),
    ],
)
def test_a_document_of_another_kind_is_refused(raw, code, field):
    with pytest.raises(ValidationError) as caught:
        rules.read_document(raw)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_an_older_document_is_brought_up_step_by_step():
    steps = {
        -1: lambda raw: {"ticker": raw["t"]},
        0: lambda raw: {"symbol": raw["ticker"]},
    }
    found = rules.read_document({"format": -1, "t": "AAPL"}, steps=steps)
    assert found == s.Document(symbol="AAPL")
    assert rules.read_document({"format": 0, "ticker": "SPY"}, steps=steps).symbol == "SPY"


def test_limits_of_number_and_size():
    document = EMPTY
    for number in range(300):
        document, _ = do(document, new_id=f"v{number}", kind="add_analysis_note", text="x")
    with pytest.raises(DocumentError) as caught:
        do(document, new_id="v300", kind="add_analysis_note", text="x")
    assert caught.value.code == "chart_full"
    document = EMPTY
    with pytest.raises(DocumentError) as caught:  # noqa: PT012 - one of them is too much
        for number in range(300):
            document, _ = do(
                document, new_id=f"v{number}", kind="add_analysis_note", text="€" * 1000
            )
    assert caught.value.code == "document_too_large"


@pytest.mark.parametrize(
    "operation",
    [
        {"kind": "draw_trendline", "start": point(0, "10"), "end": point(0, "10")},
        {"kind": "draw_trendline", "start": point(0, "-1"), "end": point(0, "10")},
        {"kind": "draw_trendline", "start": point(0, "NaN"), "end": point(0, "10")},
        {"kind": "draw_trendline", "start": {"at": "2026-05-20T13:30:00", "price": 1},
         "end": point(0, "1")},
        {"kind": "draw_fibonacci", "start": point(0, "10"), "end": point(9, "10")},
        {"kind": "draw_fibonacci", "start": point(0, "10"), "end": point(9, "11"), "ratios": []},
        {"kind": "add_price_target", "direction": "long", "target": "10", "entry": "11"},
        {"kind": "add_price_target", "direction": "short", "target": "10", "stop": "9"},
        {"kind": "add_analysis_note", "text": " "},
        {"kind": "add_analysis_note", "text": "a\x00b"},
        {"kind": "draw_support_resistance", "role": "floor", "price": "1"},
        {"kind": "draw_support_resistance", "role": "support", "price": "0"},
        {"kind": "remove_indicator"},
        {"kind": "remove_indicator", "id": "a", "indicator": "sma"},
        {"kind": "fly"},
        {"kind": "set_yaxis_padding", "padding": 0.6},
    ],
)  # fmt: skip
def test_what_is_no_operation_is_refused(operation):
    with pytest.raises(ValidationError) as caught:
        parse(s.OperationsIn, {"operations": [operation]})
    assert caught.value.details["errors"][0]["pointer"].startswith("/operations/0")


def test_settings_of_an_indicator_are_named_when_they_are_wrong():
    with pytest.raises(ValidationError) as caught:
        do(EMPTY, kind="add_indicator", indicator="rsi", settings={"period": 1})
    assert caught.value.field == "settings/period"
    found, new_id = do(EMPTY, kind="add_indicator", indicator="rsi", settings={"period": 9})
    assert found.indicators[0].settings == {
        "period": 9, "source": "close", "lower": 30, "upper": 70,
    }  # fmt: skip
    with pytest.raises(NotFoundError):
        do(found, kind="remove_indicator", indicator="sma")
    assert do(found, kind="remove_indicator", id=new_id)[0].indicators == []


REACH = rules.Reach(
    "AAPL", "M5", AT - timedelta(days=9), AT, AT - timedelta(days=2), Decimal(90), Decimal(110)
)


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        (LINE | {"start": point(0, "5")}, "start/price"),
        (LINE | {"start": point(-20_000, "100"), "end": point(0, "100")}, "start/at"),
        (LINE | {"start": point(0, "100"), "end": point(20_000, "100")}, "end/at"),
        ({"kind": "draw_support_resistance", "role": "support", "price": "1101"}, "price"),
        ({"kind": "add_price_target", "direction": "long", "target": "1200"}, "target"),
        ({"kind": "add_price_target", "direction": "long", "target": "120",
          "by_when": "1999-01-01T00:00:00Z"}, "by_when"),
        ({"kind": "add_analysis_note", "text": "x", "at": point(-90_000, "100")}, "at/at"),
    ],
)  # fmt: skip
def test_nothing_is_drawn_where_there_are_no_data(operation, field):
    with pytest.raises(PlaceError) as caught:
        rules.check_places([OPERATION.validate_python(operation)], REACH)
    assert caught.value.field == field


def test_a_little_to_the_right_and_far_to_the_left_may_be_drawn_on():
    old = LINE | {"start": point(-3 * 24 * 60, "0.5"), "end": point(600, "120")}
    rules.check_places([OPERATION.validate_python(old)], REACH)
