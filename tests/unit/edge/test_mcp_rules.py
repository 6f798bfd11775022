"""Schemas that every client understands, and refusals that say what to do and tell no more."""

from __future__ import annotations

import json

import jsonschema
import pytest

from app.edge.mcp import rules
from app.edge.mcp.service import LISTED
from app.edge.mcp.tools import TOOLS


@pytest.mark.parametrize("name", TOOLS)
def test_each_schema_stands_by_itself_and_describes_each_argument(name):
    tool = LISTED[name]
    for schema in (tool.input_schema, tool.output_schema):
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
        assert "$ref" not in json.dumps(schema)
    assert '"null"' not in json.dumps(tool.input_schema)
    assert tool.input_schema["additionalProperties"] is False
    silent = {
        field
        for field, part in tool.input_schema.get("properties", {}).items()
        if "description" not in part and "enum" not in part and part["type"] != "object"
    }
    assert silent == set()
    assert all(scope in tool.description for scope in TOOLS[name].scopes)


def test_a_fault_of_the_api_names_the_argument_and_not_the_operation():
    said = {
        "code": "invalid", "detail": "x", "traceback": "secret",
        "errors": [
            {"pointer": "/operations/0/draw_trendline/start/price", "detail": "too low"},
            {"pointer": "/operations/0/settings/period", "detail": "too low"},
            {"pointer": "/model", "detail": "too long"},
        ],
    }  # fmt: skip
    found = rules.problem(422, said)
    assert [one["field"] for one in found["errors"]] == ["start.price", "settings.period", "model"]
    assert "secret" not in str(found)
    assert rules.as_text(found).startswith("x. start.price: too low. ")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (0, None), (500, {"code": "internal", "detail": "at line 7"}), (502, None),
        (404, None), (422, []), (422, {"detail": "no code"}),
    ],
)  # fmt: skip
def test_what_is_no_answer_of_the_api_tells_nothing_of_itself(status, body):
    found = rules.problem(status, body)
    assert (found["code"], found["fix"]) == ("unavailable", rules.LATER)
    assert "line" not in str(found)


def test_a_limit_says_how_long_to_wait():
    found = rules.problem(429, {"code": "too_many", "detail": "Slow down."}, "17")
    assert found["retry_after_seconds"] == 17
    assert "Wait 17 seconds." in rules.as_text(found)
