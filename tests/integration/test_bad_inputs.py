"""Bad input of every class through every door: refused by name, or kept and shown as plain text.

Nothing is half done: where a request is refused, no table has changed.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from werkzeug.test import Client

from app.core.db import db
from app.ledger import service as ledger
from tests.factories.bad_inputs import FILES, HEAD, NUMBERS, SYMBOLS_GOOD, TEXTS, TIMES
from tests.fuzzing import ADMIN, World

FILL = {
    "external_id": "x1", "executed_at": "2026-05-20T13:30:00Z", "symbol": "AAPL", "side": "buy",
    "qty": "1", "price": "10",
}  # fmt: skip
# What a refused request leaves behind on purpose: a line of the log, the token that was used up.
NOTED = {"log_entries", "used_tokens"}
FORTY = 40
RUNNING = {"script", "svg", "iframe", "object", "embed", "math", "style", "img", "base"}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    found = World(tmp_path_factory.mktemp("bad"))
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _as_it_was(world):
    yield
    world.restore()


@pytest.fixture
def api(world):
    client = Client(world.door("key"))

    def ask(method, path, body=None, **more):
        headers = {"If-Match": '"0"'} if method == "PUT" else {}
        return client.open(path, method=method, json=body, headers=headers, **more)

    return ask


@pytest.fixture
def form(world):
    def post(path, **fields):
        return world.site.post(
            f"/embed/{path}",
            data=urlencode(fields).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            wp_user_id=ADMIN,
            caps=["read"],
        )

    return post


def counts(world):
    names = [table.name for table in db.metadata.sorted_tables if table.name not in NOTED]
    asked = " UNION ALL ".join(f"SELECT '{name}', COUNT(*) FROM {name}" for name in names)
    with contextlib.closing(sqlite3.connect(world.database)) as connection:
        return dict(connection.execute(asked).fetchall())


class Tags(HTMLParser):
    """Collects what a browser would take for elements and attributes."""

    def __init__(self, html):
        super().__init__()
        self.names, self.attributes = set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def shape(html):
    found = Tags(html)
    return found.names, found.attributes


def test_each_class_has_its_cases():
    for name in ("xss", "sql", "paths", "lines", "ssrf", "redirects", "formulas"):
        assert len(set(TEXTS[name])) >= FORTY, name
    assert len(FILES) >= FORTY
    assert len({*NUMBERS, *TIMES}) >= FORTY


JSON_DOORS = {
    "key name": ("POST", "/api/keys", lambda value: {"name": value, "scopes": ["ledger:read"]}, "name"),
    "user name": ("PUT", "/api/users/me", lambda value: {"username": value}, "username"),
    "robot": ("POST", "/api/ledger/fills", lambda value: {"plugin_id": value, "fills": [FILL]}, "plugin_id"),
    "kind": ("POST", "/api/ledger/fills", lambda value: {"plugin_id": "x", "kind": value, "fills": [FILL]}, "kind"),
    "balance": ("PUT", "/api/ledger/accounts/1/opening", lambda value: {"starting_balance": value}, "starting_balance"),
    "webhook": ("POST", "/api/webhooks", lambda value: {"url": value}, "url"),
    "webhook text": ("PATCH", "/api/webhooks/1", lambda value: {"description": value}, "description"),
}  # fmt: skip


@pytest.mark.req("S4-109")
@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("door", JSON_DOORS)
def test_a_field_of_json_refuses_by_name_or_keeps_the_text(world, api, door, kind):
    method, path, body, field = JSON_DOORS[door]
    before = counts(world)
    for value in TEXTS[kind]:
        answer = api(method, path, body(value))
        assert answer.status_code < 500, (value, answer.text)
        if answer.status_code >= 400:
            assert answer.status_code in {409, 422}, (value, answer.text)
            assert answer.content_type == "application/problem+json"
            if answer.status_code == 422:
                pointers = [each["pointer"] for each in answer.json["errors"]]
                assert any(pointer.startswith(f"/{field}") for pointer in pointers), value
            assert counts(world) == before, value
        else:
            assert door != "webhook" or "evil.example" in value, value
            world.restore()


@pytest.mark.req("S4-109", "S4-110")
@pytest.mark.parametrize("kind", TEXTS)
def test_an_item_of_a_batch_is_refused_by_field_or_kept_as_text(world, api, kind):
    for field in ("external_id", "symbol", "note", "currency", "side", "asset_class", "kind"):
        fills = [
            {**FILL, "external_id": f"{field}{number}", field: value}
            for number, value in enumerate(TEXTS[kind])
        ]
        answer = api("POST", "/api/ledger/fills", {"plugin_id": "ma_cross", "fills": fills})
        assert answer.status_code == 200, answer.text
        for fill, result in zip(fills, answer.json["results"], strict=True):
            if result["status"] == "refused":
                assert result["field"] == field, (fill, result)
                assert result["reason"]
        if field == "external_id":
            for sign, rest in (("~", "x"), ("", "")):
                again = {**FILL, "external_id": sign + rest}
                body = {"plugin_id": "ma_cross", "fills": [again]}
                assert api("POST", "/api/ledger/fills", body).json["refused"] == 1


@pytest.mark.req("S4-110")
@pytest.mark.parametrize("kind", ["sql", "paths", "unicode", "lines"])
def test_a_query_refuses_by_name_or_finds_what_it_says(world, api, kind):
    before = counts(world)
    queries = [
        ("/api/ledger/trades", "cursor"), ("/api/ledger/trades", "account_id"),
        ("/api/performance/1/daily", "kind"), ("/api/performance/1/daily", "date"),
        ("/api/performance/public/leaderboard", "plugin_id"),
        ("/api/performance/public/leaderboard", "sort"),
    ]  # fmt: skip
    for path, name in queries:
        for value in TEXTS[kind]:
            answer = api("GET", path, query_string={name: value})
            assert answer.status_code in {200, 422}, (path, name, value, answer.text)
            if answer.status_code == 422:
                assert answer.json["errors"][0]["pointer"] == f"/{name}", (value, answer.text)
            elif name == "plugin_id":
                assert answer.json["items"] == [], value
    assert counts(world) == before


@pytest.mark.parametrize("kind", ["sql", "paths", "unicode", "xss"])
def test_a_search_among_members_finds_only_what_holds_the_text(world, kind):
    door = Client(world.door("site"))
    for value in TEXTS[kind]:
        answer = door.get("/api/admin/members", query_string={"search": value})
        assert answer.status_code in {200, 422}, (value, answer.text)
        if answer.status_code == 200 and value.strip():
            for member in answer.json["items"]:
                shown = f"{member['username']} {member['email']} {member['pseudonym']}".lower()
                assert value.strip().lower() in shown, (value, member)


def test_a_path_never_leads_elsewhere(world, api):
    for value in TEXTS["paths"] + TEXTS["sql"]:
        for path in (f"/api/performance/1/plugin/{value}/daily", f"/api/keys/{value}"):
            answer = Client(world.door("key")).open(path, method="GET")
            assert answer.status_code in {200, 308, 404, 405, 422}, (path, answer.text)
            assert b"root:" not in answer.data
            if answer.status_code == 200 and path.startswith("/api/performance/"):
                assert answer.json["metrics"]["trade_count"] == 0


FORMS = {
    "key": ("api-keys", lambda value: {"name": value}),
    "public name": ("public-name", lambda value: {"name": value}),
    "report": (
        "reports",
        lambda value: {"robot": "ma_cross", "reason": "other", "text": f"{value} and more text"},
    ),
    "webhook": ("webhooks", lambda value: {"url": value}),
}


@pytest.mark.req("S4-109")
@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("door", FORMS)
def test_a_form_shows_what_was_typed_as_text_only(world, form, door, kind):
    path, fields = FORMS[door]
    plain = form(path, **fields("Plain words"))
    assert plain.status_code in {200, 422}
    ours = shape(plain.text)[0]
    for value in TEXTS[kind]:
        world.restore()
        before = counts(world)
        answer = form(path, **fields(value))
        assert answer.status_code in {200, 422}, (value, answer.text)
        found, said = shape(answer.text)
        assert not (found - ours) & RUNNING, value
        assert not {each for each in said if each.startswith("on")}, value
        if answer.status_code == 422:
            assert counts(world) == before, value


@pytest.fixture
def upload(world):
    def send(content, name="fills.csv", plugin_id="journal"):
        body = (
            b'--xx\r\nContent-Disposition: form-data; name="plugin_id"\r\n\r\n'
            + plugin_id.encode()
            + b'\r\n--xx\r\nContent-Disposition: form-data; name="file"; filename="'
            + name.encode()
            + b'"\r\nContent-Type: text/csv\r\n\r\n'
            + content
            + b"\r\n--xx--\r\n"
        )
        return world.site.post(
            "/embed/imports",
            data=body,
            headers={"Content-Type": "multipart/form-data; boundary=xx"},
            wp_user_id=ADMIN,
            caps=["read"],
        )

    return send


def outcome(world, answer):
    """Return how many rows of an uploaded file are kept; None when the file itself is refused."""
    assert answer.status_code in {200, 422}, answer.text
    found = re.search(r'/embed/imports/(\d+)/start"', answer.text) or re.search(
        r"imports/(\d+)/start", answer.text
    )
    if found is None:
        return None
    with world.app.app_context():
        user_id = world.ids["user_id"]
        ledger.start_import(user_id, int(found[1]))
        ledger.run_import(int(found[1]))
        done = ledger.get_import(user_id, int(found[1]))
        db.session.remove()
        return done.created_count


@pytest.mark.req("S4-109")
@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_or_refused_as_a_whole(world, upload, name):
    content, may_be_kept = FILES[name]
    before = counts(world)
    kept = outcome(world, upload(content))
    if may_be_kept is False:
        assert not kept
        # A preview whose rows are all refused is shown; nothing of it goes into the ledger.
        after = counts(world)
        previews = {"imports", "import_contents"}
        if kept is None:
            assert {name for name in after if after[name] != before[name]} <= previews
    elif may_be_kept:
        assert kept == 1


@pytest.mark.parametrize(
    ("column", "values"), [("qty", NUMBERS), ("price", NUMBERS), ("executed_at", TIMES)]
)
def test_a_wrong_cell_keeps_its_row_out_and_the_others_in(world, upload, column, values):
    names = HEAD.split(",")
    rows = []
    for number, value in enumerate(values):
        row = dict(
            zip(
                names,
                f"a{number},2025-03-03T15:00:00Z,NVDA,buy,2,100,1,USD".split(","),
                strict=True,
            )
        )
        row[column] = value if "," not in value else f'"{value}"'
        rows.append(",".join(row[name] for name in names))
    rows.append("good,2025-03-03T15:00:00Z,NVDA,buy,2,100,1,USD")
    kept = outcome(world, upload("\n".join([HEAD, *rows]).encode()))
    assert kept is not None
    assert kept < len(values) / 2
    assert kept >= 1


def test_every_form_of_a_symbol_is_taken(api):
    fills = [
        {**FILL, "external_id": f"symbol-{number}", "symbol": symbol}
        for number, symbol in enumerate(SYMBOLS_GOOD)
    ]
    answer = api("POST", "/api/ledger/fills", {"plugin_id": "ma_cross", "fills": fills})
    assert answer.json["created"] == len(SYMBOLS_GOOD), answer.text


WRONG_BODIES = [
    b"", b" ", b"null", b"[]", b"1", b'"x"', b"true", b"{", b"}", b"{]", b"[" * 100_000,
    b'{"a":' * 100_000, b'{"name": "a", "name": "b"}', b'{"name": NaN}', b'{"name": Infinity}',
    b'{"name": "\\ud800"}', b'{"name": "\xff"}', b"\xef\xbb\xbf{}", b"{'name': 'x'}",
    b'{"name": "x",}', b'{"name": "x"} {}', b'{"name": ["x"]}', b'{"name": {"a": 1}}',
    b'{"name": 1}', b'{"name": null}', b'{"name": true}', b'{"name": ""}', b"{}",
    b'{"name": "' + b"a" * 1_000_000 + b'"}', b'{"\\u0000": 1}', b'{"__proto__": {}}',
    b'{"name": "x", "role": "admin"}', b'{"name": "x", "is_admin": true}',
    b'{"name": "x", "site_id": "site_1"}', b'{"name": "x", "user_id": 2}',
    b'{"name": "x", "plan": "premium"}', b'{"name": "x", "subscription_tier": "premium"}',
    b'{"name": "x", "scopes": "admin"}', b'{"name": "x", "scopes": ["root"]}', b"name=x",
]  # fmt: skip


@pytest.mark.req("S4-109")
@pytest.mark.parametrize("path", ["/api/keys", "/api/webhooks", "/api/ledger/fills"])
def test_a_wrong_body_changes_nothing(world, path):
    client, before = Client(world.door("key")), counts(world)
    for body in WRONG_BODIES:
        answer = client.post(path, data=body, content_type="application/json")
        assert answer.status_code == 422, (body[:100], answer.text[:300])
        assert answer.json["detail"]
        assert len(answer.data) < 5000, body[:100]
    assert counts(world) == before


@pytest.mark.parametrize(
    ("body", "answered"),
    [({"username": "Ada", "role": "admin"}, 422), ({"username": "Ada", "subscription_tier": "premium"}, 422),
     ({"username": "Ada", "email": "x@example.com"}, 422), ({"username": "Ada"}, 200)],
)  # fmt: skip
def test_nobody_gives_themselves_more(api, body, answered):
    assert api("PUT", "/api/users/me", body).status_code == answered
