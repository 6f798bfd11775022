"""The OpenAPI document covers every route and says what the code does."""

from __future__ import annotations

import re

import pytest


@pytest.fixture
def document(client):
    answer = client.get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.json


@pytest.mark.req("S3-160")
def test_every_api_route_is_described(app, document):
    described = {
        (path, method.upper()) for path, item in document["paths"].items() for method in item
    }
    actual = {
        (re.sub(r"<(?:[a-z]+(?:\([^)]*\))?:)?([a-z_]+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert described == actual
    assert document["openapi"] == "3.1.0"


def test_operation_ids_are_unique_and_every_operation_has_a_summary(document):
    operations = [one for item in document["paths"].values() for one in item.values()]
    ids = [one["operationId"] for one in operations]
    assert len(ids) == len(set(ids))
    assert all(one["summary"] for one in operations)


def test_references_resolve(document):
    text = str(document)
    for name in re.findall(r"#/components/schemas/([A-Za-z0-9_]+)", text):
        assert name in document["components"]["schemas"], name


def test_closed_routes_name_their_security(document):
    assert document["paths"]["/api/me"]["get"]["security"] == [{"apiKey": []}, {"siteToken": []}]
    assert document["paths"]["/api/openapi.json"]["get"]["security"] == []


def test_the_page_lists_the_operations(client):
    page = client.get("/api/docs").get_data(as_text=True)
    assert "/api/me" in page
    assert "<h1" in page
