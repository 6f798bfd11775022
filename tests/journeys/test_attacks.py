"""SQL, script and forged forms through every door of the real WordPress; nothing gives way."""

from __future__ import annotations

import re
import sqlite3
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
import requests

from app.embed import schemas
from tests.wordpress import run_php

SQL = (
    "' OR '1'='1",
    "1; DROP TABLE users; --",
    '" UNION SELECT secret_encrypted FROM sites --',
    "%' ESCAPE '\\",
    "1) OR pg_sleep(5)--",
    "\\'; ATTACH DATABASE '/tmp/x' AS x; --",
)
SCRIPT = (
    "<script>window.pwned=1</script>",
    '"><img src=x onerror=window.pwned=1>',
    "'><svg/onload=window.pwned=1>",
    "<a href=javascript:window.pwned=1>x</a>",
    "</textarea><iframe srcdoc='<script>parent.pwned=1</script>'>",
    '" onfocus="window.pwned=1" autofocus="',
    "{{7*7}}${7*7}<%= 7*7 %>",
    '<div hx-get="/x" hx-trigger="load[window.pwned=1]" hx-on:click="window.pwned=1">x</div>',
)
ROUTES = {
    "pricing": schemas.Query,
    "performance": schemas.LeaderboardQuery,
    "leaderboard-table": schemas.LeaderboardQuery,
    "marketplace": schemas.MarketplaceQuery,
    "robot-cards": schemas.MarketplaceQuery,
}
SHORTCODES = {
    "trading_robot_performance": (
        "period",
        "kind",
        "strategy",
        "min_trades",
        "sort",
        "rows",
        "part",
    ),
    "trading_robot_marketplace": (
        "strategy",
        "result",
        "evidence",
        "plan",
        "sort",
        "view",
        "robot",
    ),
    "trading_robot_pricing": ("theme",),
    "trading_robot_user_dashboard": ("tab", "range", "theme"),
}
API = "/wp-json/trading-robot-service/v1/fragment/"


class _Finder(HTMLParser):
    """Collects what could run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in {"script", "iframe", "object", "embed", "img", "base", "style", "template"}:
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith(("on", "hx-on", "data-hx-")) or name in {
                "style",
                "srcdoc",
                "formaction",
            }:
                self.found.append(f"{tag} {name}")
            if "javascript:" in (value or "") and name in {"href", "src", "action"}:
                self.found.append(f"{tag} {name}={value}")


def dangers(html: str) -> list[str]:
    """Return the elements and attributes in a fragment that could run code."""
    finder = _Finder()
    finder.feed(html)
    return finder.found


class Member:
    """A signed-in member without a browser."""

    def __init__(self, stack, login) -> None:
        self.session = requests.Session()
        self._stack = stack
        address = f"{stack.wordpress}/wp-login.php"
        self.session.get(address, timeout=20)
        form = {"log": login[0], "pwd": login[1], "testcookie": "1"}
        self.session.post(address, data=form, allow_redirects=False, timeout=20)
        self.nonce = self.session.get(
            f"{stack.wordpress}/wp-admin/admin-ajax.php?action=rest-nonce", timeout=20
        ).text
        assert re.fullmatch(r"[0-9a-f]{10}", self.nonce)

    def send(self, method: str, path: str, nonce: str | None = "own", **options):
        headers = dict(options.pop("headers", {}))
        if nonce:
            headers["X-WP-Nonce"] = self.nonce if nonce == "own" else nonce
        return self.session.request(
            method, self._stack.wordpress + API + path, headers=headers, timeout=30, **options
        )


def census(stack) -> dict[str, int]:
    """Return how many rows each table has that no visit changes."""
    connection = sqlite3.connect(f"file:{stack.data_dir}/service.sqlite3?mode=ro", uri=True)
    names = [
        row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
    ]
    kept = ("users", "sites", "plugins", "api_keys", "trades", "ledger_events", "imports")
    counts = {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
        for name in names
        if name in kept
    }
    connection.close()
    return {**counts, "tables": len(names)}


@pytest.fixture(scope="module")
def member(stack) -> Member:
    return Member(stack, stack.other_member)


@pytest.mark.req("S4-110")
@pytest.mark.parametrize("route", ROUTES)
def test_no_query_of_a_fragment_reaches_the_database_as_sql(stack, route):
    before = census(stack)
    for name in ROUTES[route].model_fields or ("period",):
        for text in SQL:
            answer = requests.get(
                f"{stack.wordpress}{API}{route}", params={f"trp_{name}": text}, timeout=20
            )
            assert answer.status_code == 200, (name, text)
    assert census(stack) == before


@pytest.mark.req("S4-110", "S4-111")
def test_no_path_or_address_of_a_page_does(stack):
    before = census(stack)
    for text in (*SQL, *SCRIPT):
        answer = requests.get(f"{stack.wordpress}{API}robot/{quote(text, safe='')}", timeout=20)
        assert answer.status_code in {400, 404}
        assert dangers(answer.text) == []
        for page, name in (("performance", "strategy"), ("marketplace", "robot")):
            answer = requests.get(
                f"{stack.wordpress}/{page}/", params={f"trp_{name}": text}, timeout=20
            )
            assert answer.status_code == 200
            assert text not in answer.text
    assert census(stack) == before


@pytest.mark.req("S4-110", "S4-111")
def test_no_attribute_of_a_shortcode_does(stack):
    before = census(stack)
    calls = []
    for tag, names in SHORTCODES.items():
        for name in names:
            for text in (*SQL, *SCRIPT):
                value = text.replace("'", "`") if '"' in text else text
                mark = "'" if '"' in value else '"'
                calls.append(f"[{tag} {name}={mark}{value}{mark}]")
    code = "foreach ( json_decode( stream_get_contents( STDIN ), true ) as $call ) { echo do_shortcode( $call ); }"
    html = run_php(stack, code, stdin=calls)
    assert html.count('class="alignwide trading-robot-service"') >= len(calls) * 3 // 4
    for pattern in (
        r"<script",
        r"<img",
        r"<iframe",
        r"<[^>]+\son\w+\s*=",
        r"javascript:",
        r"hx-on",
    ):
        assert not re.search(pattern, html, re.IGNORECASE), pattern
    assert census(stack) == before


@pytest.mark.req("S4-110", "S4-111")
def test_what_a_member_types_is_kept_and_shown_as_text(stack, member, open_page):
    before = census(stack)
    texts = [text[:60] for text in (*SQL, *SCRIPT)]
    for text in texts:
        answer = member.send("POST", "api-keys", data={"name": text, "scopes": "performance:read"})
        assert answer.status_code == 200, text
    after = census(stack)
    assert after["api_keys"] == before["api_keys"] + len(texts)
    assert {**after, "api_keys": 0} == {**before, "api_keys": 0}
    page = open_page("/dashboard/?trp_tab=settings", login=stack.other_member)
    page.wait_for_selector("#api-keys")
    shown = page.inner_text("#api-keys")
    assert all(text in shown for text in texts)
    page.wait_for_timeout(500)
    assert page.evaluate("window.pwned") is None
    assert (
        page.locator("#api-keys").locator("script, img, iframe, [onfocus], [hx-on\\:click]").count()
        == 0
    )
    # A member may have twenty, and other journeys need some.
    html = member.send("GET", "api-keys").text
    for key_id in re.findall(r"/embed/api-keys/(\d+)/revoke", html):
        assert member.send("POST", f"api-keys/{key_id}/revoke").status_code == 200


@pytest.mark.req("S4-110", "S4-111")
def test_neither_does_what_stands_in_a_file(stack, member, open_page):
    before = census(stack)
    header = "external_id,executed_at,symbol,side,qty,price,fee,currency\n"
    for text in (*SQL, *SCRIPT):
        cell = '"' + text.replace('"', '""') + '"'
        rows = header + f"x1,2026-03-02T15:00:00Z,{cell},buy,10,100,1,USD\n"
        rows += f"{cell},2026-03-02T15:00:00Z,AAPL,{cell},1,{cell},1,USD\n"
        answer = member.send(
            "POST",
            "imports",
            files={"file": (f"{text}.csv", rows)},
            data={"plugin_id": text},
        )
        assert answer.status_code in {200, 422}, (text, answer.status_code)
        assert dangers(answer.text) == [], text
    after = census(stack)
    assert {**after, "imports": 0} == {**before, "imports": 0}


@pytest.mark.req("S4-112")
def test_a_forged_form_changes_nothing(stack, member):
    other = Member(stack, stack.member)
    public = requests.get(f"{stack.wordpress}/dashboard/", timeout=20)
    assert "nonce=" not in public.text
    wrong_action = run_php(
        stack,
        "wp_set_current_user( get_user_by( 'login', 'demo2' )->ID ); echo wp_create_nonce( 'other' );",
    )
    posts = {
        "api-keys": {"name": "forged", "scopes": "ledger:write"},
        "imports": {"plugin_id": "journal"},
        "imports/1/start": {},
        "imports/1/cancel": {},
        "accounts/1/opening": {"amount": "1"},
        "api-keys/1/revoke": {},
        "public-name": {"name": "Forged"},
        "public-name/withdraw": {},
        "reports": {"robot": "ma_cross", "reason": "other", "text": "forged"},
    }
    before = census(stack)
    for path, form in posts.items():
        for nonce, status in (
            (None, {401}),
            ("", {401}),
            ("0123456789", {403}),
            (other.nonce, {403}),
            (wrong_action, {403}),
        ):
            answer = member.send("POST", path, nonce, data=form)
            assert answer.status_code in status, (path, nonce, answer.status_code)
        answer = member.send("POST", path, data=form, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403, path
        answer = member.send("GET", path + "?_method=POST", None)
        assert answer.status_code in {401, 404}, path
        plain = requests.post(stack.wordpress + API + path, data=form, timeout=20)
        assert plain.status_code == 401, path
    assert census(stack) == before


@pytest.mark.req("S4-112")
def test_another_site_cannot_read_the_nonce(stack, member):
    answer = member.session.get(
        f"{stack.wordpress}/wp-admin/admin-ajax.php?action=rest-nonce",
        headers={"Origin": "https://evil.example"},
        timeout=20,
    )
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert (
        "no-store" in answer.headers.get("Cache-Control", "")
        or "no-cache" in answer.headers["Cache-Control"]
    )
