"""The OpenAPI document covers every route, says what the code does, and reads well."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
from flask import Blueprint
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from app.api import service
from app.api.rules import PROBLEMS
from app.core import auth, errors
from app.core.http import STATUS

APP = Path(__file__).resolve().parents[2] / "app"


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    from tests.conftest import make_app

    app = make_app(tmp_path_factory.mktemp("openapi"))
    answer = app.test_client().get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.json


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    from tests.conftest import make_app

    app = make_app(tmp_path_factory.mktemp("docs"))
    return app.test_client().get("/api/docs").get_data(as_text=True)


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def resolved(document, part):
    while "$ref" in part:
        found = document
        for word in part["$ref"].removeprefix("#/").split("/"):
            found = found[word]
        part = found
    return part


@pytest.mark.req("S3-160")
def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    faults = [str(fault)[:300] for fault in OPENAPI_31_VALIDATOR.iter_errors(document)]
    assert faults == []
    broken = {**document, "paths": {"/x": {"get": {"responses": 5}}}}
    assert not OPENAPI_31_VALIDATOR.is_valid(broken)


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


def test_operation_ids_are_unique_and_plain(document):
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]+", each) for each in ids)


def test_operations_read_well(document):
    known = {tag["name"] for tag in document["tags"]}
    assert all(tag["description"] for tag in document["tags"])
    for name, operation in operations(document):
        assert len(operation["tags"]) == 1, name
        assert set(operation["tags"]) <= known, name
        assert re.fullmatch(r"[A-Z].+[.:]", operation["summary"]), name
        assert len(operation["summary"]) <= 110, name
        assert operation["description"], name
        for part in operation["parameters"]:
            parameter = resolved(document, part)
            assert parameter["description"], (name, parameter["name"])
            assert "example" in parameter, (name, parameter["name"])


def test_every_body_and_every_answer_has_an_example_that_fits(document):
    fitting = set()

    def check(schema, example, where):
        # Most operations refuse alike: what is word for word the same is looked at once.
        words = json.dumps([schema, example], sort_keys=True)
        if words in fitting:
            return
        fitting.add(words)
        whole = {**schema, "components": document["components"]}
        faults = [
            f"{'/'.join(map(str, fault.instance_path))}: {fault.message}"
            for fault in jsonschema_rs.Draft202012Validator(whole).iter_errors(example)
        ]
        assert faults == [], where

    count = 0
    for name, operation in operations(document):
        parts = [operation.get("requestBody", {}), *operation["responses"].values()]
        for part in parts:
            for content in resolved(document, part).get("content", {}).values():
                check(content["schema"], content["example"], name)
                count += 1
        for part in operation["parameters"]:
            parameter = resolved(document, part)
            check(parameter["schema"], parameter["example"], (name, parameter["name"]))
    assert count > 100


def test_every_operation_names_its_problems(document):
    for name, operation in operations(document):
        statuses = set(operation["responses"])
        assert statuses >= {"422", "429", "500", "503"}, name
        assert any(status.startswith("2") for status in statuses), name
        if operation["security"]:
            assert statuses >= {"401", "403", "404", "409"}, name
        if "requestBody" in operation:
            assert statuses >= {"413", "415"}, name
        if "{" in name:
            assert "404" in statuses, name
        for status, answer in operation["responses"].items():
            found = resolved(document, answer)
            assert found["description"], (name, status)
            assert set(found["headers"]) >= {"X-Request-Id", "Api-Version"}, (name, status)
            if int(status) >= 400:
                assert list(found["content"]) == ["application/problem+json"], (name, status)


def test_every_creating_post_takes_an_idempotency_key(document):
    without = {
        name
        for name, operation in operations(document)
        if name.startswith("POST ")
        and {"$ref": "#/components/parameters/Idempotency-Key"} not in operation["parameters"]
    }
    # Nobody is known to ask there, and each says in its own description why it may be repeated.
    public = {name for name, operation in operations(document) if operation["security"] == []}
    # Each exchange of a key gives tokens of its own; those of a lost answer end by themselves.
    assert without - public == {"POST /api/tokens"}


def test_lists_page_in_one_way(document):
    for name, operation in operations(document):
        query = {
            parameter["name"]: parameter
            for part in operation["parameters"]
            if (parameter := resolved(document, part))["in"] == "query"
        }
        if "cursor" in query:
            assert query["cursor"]["schema"]["type"] == "string", name
            assert query["limit"]["schema"]["minimum"] == 1, name
            assert "Link" in operation["responses"]["200"]["headers"], name


def test_references_resolve(document):
    for reference in re.findall(r"#/components/[A-Za-z]+/[A-Za-z0-9_.-]+", json.dumps(document)):
        assert resolved(document, {"$ref": reference})


def test_closed_routes_name_their_security_and_scope(document):
    paths = document["paths"]
    assert paths["/api/me"]["get"]["security"] == [{"apiKey": []}, {"siteToken": []}]
    assert paths["/api/ledger/fills"]["post"]["security"][0] == {"apiKey": ["ledger:write"]}
    assert paths["/api/openapi.json"]["get"]["security"] == []
    # No key opens what is the owner's, or what a person does in person.
    for path, method in (
        ("/api/admin/operation", "get"), ("/api/admin/members/{member_id}/refund", "post"),
        ("/api/privacy/downloads", "post"),
    ):  # fmt: skip
        assert paths[path][method]["security"] == [{"siteToken": []}], path


KINDS = {kind.__name__: kind for kind in vars(errors).values() if isinstance(kind, type)}


def codes_of(node):
    """Return each code that a call or a class gives, with the status that its class has."""
    if isinstance(node, ast.ClassDef):
        status = STATUS.get(KINDS.get(getattr(node.bases[0], "id", ""))) if node.bases else None
        lines = [line for line in node.body if isinstance(line, ast.Assign)]
        return [(line.value.value, status) for line in lines if line.targets[0].id == "code"]
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        words = [word for word in node.keywords if word.arg == "code"]
        values = [word.value.value for word in words if isinstance(word.value, ast.Constant)]
        return [(value, STATUS.get(KINDS.get(name))) for value in values]
    return []


# Raised by pages, mail and commands, never under /api/.
ONLY_ON_PAGES = {
    "backup", "form_expired", "held", "link_gone", "mail_not_sent", "mail_refused", "password_again",
    "second_factor_on", "sign_in", "step_gone", "wrong_code", "wrong_credentials",
}  # fmt: skip


def codes_in_source():
    return [
        (*found, path.name)
        for path in APP.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for found in codes_of(node)
        # `code=None` says that there is none.
        if found[0] is not None
    ]


def test_every_code_is_documented_with_its_status():
    found = codes_in_source()
    assert len(found) > 30
    unknown = {(code, name) for code, _, name in found if code not in {*PROBLEMS, *ONLY_ON_PAGES}}
    assert unknown == set(), "say in app/api/rules/problems.py what causes it and how to mend it"
    wrong = {
        (code, status, PROBLEMS[code].status)
        for code, status, _ in found
        if status is not None and code in PROBLEMS and PROBLEMS[code].status != status
    }
    assert wrong == set()


@pytest.mark.req("S3-160")
def test_the_page_tells_every_operation_and_every_code(document, page):
    assert page.count("<h1") == 1
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for name, operation in operations(document):
        assert operation["operationId"] in ids
        assert name in page
    for code in PROBLEMS:
        assert f"error-{code}" in ids
    for target in re.findall(r'href="#([^"]+)"', page):
        assert target in ids, target


def test_the_type_of_a_problem_leads_to_its_entry(client, page):
    for path in ("/api/nothing", "/api/me", "/api/ledger/trades?limit=x"):
        kind = client.get(path).json["type"]
        address, _, fragment = kind.partition("#")
        assert address == "/api/docs"
        assert f'id="{fragment}"' in page


def test_python_examples_compile(page):
    import html

    examples = [
        html.unescape(found)
        for found in re.findall(
            r'<pre class="trp-hash">(import requests.*?)</pre>', page, re.DOTALL
        )
    ]
    assert len(examples) > 20
    for example in examples:
        ast.parse(example)


def test_what_the_api_says_of_itself_is_made_once_and_again_for_a_new_route(app, monkeypatch):
    client, made = app.test_client(), []
    real = service.openapi
    monkeypatch.setattr(service, "openapi", lambda app: made.append(1) or real(app))
    first, again = client.get("/api/openapi.json"), client.get("/api/openapi.json")
    assert first.data == again.data
    assert first.headers["ETag"] == again.headers["ETag"]
    assert len(made) == 1
    page = client.get("/api/docs", headers={"Accept-Language": "en"}).text
    assert client.get("/api/docs", headers={"Accept-Language": "en"}).text == page
    assert len(made) == 2
    assert 'lang="de"' in client.get("/api/docs", headers={"Accept-Language": "de"}).text
    routes = Blueprint("later", __name__)
    routes.get("/api/later")(auth.public(lambda: "later"))
    app._got_first_request = False
    app.register_blueprint(routes)
    assert "/api/later" in client.get("/api/openapi.json").json["paths"]
