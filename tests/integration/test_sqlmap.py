"""sqlmap finds a hole that was made for it, and none in the API; `make sqlmap` does all operations."""

from __future__ import annotations

import pytest

from tests import sqlmapping as sqlmap
from tests.fuzzing import World


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    found = World(tmp_path_factory.mktemp("sqlmap"))
    yield found
    found.close()


def test_a_hole_that_was_made_for_it_is_found(tmp_path):
    with sqlmap.served(sqlmap.Injectable()) as (url, requests):
        assert sqlmap.attack(url, sqlmap.CONTROL, tmp_path) == sqlmap.FOUND
        assert requests() > 5


@pytest.mark.req("S4-110")
def test_no_filter_of_the_catalogue_gives_way(world, tmp_path):
    wanted = "GET /api/plugins?strategy"
    target = next(one for one in sqlmap.targets(world, "key") if wanted in one.name)
    layer = sqlmap.Restored(world, "key")
    with sqlmap.served(layer) as (url, requests):
        assert sqlmap.attack(url, target, tmp_path) == sqlmap.NOT_FOUND
        assert layer.broken == 0
        assert requests() > 50, "it was varied at all"


def test_every_parameter_and_field_of_every_operation_is_varied(world):
    document = world.app.test_client().get("/api/openapi.json").json
    found = [one for asker in sqlmap.WAYS for one in sqlmap.targets(world, asker)]
    varied = {one.label for one in found}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            label = f"{method.upper()} {path}"
            takes = "requestBody" in operation or any(
                sqlmap.resolved(document, one)["in"] in {"path", "query"}
                for one in operation["parameters"]
            )
            assert not takes or label in varied, label
    fills = next(one for one in found if one.label == "POST /api/ledger/fills")
    assert sqlmap.refusal(world, fills) == ""
    for one in found:
        assert one.body is None or one.body, f"{one.name}: an empty body proves nothing"
