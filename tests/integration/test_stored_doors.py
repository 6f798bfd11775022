"""Markup sent through every door that takes a text: refused by name, or shown as text everywhere."""

from __future__ import annotations

import io
from collections import defaultdict

import pytest
from werkzeug.datastructures import FileStorage

from tests.factories import tenants
from tests.factories.tenants import Body, by_browser, by_key, by_site
from tests.integration.route_matrix import CALLERS, rows
from tests.integration.test_stored_markup import WHO, Finder, address

HEAD = "external_id,executed_at,symbol,side,qty,price,fee,currency\n"
ATTACKS = (
    "<script>pwn()</script>",
    '" onfocus=pwn() autofocus x="',
    "' onmouseover='pwn()",
    "</td></table><svg/onload=pwn()>",
    "<div hx-get=/embed/x hx-trigger=load hx-on:click=pwn()>",
    "<a href='javascript:pwn()'>pwn()</a>",
    "</textarea><iframe srcdoc='<script>parent.pwn()</script>'>",
    "{{7*7}}${7*7}<%= 7*7 %>pwn()",
    "&lt;img src=x onerror=pwn()&gt;",
    "<img src=x onerror=pwn()>",
)
FILL = {"external_id": "x-1", "executed_at": "2026-05-20T14:00:00Z", "symbol": "AAPL", "side": "buy",
        "qty": "1", "price": "10"}  # fmt: skip
MEMBER, ADMIN = by_site("a", 7, "read"), by_site("a", 1, "read", "manage_options")
BROWSER = by_browser("ada")


def key(scope):
    return by_key("ada", scope)


def csv(text):
    row = f'"{text.replace(chr(34), chr(34) * 2)}",2026-05-20T14:00:00Z,AAPL,buy,1,10,0,USD\n'
    # A quote would end the name in the form itself, before anybody reads it.
    name = text.replace('"', "'")
    return FileStorage(io.BytesIO((HEAD + row).encode()), f"{name}.csv")


def broker(text):
    return {"broker": "alpaca", "name": text, "account_type": "paper",
            "api_key": f"PK{abs(hash(text)):0>18}"[:20], "secret_key": "s" * 32}  # fmt: skip


# Every door that takes a text of a person, a program, a site or an administrator.
DOORS = {
    "a fill's note": (key("ledger:write"), "POST", "/api/ledger/fills",
        lambda text: Body({"plugin_id": "mine", "fills": [{**FILL, "note": text}]})),
    "a fill's id": (key("ledger:write"), "POST", "/api/ledger/fills",
        lambda text: Body({"plugin_id": "mine", "fills": [{**FILL, "external_id": text}]})),
    "a robot's id": (key("ledger:write"), "POST", "/api/ledger/fills",
        lambda text: Body({"plugin_id": text, "fills": [FILL]})),
    "a user's name": (key("profile:write"), "PUT", "/api/users/me",
        lambda text: Body({"username": text})),
    "a webhook": (key("webhooks:write"), "POST", "/api/webhooks",
        lambda text: Body({"url": "http://127.0.0.1:9/x", "description": text})),
    "a webhook's address": (key("webhooks:write"), "POST", "/api/webhooks",
        lambda text: Body({"url": f"http://127.0.0.1:9/{text}"})),
    "a broker": (key("trading"), "POST", "/api/trading-accounts", lambda text: Body(broker(text))),
    "a key in the dashboard": (MEMBER, "POST", "/embed/api-keys",
        lambda text: Body(form={"name": text, "scopes": "ledger:read"})),
    "a public name": (MEMBER, "POST", "/embed/public-name", lambda text: Body(form={"name": text})),
    "a report": (MEMBER, "POST", "/embed/reports",
        lambda text: Body(form={"robot": "ma_cross", "reason": "other", "text": text})),
    "a webhook in the dashboard": (MEMBER, "POST", "/embed/webhooks",
        lambda text: Body(form={"url": "http://127.0.0.1:9/y", "description": text})),
    "a broker in the dashboard": (MEMBER, "POST", "/embed/broker-accounts",
        lambda text: Body(form=broker(f"{text} 2"))),
    "a file and its name": (MEMBER, "POST", "/embed/imports",
        lambda text: Body(form={"file": csv(text), "plugin_id": "mine"})),
    "a shelf's title": (ADMIN, "PUT", "/api/admin/robots/ma_cross",
        lambda text: Body({"title": text, "summary": text}, headers={"If-Match": '"1"'})),
    "an answer": (ADMIN, "POST", "/api/admin/moderation/1/decision",
        lambda text: Body({"decision": "approve", "note": text})),
    "a site's name": (ADMIN, "PUT", "/api/wordpress/site",
        lambda text: Body({"site_url": "https://a.example", "site_name": text, "pages": {}})),
    "a newcomer's name": (by_site("a", 99, "read"), "POST", "/api/wordpress/users",
        lambda text: Body({"wp_user_id": 99, "email": "new@example.test", "username": text})),
    "a browser's name": (BROWSER, "POST", "/account/sign-in",
        lambda text: Body(form={"email": text, "password": text}, headers={"User-Agent": text})),
}  # fmt: skip
# These take a text as it is; the others may refuse markup by name.
KEEP = {
    "a fill's note", "a user's name", "a webhook", "a broker", "a key in the dashboard",
    "a file and its name", "a site's name",
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory, migrated_database):
    """Return two sites with their members."""
    made = tenants.build(tmp_path_factory.mktemp("doors"), migrated_database)
    with made.app.app_context():
        yield made


def through_the_commands(world, folder, text) -> None:
    """Send a text through the operator's commands, as an administrator's script might."""
    run = world.app.test_cli_runner().invoke
    made = run(args=["accounts", "create-key", "zqada@example.test", "--name", text[:60]])
    assert made.exit_code in {0, 1}, made.output
    assert run(args=["sites", "create-code", "--name", text]).exit_code in {0, 1}
    name = text.replace("/", "|")[:100]
    (folder / f"{name}.csv").write_bytes(csv(text).stream.read())
    args = ["ledger", "import", str(folder / f"{name}.csv"), "--owner", "zqada@example.test"]
    assert run(args=[*args, "--plugin", "mine"]).exit_code in {0, 1, 2}


def look_at_all_pages(world) -> int:
    """Return how many pages show what was sent; fail where one would run it."""
    shown = 0
    callers = [caller for caller in CALLERS if caller.name in WHO]
    for row in rows():
        if row.method != "GET" or not row.address.startswith(("/embed/", "/account/")):
            continue
        for caller in callers:
            answer = caller.send(world, "GET", address(world, row, caller), Body())
            assert answer.status_code < 500, (row.name, caller.name)
            page = answer.get_data(as_text=True)
            answer.close()
            finder = Finder()
            finder.feed(page)
            assert finder.found == [], (row.name, caller.name)
            shown += "pwn()" in page
    return shown


@pytest.mark.req("S4-111")
@pytest.mark.parametrize("text", ATTACKS)
def test_no_text_that_comes_through_a_door_runs_on_a_page(world, tmp_path, text):
    world.restore()
    taken = defaultdict(list)
    for name, (send, method, target, body) in DOORS.items():
        answer = send(world, method, target, body(text))
        page = answer.get_data(as_text=True)
        assert answer.status_code < 500, (name, page[:300])
        taken[answer.status_code < 400].append(name)
        if answer.mimetype == "text/html":
            finder = Finder()
            finder.feed(page)
            assert finder.found == [], (name, answer.status_code)
        else:
            assert answer.mimetype in {"application/json", "application/problem+json"}, name
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert set(taken[True]) >= KEEP, set(KEEP) - set(taken[True])
    through_the_commands(world, tmp_path, text)
    assert look_at_all_pages(world) >= 4, "what was kept is on pages at all"
