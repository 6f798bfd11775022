"""Generated requests against the whole API, as a key and as a site, in the very process.

`make fuzz CASES=10000` does the same with more of them. No answer may be a server error, have a
status, a type, a header or a body that the description does not tell, or take what the description
forbids; and what is refused is named.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks
from werkzeug.test import Client

from tests.fuzzing import DESCRIPTION, World

CASES = int(os.environ.get("CASES", "500"))
IS_SHORT = CASES <= 500
WAYS = {"key": "apiKey", "site": "siteToken"}
# The layer in front adds credentials to whatever is sent; a test of its own takes them away.
# Not every rule fits into a schema (an address that may be called): what is refused is looked at.
LEFT_OUT = [checks.ignored_auth, checks.positive_data_acceptance]
# Items are judged one by one: a wrong one is "refused" within a 200, and the others are kept.
JUDGES_ITEMS = {"POST /api/ledger/fills"}
# Their answer needs what only the operator or an earlier answer gives, or a signature of the
# payment provider.
NEEDS_A_SECRET = {
    "POST /api/wordpress/connect", "POST /api/tokens/refresh", "POST /api/privacy/downloads",
    "POST /api/billing/webhooks/stripe",
}  # fmt: skip
# Both ways of asking are known there, and one of them has nothing to ask for.
NOT_FOR = {("site", "POST /api/tokens"), ("key", "POST /api/live/tickets")}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    found = World(tmp_path_factory.mktemp("fuzz"))
    yield found
    found.close()


def operations(world, asker):
    schema = schemathesis.openapi.from_wsgi(DESCRIPTION, world.door(asker))
    for found in schema.get_all_operations():
        operation = found.ok()
        ways = [name for way in operation.definition.raw["x-security"] for name in way]
        if WAYS[asker] in ways or (not ways and asker == "key"):
            yield operation


def with_our_ids(world, case):
    """Let a fitting request name what is there, so that it comes further than a 404."""
    for values in (case.path_parameters or {}, case.query or {}):
        for name in set(values) & set(world.ids):
            values[name] = world.ids[name]
    (case.query or {}).pop("cursor", None)


def look_at(world, case, answered, mode):
    if mode is GenerationMode.POSITIVE:
        with_our_ids(world, case)
    response = case.call()
    answered[case.operation.label][response.status_code] += 1
    left_out = [*LEFT_OUT]
    if case.operation.label in JUDGES_ITEMS:
        left_out.append(checks.negative_data_rejection)
    case.validate_response(response, excluded_checks=left_out)
    if response.status_code == 422:
        problem = response.json()
        assert problem["detail"], problem
        assert problem.get("errors") or "body" in problem["detail"].lower(), problem


def fuzz(world, operation, mode, count, answered):
    """Send `count` generated requests of one operation; return what is wrong."""

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=IS_SHORT,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case):
        look_at(world, case, answered, mode)

    try:
        run()
    except Unsatisfiable:
        return None  # nothing can be wrong about an operation that takes nothing
    except (Exception, BaseExceptionGroup) as error:
        parts = getattr(error, "exceptions", [error])
        return f"{mode.name} {operation.label}: " + "\n".join(str(part)[:1500] for part in parts)
    finally:
        world.restore()
    return None


def sent(answered):
    return sum(sum(found.values()) for found in answered.values())


def spread(world, wanted, answered):
    """Send CASES requests in all; what an operation with few of them cannot take, others do."""
    faults, left = [], wanted
    while left and sent(answered) < CASES and not faults:
        count, roomy = max(2, -(-(CASES - sent(answered)) // len(left))), []
        for operation, mode in left:
            before = sent(answered)
            faults.append(fuzz(world, operation, mode, count, answered))
            # Whoever ran out of different requests has none for another round.
            if sent(answered) - before >= count:
                roomy.append((operation, mode))
        faults = [fault for fault in faults if fault]
        # A short run is the same each time, so another round would repeat it.
        left = [] if IS_SHORT else roomy
    return faults


# Hypothesis takes what another thread of this process draws from `random` for the doing of a strategy.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
@pytest.mark.req("S4-109")
def test_generated_requests_find_nothing(world):
    wanted = [
        (operation, mode)
        for asker in WAYS
        for operation in operations(world, asker)
        for mode in GenerationMode
    ]
    answered: dict[str, Counter] = defaultdict(Counter)
    faults = spread(world, wanted, answered)
    total = sent(answered)
    print(f"{total} requests to {len(answered)} operations")
    for label, found in sorted(answered.items()):
        print(f"  {label}: {dict(sorted(found.items()))}")
    assert not faults, "\n\n".join(faults)
    assert total >= (CASES / 2 if IS_SHORT else CASES)


def test_the_examples_of_the_documentation_work(world):
    refused = []
    for asker in WAYS:
        for operation in operations(world, asker):
            if operation.label in NEEDS_A_SECRET or (asker, operation.label) in NOT_FOR:
                continue
            answer = send_example(world, asker, operation)
            if answer.status_code >= 400:
                refused.append((asker, operation.label, answer.status_code, answer.text[:300]))
            world.restore()
    assert not refused, "\n".join(map(str, refused))


def test_a_whole_number_is_no_text_and_none_that_no_database_holds(world):
    """The generated requests meet such values by luck alone."""
    tried, faults = set(), []
    for asker in WAYS:
        for operation in operations(world, asker):
            raw = operation.definition.raw
            body = raw.get("requestBody", {}).get("content", {}).get("application/json", {})
            for name in whole_numbers(operation.schema.raw_schema, body.get("schema", {})):
                for wrong in (2**63, "1", True):
                    answer = send_example(world, asker, operation, {name: wrong})
                    tried.add((operation.label, name))
                    if answer.status_code not in {400, 422}:
                        faults.append((operation.label, name, wrong, answer.status_code))
            world.restore()
    assert not faults, "\n".join(map(str, faults))
    assert len(tried) > 20


def whole_numbers(document, schema):
    """Return the names of the properties of a body that are whole numbers, or may be none."""
    found = document
    for part in schema.get("$ref", "#/").lstrip("#/").split("/"):
        found = found[part] if part else schema
    for name, facts in found.get("properties", {}).items():
        kinds = {one.get("type") for one in facts.get("anyOf", [facts])}
        if "integer" in kinds and kinds <= {"integer", "null"}:
            yield name


def test_a_plan_that_ends_at_once_leaves_nothing_to_tell_as_documented(world):
    path = "/api/subscriptions/cancel"
    client = Client(world.door("key"))
    answer = client.post(path, json={"ladder": "robots", "at_once": True})
    world.restore()
    assert (answer.status_code, answer.data) == (204, b"")
    document = client.get(DESCRIPTION).json
    assert "204" in document["paths"][path]["post"]["responses"]


def send_example(world, asker, operation, wrong=None):
    raw, path, query = operation.definition.raw, operation.path, {}
    for one in operation.iter_parameters():
        facts = one.definition
        value = world.ids.get(facts["name"], facts["example"])
        path = path.replace(f"{{{facts['name']}}}", str(value))
        if facts["in"] == "query" and facts["required"]:
            query[facts["name"]] = value
    headers = {"If-Match": '"0"'} if "If-Match" in str(raw["parameters"]) else {}
    body = raw.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    if body is not None:
        body = {**body, **world.known.get(path, {}), **(wrong or {})}
    return Client(world.door(asker)).open(
        path, method=operation.method.upper(), json=body, headers=headers, query_string=query
    )


def test_without_credentials_there_is_no_answer(world):
    client = Client(world.door("nobody"))
    closed = 0
    for asker in WAYS:
        for operation in operations(world, asker):
            if not operation.definition.raw["x-security"]:
                continue
            path = operation.path.replace("{period}", "daily").replace("{plugin_id}", "x")
            path = path.replace("{kind}", "sma").replace("{number}", "1")
            path = "".join("1" if part.endswith("_id}") else part for part in _parts(path))
            for text in (None, "Bearer trp_live_wrong.wrong", "Bearer a.b.c", "Basic eDp5", "x"):
                headers = {"Authorization": text} if text else {}
                answer = client.open(path, method=operation.method.upper(), headers=headers)
                assert answer.status_code == 401, (operation.label, text, answer.text)
                assert answer.headers["WWW-Authenticate"]
            closed += 1
    assert closed > 40


def _parts(path):
    return re.split(r"(\{[a-z_]+\})", path)
