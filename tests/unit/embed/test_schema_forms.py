"""Forms from the schema of a robot's parameters: drawn, and read back."""

from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from app.embed.rules import parameter_errors, schema_fields, schema_values, search_values
from app.quant.robot import Parameters


class Sample(Parameters):
    fast: Annotated[int, Field(ge=1, le=5000, title="Fast average", description="In bars.")] = 10
    share: Annotated[float, Field(gt=0, le=1)] = 0.25
    short: bool = False
    side: Literal["both", "long"] = "both"
    stop: float | None = None


SCHEMA = Sample.model_json_schema()


def by_name(**options):
    return {field.name: field for field in schema_fields(SCHEMA, **options)}


def test_each_parameter_has_its_title_range_hint_and_default():
    fields = by_name()
    assert list(fields) == ["fast", "share", "short", "side", "stop"]
    fast = fields["fast"]
    assert (fast.label, fast.kind, fast.value, fast.low, fast.high, fast.step) == (
        "Fast average", "integer", "10", "1", "5000", "1",
    )  # fmt: skip
    assert fast.hint == "In bars, 1 to 5000, usually 10"
    assert fields["share"].hint == "above 0, at most 1, usually 0.25"
    assert fields["share"].step == "any"
    assert (fields["short"].kind, fields["short"].value) == ("flag", "")
    assert (fields["side"].kind, fields["side"].options) == ("choice", ("both", "long"))
    assert (fields["stop"].kind, fields["stop"].value) == ("number", "")


def test_what_was_typed_stays_beside_what_is_wrong_with_it():
    fields = by_name(typed={"p_fast": "-3"}, errors={"fast": "too small"})
    assert (fields["fast"].value, fields["fast"].error) == ("-3", "too small")
    assert fields["share"].value == ""
    assert fields["share"].error == ""


def test_empty_fields_take_the_default_and_an_open_box_is_no():
    values = schema_values(SCHEMA, {"p_fast": " ", "p_side": "long"})
    assert values == {"short": False, "side": "long"}
    assert Sample(**values).fast == 10


@pytest.mark.parametrize("text", ["ten", "1e3", "0x10", "NaN", "1 0", "\u0661\u0660", "9" * 30])
def test_what_is_no_number_stays_text_for_the_model_to_refuse(text):
    values = schema_values(SCHEMA, {"p_fast": text})
    assert values["fast"] == text
    with pytest.raises(ValidationError) as caught:
        Sample(**values)
    assert caught.value.errors()[0]["loc"] == ("fast",)


@given(st.integers(1, 5000), st.floats(0.01, 1), st.booleans(), st.sampled_from(["both", "long"]))
def test_what_a_form_shows_is_read_back_as_it_was(fast, share, short, side):
    wanted = Sample(fast=fast, share=round(share, 6), short=short, side=side)
    shown = {field.name: field for field in schema_fields(_with_defaults(wanted))}
    typed = {f"p_{name}": field.value for name, field in shown.items() if field.value}
    assert Sample(**schema_values(SCHEMA, typed)) == wanted


def _with_defaults(sample):
    values = sample.model_dump()
    parts = {name: {**part, "default": values[name]} for name, part in SCHEMA["properties"].items()}
    return {**SCHEMA, "properties": parts}


def test_a_fault_is_found_by_its_pointer_its_field_or_stands_above_the_form():
    faults = [{"pointer": "/parameters/fast", "detail": "too small"}]
    assert parameter_errors(faults, None, "fast: too small") == {"fast": "too small"}
    assert parameter_errors([], "terms.cash", "Too much.") == {"cash": "Too much."}
    assert parameter_errors([], None, "Busy.") == {"": "Busy."}


def test_values_to_try_stand_with_commas_between_and_faults_go_to_their_own_field():
    typed = {"s_fast": " 5, 10,,x", "s_slow": " , ", "s_other": "1,2"}
    assert search_values(SCHEMA, typed) == {"fast": [5, 10, "x"]}
    assert search_values(SCHEMA, {}) == {}
    assert parameter_errors([], "search/grid/fast", "no") == {"s_fast": "no"}
    assert parameter_errors([], "search/grid", "too many") == {"grid": "too many"}
    assert parameter_errors([], "parameters/fast", "no") == {"fast": "no"}
