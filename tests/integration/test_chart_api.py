"""Charts over the JSON API: made, drawn on, undone, and told of; bad input leaves them untouched."""

from __future__ import annotations

import json
import threading

import pytest

from app.accounts import service as accounts
from app.charts import service
from app.charts.models import Chart, ChartRevision
from app.charts.schemas import ChartIn, OperationsIn
from app.charts.service import charts
from app.core import clock, live
from app.core.db import db, transaction
from app.core.parse import parse
from tests.factories.charts import support, with_minutes

PATH = "/api/charts"
BOTH = ["charts:read", "charts:write"]


@pytest.fixture
def told(monkeypatch):
    """Return what is published."""
    found = []
    monkeypatch.setattr(live, "_publish", lambda message, *_more: found.append(message))
    return found


@pytest.fixture
def owner(engine_app, member):
    """Return the id of a member; there are bars of a symbol."""
    with_minutes()
    return member("dana@example.test")


@pytest.fixture
def call(engine_app, owner, bearer):
    """Return a function that asks with the owner's key."""
    headers, client = bearer(owner, BOTH), engine_app.test_client()

    def ask(method, path="", body=None, **more):
        sent = headers | more.pop("headers", {})
        return client.open(PATH + path, method=method, headers=sent, json=body, **more)

    return ask


@pytest.fixture
def chart(call):
    """Return the id of a chart."""
    return call("POST", body={"document": {"symbol": "AAPL"}}).json["id"]


def rows() -> list[ChartRevision]:
    db.session.rollback()
    db.session.expire_all()
    return db.session.query(ChartRevision).order_by(ChartRevision.version).all()


@pytest.mark.req("S0-3", "S0-6", "S2-56")
def test_a_chart_is_made_drawn_on_read_and_undone(call, owner, told):
    made = call("POST", body={"document": {"symbol": "aapl", "timeframe": "M5"}})
    assert made.status_code == 201, made.text
    chart = made.json
    assert (chart["title"], chart["version"], chart["user_id"]) == ("AAPL M5", 1, owner)
    operations = [
        support(label="floor"),
        {"kind": "add_indicator", "indicator": "rsi"},
        {"kind": "set_chart_type", "chart_type": "line"},
    ]
    drawn = call("POST", f"/{chart['id']}/operations", {"operations": operations, "version": 1})
    assert drawn.status_code == 200, drawn.text
    assert drawn.json["ids"] == ["v2", "v2n1", None]
    document = drawn.json["chart"]["document"]
    assert document["drawings"][0] | {"drawn_at": ""} == {
        "id": "v2", "kind": "support_resistance", "role": "support", "price": "100",
        "label": "floor", "is_proposed": False, "drawn_at": "",
        "by": {"kind": "program", "name": "test"},
    }  # fmt: skip
    assert document["indicators"][0]["settings"]["period"] == 14
    assert call("GET", f"/{chart['id']}").json == drawn.json["chart"]
    revisions = call("GET", f"/{chart['id']}/revisions").json["items"]
    assert [one["kind"] for one in revisions] == ["changed", "created"]
    assert [one["kind"] for one in revisions[0]["operations"]] == [
        "draw_support_resistance", "add_indicator", "set_chart_type",
    ]  # fmt: skip
    undone = call("POST", f"/{chart['id']}/undo", {})
    assert undone.json["document"] == chart["document"]
    assert undone.json["version"] == 3
    assert call("GET", f"/{chart['id']}/revisions").json["items"][1]["is_undone"] is True
    again = call("POST", f"/{chart['id']}/undo", {})
    assert (again.status_code, again.json["code"]) == (409, "nothing_to_undo")
    assert len(told) == 3
    assert all(str(chart["id"]) in json.dumps(one, default=vars) for one in told)


def test_a_read_chart_is_not_sent_twice(call, chart):
    first = call("GET", f"/{chart}")
    again = call("GET", f"/{chart}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    call("POST", f"/{chart}/operations", {"operations": [support()]})
    assert (
        call("GET", f"/{chart}", headers={"If-None-Match": first.headers["ETag"]}).json["version"]
        == 2
    )


@pytest.mark.req("S0-66", "S0-67")
def test_a_model_is_named_and_a_program_is_never_the_member(call, chart, owner):
    asked = {"operations": [support(is_proposed=True)], "model": "claude"}
    drawn = call("POST", f"/{chart}/operations", asked).json["chart"]["document"]["drawings"][0]
    assert drawn["by"] == {"kind": "model", "name": "claude"}
    taken = call(
        "POST", f"/{chart}/operations", {"operations": [{"kind": "take_over", "id": "v2"}]}
    )
    assert (taken.status_code, taken.json["code"]) == (403, "member_only")
    mine = {"kind": "analysis_note", "id": "a", "text": "x", "drawn_at": "2026-05-20T14:00:00Z",
            "by": {"kind": "member"}}  # fmt: skip
    made = call("POST", body={"document": {"symbol": "AAPL", "drawings": [mine]}})
    assert made.json["document"]["drawings"][0]["by"] == {"kind": "program", "name": "test"}
    with transaction():
        accepted = service.apply(
            service.member(owner), chart,
            parse(OperationsIn, {"operations": [{"kind": "take_over", "id": "v2"}]}),
        )  # fmt: skip
    assert accepted.chart.document.drawings[0].is_proposed is False


def test_a_member_undoes_what_a_machine_drew_and_not_the_other_way(call, chart, owner, engine_app):
    own = parse(OperationsIn, {"operations": [support("99")]})
    call("POST", f"/{chart}/operations", {"operations": [support("101")], "model": "claude"})
    with transaction():
        service.apply(service.member(owner), chart, own)
    refused = call("POST", f"/{chart}/undo", {"by": "member"})
    assert (refused.status_code, refused.json["code"]) == (403, "member_only")
    from app.charts.schemas import UndoIn

    with transaction():
        left = service.undo(service.member(owner), chart, UndoIn(by="machine"))
    assert [str(one.price) for one in left.document.drawings] == ["99"]
    with transaction():
        left = service.undo(service.member(owner), chart, UndoIn())
    assert left.document.drawings == []
    assert [one.undoes for one in rows()] == [None, None, None, 2, 3]


def test_what_was_changed_again_is_not_undone(call, chart, owner):
    drawn = call("POST", f"/{chart}/operations", {"operations": [support()], "model": "claude"})
    moved = drawn.json["chart"]["document"]["drawings"][0] | {"price": "101"}
    with transaction():
        asked = {"operations": [{"kind": "move_drawing", "drawing": moved}]}
        service.apply(service.member(owner), chart, parse(OperationsIn, asked))
    found = call("POST", f"/{chart}/undo", {"by": "machine"})
    assert (found.status_code, found.json["code"], found.json["version"]) == (
        409,
        "chart_changed",
        3,
    )


def test_another_version_is_told(call, chart):
    call("POST", f"/{chart}/operations", {"operations": [support()]})
    late = call("POST", f"/{chart}/operations", {"operations": [support("99")], "version": 1})
    assert (late.status_code, late.json["code"], late.json["version"]) == (409, "chart_changed", 2)
    assert call("PATCH", f"/{chart}", {"title": "x", "version": 1}).status_code == 409


BAD_OPERATIONS = [
    (support("-1"), 422, "invalid"),
    (support("1200"), 422, "outside_data"),
    ({"kind": "set_symbol", "symbol": "NOBODY"}, 422, "unknown_symbol"),
    ({"kind": "set_symbol", "symbol": "?"}, 422, "malformed_symbol"),
    ({"kind": "set_symbol", "symbol": "AAPL", "asset_class": "crypto"}, 422, "unknown_symbol"),
    ({"kind": "set_timeframe", "timeframe": "M7"}, 422, "invalid"),
    ({"kind": "add_indicator", "indicator": "sma", "settings": {"period": 0}}, 422, "invalid"),
    ({"kind": "add_analysis_note", "text": "x", "at": {"at": "2126-01-01T00:00:00Z", "price": 100}},
     422, "outside_data"),
    ({"kind": "remove_drawing", "id": "none"}, 404, "not_found"),
    ({"kind": "remove_indicator", "indicator": "rsi"}, 404, "not_found"),
]  # fmt: skip
BAD_DOCUMENTS = [
    ({"symbol": "AAPL", "format": 7}, "bad_document"),
    ({"symbol": "NOBODY"}, "unknown_symbol"),
    ({"symbol": "AAPL", "extra": "x" * 300_000}, "invalid"),
    ({"symbol": "AAPL", "extra": "x" * 5_000_000}, "document_too_large"),
]


@pytest.mark.req("S0-7")
def test_one_bad_operation_leaves_the_chart_untouched(call, chart):
    before = call("GET", f"/{chart}").json
    for operation, status, code in BAD_OPERATIONS:
        asked = [{"kind": "set_chart_type", "chart_type": "line"}, operation]
        found = call("POST", f"/{chart}/operations", {"operations": asked})
        assert (found.status_code, found.json["code"]) == (status, code), found.text
        assert call("GET", f"/{chart}").json == before
    assert len(rows()) == 1


@pytest.mark.req("S0-7")
def test_a_bad_document_makes_no_chart(call):
    for document, code in BAD_DOCUMENTS:
        found = call("POST", body={"document": document})
        assert (found.status_code, found.json["code"]) == (422, code), found.text
    assert db.session.query(Chart).count() == 0


def test_a_symbol_with_daily_bars_alone_has_no_minutes(call, engine_app):
    from app.market import service as market
    from tests.factories.bars import bars_at, us
    from tests.factories.charts import START

    with transaction():
        day = bars_at([us(START)])
        market.store_bars(market.get_instrument("SPY").id, "D1", day, "massive")
    found = call("POST", body={"document": {"symbol": "SPY", "timeframe": "M5"}})
    assert (found.status_code, found.json["code"]) == (422, "unknown_timeframe")
    assert "D1, W1" in found.json["detail"]
    assert call("POST", body={"document": {"symbol": "SPY", "timeframe": "D1"}}).status_code == 201


def test_a_chart_is_renamed_copied_deleted_and_restored(call, chart, member, bearer, engine_app):
    call("POST", f"/{chart}/operations", {"operations": [support()]})
    assert call("PATCH", f"/{chart}", {"title": " Morning "}).json["title"] == "Morning"
    copy = call("POST", body={"copy_of": chart, "title": "Copy"}).json
    assert copy["document"]["drawings"][0]["id"] == "v2"
    assert [one["title"] for one in call("GET").json["items"]] == ["Copy", "Morning"]
    assert call("DELETE", f"/{chart}").status_code == 204
    assert call("GET", f"/{chart}").status_code == 404
    assert [one["id"] for one in call("GET", "?deleted=true").json["items"]] == [chart]
    stranger = bearer(member("other@example.test"), BOTH)
    for path, body in ((f"/{chart}/restore", None), (f"/{copy['id']}/undo", {}),
                       ("", {"copy_of": copy["id"]})):  # fmt: skip
        found = engine_app.test_client().post(PATH + path, headers=stranger, json=body)
        assert (found.status_code, found.json["code"]) == (404, "chart_not_found")
    assert call("POST", f"/{chart}/restore").json["version"] == 5
    assert call("POST", f"/{chart}/restore").json["version"] == 5
    assert call("GET", "?symbol=msft").json["items"] == []


def test_what_was_deleted_long_ago_goes_and_so_do_changes_far_back(call, chart, monkeypatch):
    other = call("POST", body={"copy_of": chart}).json["id"]
    call("DELETE", f"/{chart}")
    assert service.prune() == 0
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + charts.KEEP_DELETED * 1.01)
    assert service.prune() == 1
    assert service.prune() == 0
    assert {one.chart_id for one in rows()} == {other}
    for price in ("99", "100", "101"):
        call("POST", f"/{other}/operations", {"operations": [support(price)]})
    monkeypatch.setattr(charts, "KEEP_REVISIONS", 2)
    service.prune()
    assert [one.version for one in rows()] == [3, 4]


def test_a_request_that_is_sent_again_draws_once(call, chart):
    key = {"Idempotency-Key": "a-line"}
    first = call("POST", f"/{chart}/operations", {"operations": [support()]}, headers=key)
    again = call("POST", f"/{chart}/operations", {"operations": [support()]}, headers=key)
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(call("GET", f"/{chart}").json["document"]["drawings"]) == 1


def test_nobody_has_more_charts_than_the_limit(call, chart, monkeypatch):
    monkeypatch.setattr(charts, "MOST_CHARTS", 1)
    found = call("POST", body={"copy_of": chart})
    assert (found.status_code, found.json["code"]) == (409, "too_many_charts")


def test_a_chart_that_does_not_change_has_no_new_version(call, chart):
    asked = {"operations": [{"kind": "set_timeframe", "timeframe": "M5"}]}
    assert call("POST", f"/{chart}/operations", asked).json["chart"]["version"] == 1


@pytest.mark.req("S0-20")
def test_eight_who_draw_at_once_lose_nothing(engine_app, owner):
    with transaction():
        chart = service.create_chart(service.member(owner), ChartIn(document={"symbol": "AAPL"}))
    errors = []

    def draw(number: int) -> None:
        with engine_app.app_context():
            try:
                for turn in range(4):
                    asked = {"operations": [support(str(100 + number), label=f"{number}-{turn}")]}
                    with transaction():
                        service.apply(service.member(owner), chart.id, parse(OperationsIn, asked))
            except Exception as error:  # pragma: no cover - told below
                errors.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=draw, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    db.session.rollback()
    found = service.get_chart(owner, chart.id)
    assert {one.label for one in found.document.drawings} == {
        f"{number}-{turn}" for number in range(8) for turn in range(4)
    }
    assert found.version == 33
    assert [one.version for one in rows()] == list(range(1, 34))


def test_a_key_is_told_by_its_name_and_a_site_member_is_the_member(engine_app, owner):
    from tests.conftest import SiteCaller

    site = SiteCaller(engine_app)
    site.link(7, owner)
    body = {"document": {"symbol": "AAPL", "indicators": [
        {"id": "i", "kind": "sma", "by": {"kind": "program", "name": "x"}}]}}  # fmt: skip
    raw = json.dumps(body).encode()
    headers = {
        "Authorization": f"Bearer {site.token('POST', PATH, raw, wp_user_id=7, caps=['read'])}",
        "Content-Type": "application/json",
    }
    made = engine_app.test_client().post(PATH, data=raw, headers=headers)
    assert made.status_code == 201, made.text
    assert made.json["document"]["indicators"][0]["by"] == {"kind": "program", "name": "x"}
    assert [one.author_kind for one in rows()] == ["member"]
    assert accounts.list_keys(owner) == []
