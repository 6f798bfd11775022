"""The administrators' screens: only their own site's rows, safely repeated, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.accounts import service as accounts
from app.core import clock, logbook
from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.schemas import FillIn
from app.moderation import service as moderation
from app.moderation.schemas import NameIn, ReportIn
from app.robots import service as robots
from tests.conftest import SiteCaller

CAPS = ["read", "manage_options"]
BOSS = 1
MEMBER = 7


@pytest.fixture
def other_site(app):
    return SiteCaller(app, "https://other.example")


@pytest.fixture
def owner(site, member):
    """A member of the first site."""
    user_id = member("owner@example.test")
    site.link(MEMBER, user_id)
    return user_id


def ask(site, target, method="GET", **options):
    return site.request(method, f"/api/admin{target}", wp_user_id=BOSS, caps=CAPS, **options)


def member_id(site):
    return ask(site, "/members").json["items"][0]["id"]


def present(site, robot="ma_cross", version=0, **body):
    headers = {"If-Match": f'"{version}"'}
    return ask(site, f"/robots/{robot}", "PUT", json=body, headers=headers)


@pytest.fixture
def case(site, owner):
    """A name that waits for the first site's administrators."""
    with transaction():
        return moderation.ask_for_name(site.site_id, owner, NameIn(name="Ada Lovelace")).id


@pytest.fixture
def calls(app, site, case):
    """Every route of the administrators, each with something of the first site in its address."""
    with transaction():
        robots.sync_catalogue()
    number = member_id(site)
    body = {"decision": "approve", "note": ""}
    setting = {"name": "own_site_day", "value": "3"}
    given = {"overview": ("GET", "/overview", {}), "members": ("GET", "/members", {})}
    given |= {
        "member": ("GET", f"/members/{number}", {}),
        "disable_member": ("POST", f"/members/{number}/disable", {}),
        "enable_member": ("POST", f"/members/{number}/enable", {}),
        "robots": ("GET", "/robots", {}),
        "robot": ("GET", "/robots/ma_cross", {}),
        "present_robot": (
            "PUT", "/robots/ma_cross", {"json": {"title": "T"}, "headers": {"If-Match": '"0"'}},
        ),
        "moderation": ("GET", "/moderation", {}),
        "decide": ("POST", f"/moderation/{case}/decision", {"json": body}),
        "logs": ("GET", "/logs", {}),
        "business": ("GET", "/business", {}),
        "business_rows": ("GET", "/business/sign_ups", {}),
        "business_file": ("GET", "/business/sign_ups/file", {}),
        "audit": ("GET", "/audit", {}),
        "ai_usage": ("GET", "/ai", {}),
        "ai_runs": ("GET", "/ai/runs", {}),
        "ai_runs_file": ("GET", "/ai/runs/file", {}),
        "ai_settings": ("GET", "/ai/settings", {}),
        "ai_change_setting": ("POST", "/ai/settings", {"json": setting}),
    }  # fmt: skip
    routes = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "/api/admin" in rule.rule
        # Those of the operator's own site alone: test_admin_money.py.
        and app.view_functions[rule.endpoint].auth_decision == "site_admin"
    }
    assert routes == {f"admin_api.{name}" for name in given}
    return given


def test_nobody_but_an_administrator_of_a_site_is_answered(app, site, calls, owner, bearer):
    client = app.test_client()
    for name, (method, path, options) in calls.items():
        target = f"/api/admin{path}"
        assert client.open(target, method=method).status_code == 401, name
        visitor = site.request(method, target, **options)
        assert visitor.status_code == 403, name
        plain = site.request(method, target, wp_user_id=MEMBER, caps=["read"], **options)
        assert plain.status_code == 403, name
        sent = {**options.get("headers", {}), **bearer(owner)}
        with_key = client.open(target, method=method, json=options.get("json"), headers=sent)
        assert with_key.status_code == 401, name
        assert ask(site, path, method, **options).status_code == 200, name


def test_another_site_neither_sees_nor_changes_what_is_not_its_own(site, other_site, calls, owner):
    present(site, title="Ours")
    site.get("/embed/nothing-here")
    before = {path: ask(site, path).json for path in ("/members", "/robots", "/moderation")}
    for name in ("member", "disable_member", "enable_member", "decide"):
        method, path, options = calls[name]
        assert ask(other_site, path, method, **options).status_code == 404, name
    assert ask(other_site, "/members").json["items"] == []
    assert ask(other_site, "/members?search=owner").json["items"] == []
    assert ask(other_site, "/moderation").json["items"] == []
    assert ask(other_site, "/moderation?state=decided").json["items"] == []
    assert ask(other_site, "/robots/ma_cross").json["title"] is None
    assert present(other_site, title="Theirs", is_hidden=True).status_code == 200
    figures = ask(other_site, "/overview").json
    assert (figures["members"]["total"], figures["open_cases"]) == (0, 0)
    assert {path: ask(site, path).json for path in before} == before


def test_the_overview_counts_members_fills_errors_and_jobs(site, other_site, owner, member, case):
    other = member("other@example.test")
    other_site.link(MEMBER, other)
    for user_id in (owner, other):
        fill(user_id, clock.now(), "today")
        fill(user_id, clock.now() - timedelta(days=3), "before")
    site.get("/embed/dashboard", wp_user_id=MEMBER, caps=["read"])
    found = ask(site, "/overview").json
    assert found["members"] == {
        "total": 1, "new_this_week": 1, "active_today": 1, "disabled": 0,
    }  # fmt: skip
    assert found["fills_today"] == 1
    assert [day["fills"] for day in found["fills"]].count(1) == 2
    assert len(found["fills"]) == 14
    assert found["fills"][-1]["day"] == found["today"]
    assert found["open_cases"] == 1
    assert found["errors"] == 0
    assert found["jobs"]["redis"] == "down"
    assert found["jobs"]["waiting"] > 0  # the fills wait to be counted


def fill(user_id, at, name):
    with transaction():
        book = ledger.open_account(user_id, "journal", "journal")
        given = FillIn(name, at.isoformat(), "NVDA", "buy", "1", "100", "0", "USD")
        assert ledger.record_fills(book.id, [given], source="api")[0].status == "created"


def test_members_are_paged_searched_and_filtered(site, member):
    for number in range(5):
        site.link(number + 10, member(f"m{number}@example.test"))
    first = ask(site, "/members?limit=2").json
    second = ask(site, f"/members?limit=2&cursor={first['next_cursor']}").json
    third = ask(site, f"/members?limit=2&cursor={second['next_cursor']}").json
    numbers = [item["wp_user_id"] for page in (first, second, third) for item in page["items"]]
    assert numbers == [14, 13, 12, 11, 10]
    assert third["next_cursor"] is None
    found = ask(site, "/members?search=M3%40example").json["items"]
    assert [item["wp_user_id"] for item in found] == [13]
    # A percent sign is a character and no wildcard.
    assert ask(site, "/members?search=%25").json["items"] == []
    assert ask(site, "/members?state=disabled").json["items"] == []
    assert ask(site, "/members?limit=0").status_code == 422
    assert ask(site, "/members?colour=red").status_code == 422


def test_a_member_is_shut_out_of_this_site_only(site, other_site, owner, bearer):
    other_site.link(3, owner)
    number = member_id(site)
    for _ in range(2):
        answer = ask(site, f"/members/{number}/disable", "POST")
        assert (answer.status_code, answer.json["is_disabled"]) == (200, True)
    refused = site.get("/embed/dashboard", wp_user_id=MEMBER, caps=["read"])
    assert refused.status_code == 403
    assert refused.headers["X-TRP-Code"] == "account_disabled"
    assert other_site.get("/embed/dashboard", wp_user_id=3, caps=["read"]).status_code == 200
    assert site.app.test_client().get("/api/me", headers=bearer(owner)).status_code == 200
    assert [m["is_disabled"] for m in ask(site, "/members?state=disabled").json["items"]] == [True]
    for _ in range(2):
        assert ask(site, f"/members/{number}/enable", "POST").json["is_disabled"] is False
    assert site.get("/embed/dashboard", wp_user_id=MEMBER, caps=["read"]).status_code == 200


def test_an_administrator_who_is_no_member_gets_no_account_by_looking(site):
    assert ask(site, "/overview").status_code == 200
    assert ask(site, "/members").json["items"] == []


def test_the_detail_of_a_member_tells_how_much_and_no_money(site, owner, case):
    fill(owner, clock.now(), "one")
    found = ask(site, f"/members/{member_id(site)}").json
    assert found["fills_today"] == found["fills_in_14_days"] == 1
    assert found["robots"][0]["plugin_id"] == "journal"
    assert found["public_name"]["subject"] == "Ada Lovelace"
    assert not {"total_pnl", "equity", "balance"} & set(str(found).replace("'", " ").split())


# --- The shelf ---


@pytest.fixture
def shelf(site):
    with transaction():
        robots.sync_catalogue(demo=True)
    return site


def test_a_site_presents_robots_in_its_own_words(shelf, other_site):
    answer = present(
        shelf, title="Slow and Plain", summary="Ours to tell.", is_featured=True, position=1
    )
    assert (answer.status_code, answer.json["version"]) == (200, 1)
    assert answer.headers["ETag"] == '"1"'
    assert answer.json["facts"]["name"] == "Moving Average Cross"
    page = shelf.get("/embed/marketplace").text
    assert "Slow and Plain" in page
    assert "Ours to tell." in page
    assert "Moving Average Cross" not in page
    # Featured comes first, though it has no record at all.
    assert page.index("Slow and Plain") < page.index("Gap Fade")
    assert page.index("Gap Fade") < shelf.get("/embed/marketplace?sort=name").text.index("Slow")
    assert "Moving Average Cross" in other_site.get("/embed/marketplace").text
    assert present(shelf, version=1).json["title"] is None
    assert "Moving Average Cross" in shelf.get("/embed/marketplace").text


def test_a_hidden_robot_leaves_the_shelf_and_no_board(shelf, other_site, member):
    rank_a_record(member("ranked@example.test"))
    assert present(shelf, "gap_fade", is_hidden=True).status_code == 200
    for path in ("/embed/marketplace", "/embed/robot-cards"):
        assert "Gap Fade" not in shelf.get(path).text
    for path in ("/embed/robot/gap_fade", "/embed/marketplace?robot=gap_fade"):
        assert shelf.get(path).status_code == 404
        assert other_site.get(path).status_code == 200
    board = shelf.get("/embed/leaderboard-table").text
    assert "Gap Fade" in board
    assert "trp_robot=gap_fade" not in board
    assert "trp_robot=gap_fade" in other_site.get("/embed/leaderboard-table").text
    assert "Gap Fade" in str(ask(shelf, "/robots").json)


def rank_a_record(user_id):
    from app.performance import service as performance

    begin = clock.now() - timedelta(days=5)
    with transaction():
        book = ledger.open_account(
            user_id, "gap_fade", "paper", starting_balance=1000, is_ranked=True
        )
        fills = [
            FillIn(side, (begin + timedelta(hours=late)).isoformat(), "NVDA", side, "1", "100", "0", "USD")
            for late, side in enumerate(("buy", "sell"))
        ]  # fmt: skip
        ledger.record_fills(book.id, fills, source="api")
    performance.rebuild()


def test_two_administrators_do_not_undo_one_another(shelf):
    assert present(shelf, summary="First.").status_code == 200
    late = present(shelf, summary="Second.")
    assert (late.status_code, late.json["code"]) == (409, "changed_meanwhile")
    assert late.json["current"]["summary"] == "First."
    # The same once more is no conflict: an answer that was lost may be asked for again.
    assert present(shelf, summary="First.").json["version"] == 1
    assert present(shelf, version=1, summary="Second.").json["version"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {"title": "<b>bold</b>"},
        {"summary": "x" * 401},
        {"summary": ""},
        {"title": "a\u202eb"},
        {"title": "two\nlines"},
        {"position": 1000},
        {"is_hidden": "yes"},
        {"fee": "0"},
    ],
    ids=str,
)
@pytest.mark.req("S4-109")
def test_a_presentation_is_short_plain_text(shelf, body):
    answer = present(shelf, **body)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == f"/{next(iter(body))}"


def test_a_change_names_the_version_that_was_read_and_a_robot_that_is_there(shelf):
    for headers in ({}, {"If-Match": "*"}, {"If-Match": "1"}):
        answer = ask(shelf, "/robots/ma_cross", "PUT", json={}, headers=headers)
        assert answer.json["errors"][0]["pointer"] == "/If-Match"
    assert present(shelf, "no_such_robot").status_code == 404


# --- Moderation ---


def decide(site, number, decision, note=""):
    body = {"decision": decision, "note": note}
    return ask(site, f"/moderation/{number}/decision", "POST", json=body)


def test_cases_are_paged_and_decided_once(site, owner):
    with transaction():
        robots.sync_catalogue()
        for number in range(3):
            given = ReportIn(robot="ma_cross", reason="other", text=f"Something odd {number}")
            moderation.report(site.site_id, owner, given)
    first = ask(site, "/moderation?limit=2").json
    rest = ask(site, f"/moderation?limit=2&cursor={first['next_cursor']}").json
    texts = [item["case"]["body"][-1] for item in first["items"] + rest["items"]]
    assert texts == ["0", "1", "2"]
    assert (first["open_cases"], rest["next_cursor"]) == (3, None)
    assert first["items"][0]["member"]["wp_user_id"] == MEMBER
    assert first["items"][0]["robot_name"] == "Moving Average Cross"
    number = first["items"][0]["case"]["id"]
    assert decide(site, number, "approve").status_code == 422
    for _ in range(2):
        answer = decide(site, number, "resolve", "Mended.")
        assert (answer.status_code, answer.json["case"]["state"]) == (200, "resolved")
    late = decide(site, number, "dismiss")
    assert (late.status_code, late.json["state"]) == (409, "resolved")
    done = ask(site, "/moderation?state=decided").json["items"]
    assert [(item["case"]["note"], item["case"]["decided_by"]) for item in done] == [
        ("Mended.", BOSS)
    ]
    assert ask(site, "/moderation?kind=public_name").json["items"] == []


def test_an_approval_never_falls_on_a_name_that_was_changed_meanwhile(site, owner, case):
    with transaction():
        newer = moderation.ask_for_name(site.site_id, owner, NameIn(name="Warren Buffett"))
    assert newer.id != case
    assert decide(site, case, "approve").status_code == 409
    assert moderation.public_names(site.site_id) == {}


def test_an_approved_name_can_be_taken_back_by_the_administrators(site, owner, case):
    assert decide(site, case, "approve").status_code == 200
    pseudonym = accounts.get_user(owner).pseudonym
    assert moderation.public_names(site.site_id) == {pseudonym: "Ada Lovelace"}
    assert decide(site, case, "reject", "Not you.").json["case"]["state"] == "rejected"
    db.session.rollback()
    assert moderation.public_names(site.site_id) == {}
    assert decide(site, case, "approve").status_code == 409


# --- The log ---


def test_the_log_is_paged_and_filtered(site, other_site):
    for number in range(4):
        level = "error" if number % 2 else "warning"
        logbook.write(
            logbook.Line(level, f"e{number}", f"r{number}", "/x", 500, "GET", site.site_id)
        )
    logbook.write(logbook.Line("error", "theirs", "r9", "/x", 500, "GET", other_site.site_id))
    logbook.write(logbook.Line("error", logbook.JOB_FAILED, "job-1", "core.prune", detail="Secret"))
    first = ask(site, "/logs?limit=3").json
    rest = ask(site, f"/logs?limit=3&cursor={first['next_cursor']}").json
    events = [line["event"] for line in first["items"] + rest["items"]]
    assert events == [logbook.JOB_FAILED, "e3", "e2", "e1", "e0"]
    job = first["items"][0]
    assert (job["route"], job["detail"], job["is_service_wide"]) == ("core.prune", "", True)
    only = ask(site, "/logs?level=warning").json["items"]
    assert [line["event"] for line in only] == ["e2", "e0"]
    tomorrow = (clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert ask(site, f"/logs?since={tomorrow}").json["items"] == []
    assert len(ask(site, f"/logs?until={tomorrow}").json["items"]) == 5
    assert ask(site, "/logs?since=2026-11-21T00:00:00").status_code == 422


def test_leaving_takes_a_person_out_of_log_and_cases(site, owner, case):
    logbook.write(
        logbook.Line("error", "x", "r1", "/x", 500, "GET", site.site_id, owner, "something")
    )
    assert [row["subject"] for row in moderation.export_user(owner)] == ["Ada Lovelace"]
    with transaction():
        assert moderation.erase_user(owner) == 1
        assert logbook.forget_user(owner) == 1
    db.session.expire_all()
    [entry] = logbook.list_entries(logbook.Filter(site.site_id), 5)
    assert (entry.user_id, entry.detail) == (None, "")
    assert ask(site, "/moderation").json["items"] == []
