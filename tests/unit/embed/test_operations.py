"""Changes of a chart as a page sends them."""

import pytest

from app.embed import rules

NEW_YORK = "America/New_York"
LINE = {
    "id": "v2",
    "kind": "trendline",
    "by": {"kind": "model", "name": "claude"},
    "start": {"at": "2026-11-24T15:00:00Z", "price": "100"},
    "end": {"at": "2026-11-24T16:00:00Z", "price": "101"},
}
DOCUMENT = {"drawings": [LINE], "settings": {"shows_volume": True, "yaxis_padding": 0.2}}


def read(zone=NEW_YORK, **fields):
    return rules.read_operations(
        {name.replace("__", "."): value for name, value in fields.items()}, zone, DOCUMENT
    )


def test_a_script_sends_an_operation_as_json():
    assert read(operation='{"kind": "remove_drawing", "id": "v2"}', chart="7") == [
        {"kind": "remove_drawing", "id": "v2"}
    ]


@pytest.mark.parametrize("text", ["", "[]", "7", "{", '"x"', "{" + " " * 70_000 + "}"])
def test_what_is_no_operation_is_refused(text):
    with pytest.raises(rules.UnreadableError):
        read(operation=text)


def test_a_form_tells_times_of_the_exchange():
    found = read(kind="draw_trendline", start__at="2026-11-24T10:30", start__price=" 101.5 ",
                 end__at="2026-07-01T10:30", end__price="102", label="", version="3", symbol="SPY")  # fmt: skip
    assert found == [{
        "kind": "draw_trendline",
        "start": {"at": "2026-11-24T10:30:00-05:00", "price": "101.5"},
        "end": {"at": "2026-07-01T10:30:00-04:00", "price": "102"},
    }]  # fmt: skip
    assert read("UTC", kind="x", at__at="2026-11-24T10:30")[0]["at"]["at"].endswith("+00:00")


def test_a_time_that_is_none_is_refused():
    with pytest.raises(rules.UnreadableError):
        read(kind="draw_trendline", start__at="yesterday")


def test_a_drawing_that_is_moved_keeps_what_the_form_does_not_tell():
    (found,) = read(kind="move_drawing", id="v2", start__price="99")
    assert found["drawing"] == {
        **LINE, "start": {"at": "2026-11-24T15:00:00Z", "price": "99"}
    }  # fmt: skip
    (unknown,) = read(kind="move_drawing", id="nope", price="99")
    assert unknown["drawing"] == {"price": "99"}


def test_other_settings_of_an_indicator_are_another_indicator_in_one_step():
    found = read(kind="change_indicator", id="v3", indicator="sma", settings__period="50")
    assert found == [
        {"kind": "remove_indicator", "id": "v3"},
        {"kind": "add_indicator", "indicator": "sma", "settings": {"period": "50"}},
    ]


def test_a_switch_that_is_not_sent_is_off():
    (found,) = read(kind="change_settings", shows_trades="true")
    assert found["settings"] == {
        "yaxis_padding": 0.2,
        "shows_volume": False,
        "shows_sessions": False,
        "shows_extended_hours": False,
        "shows_trades": True,
    }


def test_levels_are_those_that_were_chosen_and_left_alone_where_nobody_chose():
    def levels(**fields):
        (found,) = read(kind="change_settings", **fields)
        return found["settings"].get("levels", "untouched")

    assert levels(level__pdh="true", level__ema50w="true", levels="pdh.pdl") == ["pdh", "ema50w"]
    assert levels(levels="pdh.pdl") == []
    assert levels(level__pdl="true", level__pdh="true", levels="pdh.pdl") == "untouched"
    assert levels(levels="") == "untouched"
    assert levels(level__pdh="true", levels="") == ["pdh"]
    assert levels(shows_trades="true") == "untouched"


def test_only_what_needs_an_id_gets_one():
    assert read(kind="remove_drawing", id="v2") == [{"kind": "remove_drawing", "id": "v2"}]
    assert read(kind="draw_support_resistance", role="support", price="9", id="v2") == [
        {"kind": "draw_support_resistance", "role": "support", "price": "9"}
    ]
