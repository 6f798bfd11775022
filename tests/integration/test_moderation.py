"""What members ask a site's administrators: a name in place of the pseudonym, and reports."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy.exc import IntegrityError

from app.accounts import service as accounts
from app.core import clock
from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.schemas import FillIn
from app.moderation import rules
from app.moderation import service as moderation
from app.moderation.models import Case
from app.moderation.schemas import DecisionIn, NameIn, ReportIn
from app.performance import service as performance
from app.robots import service as robots
from tests.conftest import SiteCaller

WP_USER = 7
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def owner(site, member):
    """A member with a ranked record and a robot that the marketplace lists."""
    user_id = member("owner@example.test")
    site.link(WP_USER, user_id)
    begin = clock.now() - timedelta(days=5)
    with transaction():
        robots.sync_catalogue()
        book = ledger.open_account(
            user_id, "ma_cross", "paper", starting_balance=1000, is_ranked=True
        )
        fills = [
            FillIn(side, (begin + timedelta(hours=late)).isoformat(), "NVDA", side, "1", "100", "0", "USD")
            for late, side in enumerate(("buy", "sell"))
        ]  # fmt: skip
        ledger.record_fills(book.id, fills, source="api")
    performance.rebuild()
    return user_id


@pytest.fixture
def ask(site, owner):
    def call(path, method="GET", body="", wp_user_id=WP_USER):
        headers = FORM if body else {}
        return site.request(
            method, f"/embed/{path}", wp_user_id=wp_user_id, caps=["read"],
            data=body.encode(), headers=headers,
        )  # fmt: skip

    return call


def test_who_moves_to_another_site_takes_questions_along(app, site, member):
    """A site that was connected a second time: its administrators answer there now."""
    new = SiteCaller(app, url="https://new.example", name="New")
    users = [member(f"m{number}@example.test") for number in range(4)]
    for number, user_id in enumerate(users, 1):
        site.link(number, user_id)
    moved, twice, kept, stays = users
    new.link(2, twice)
    new.link(4, member("another@example.test"))
    with transaction():
        for user_id, name in ((moved, "Ada"), (twice, "Bea"), (kept, "Cyd"), (stays, "Dan")):
            moderation.ask_for_name(site.site_id, user_id, NameIn(name=f"{name} Example"))
        report = ReportIn(robot="ma_cross", reason="other", text="Its record is late.")
        moderation.report(site.site_id, moved, report)
        moderation.ask_for_name(new.site_id, twice, NameIn(name="Bea Other"))
        other = member("other@example.test")
        new.link(9, other)
        moderation.ask_for_name(new.site_id, other, NameIn(name="Cyd Example"))
        [case] = [one for one in moderation.list_cases(new.site_id) if one.subject[:3] == "Cyd"]
        moderation.decide(new.site_id, case.id, DecisionIn(decision="approve"), by=1)
    with transaction():
        done = accounts.move_members(site.site_id, new.site_id)
    assert (done.moved, done.kept) == (2, 1)

    def held(of):
        db.session.expire_all()
        found = db.session.query(Case).filter_by(site_id=of.site_id).order_by(Case.id)
        return {(case.user_id, case.subject, case.state) for case in found}

    # Whom the new site knows as somebody else stays with the old one, and so does the question.
    assert held(site) == {(stays, "Dan Example", "open")}
    assert held(new) == {
        (moved, "Ada Example", "open"),
        (moved, "ma_cross", "open"),
        (twice, "Bea Example", "withdrawn"),
        (twice, "Bea Other", "open"),
        (kept, "Cyd Example", "withdrawn"),
        (other, "Cyd Example", "approved"),
    }
    assert {case.subject for case in moderation.list_cases(new.site_id)} == {
        "Ada Example", "Bea Other", "ma_cross",
    }  # fmt: skip


def decide(site, decision, note=""):
    with transaction():
        [case] = moderation.list_cases(site.site_id)
        return moderation.decide(
            site.site_id, case.id, DecisionIn(decision=decision, note=note), by=1
        )


def words(response):
    assert response.status_code == 200, response.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def test_a_name_shows_once_it_is_approved_and_no_longer_than_its_owner_wants(site, ask, owner):
    """C16: pseudonymous by default, a verified name by choice."""
    other = SiteCaller(site.app, "https://other.example")
    pseudonym = accounts.get_user(owner).pseudonym

    def board(of=site):
        return words(of.get("/embed/leaderboard-table"))

    assert pseudonym in board()
    assert "Waiting" in words(ask("public-name", "POST", "name=Ada+Lovelace"))
    assert pseudonym in board()
    assert "Ada" not in board()
    decide(site, "approve", "Welcome, Ada.")
    shown = board()
    assert "Ada Lovelace verified name" in shown
    assert pseudonym not in shown
    # What one site approves, another does not show, nor the public interface.
    assert pseudonym in board(other)
    assert "Ada" not in board(other)
    public = site.app.test_client().get("/api/performance/public/leaderboard").text
    assert pseudonym in public
    assert "Ada" not in public
    settings = words(ask("dashboard-settings"))
    assert "You are shown as “Ada Lovelace”" in settings
    assert "Welcome, Ada." in settings
    for _ in range(2):
        assert "Name to be shown" in words(ask("public-name/withdraw", "POST"))
    assert pseudonym in board()
    assert "Ada" not in board()


def test_a_rejected_name_says_why_and_another_may_be_asked_for(site, ask):
    ask("public-name", "POST", "name=The+Boss")
    decide(site, "reject", "Please use your own name.")
    assert "Please use your own name." in words(ask("dashboard-settings"))
    assert "Waiting" in words(ask("public-name", "POST", "name=Ada"))
    # A second wish takes the place of the first.
    assert "“Ada King”" in words(ask("public-name", "POST", "name=Ada+King"))
    assert moderation.count_open(site.site_id) == 1


@pytest.mark.parametrize(
    "name", ["", "ab", "x" * 41, "<b>Ada</b>", "Ada\u202e", "12345", "Ada (CEO)", "Ada@example"]
)
def test_a_name_is_a_name(ask, name):
    answer = ask("public-name", "POST", urlencode({"name": name}))
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ada Lovelace", "ada  lovelace", True),
        ("Ada Lovelace", "Adá Lövelace", True),
        ("Ada Lovelace", "Ada. Lovelace", True),
        ("Ada Lovelace", "Ada Byron", False),
    ],
)
def test_names_that_look_alike_are_one(one, other, same):
    assert rules.same_name(one, other) is same


def test_nobody_takes_the_name_of_another(site, ask, member, owner):
    other = member("second@example.test")
    site.link(8, other)
    ask("public-name", "POST", "name=Ada+Lovelace")
    decide(site, "approve")
    pseudonym = accounts.get_user(owner).pseudonym
    # A page shows two spaces as one, and a hyphen is soon overlooked.
    for name in (
        "ADA+LOVELACE",
        *(pseudonym.replace(" ", between) for between in ("+", "++", "-")),
    ):
        answer = ask("public-name", "POST", f"name={name}", wp_user_id=8)
        assert answer.status_code == 422
        assert "Somebody else is known by this name" in answer.text
    assert ask("public-name", "POST", "name=Grace+Hopper", wp_user_id=8).status_code == 200


def test_two_who_ask_for_one_name_do_not_both_get_it(site, ask, member):
    site.link(8, member("second@example.test"))
    ask("public-name", "POST", "name=Ada+Lovelace")
    ask("public-name", "POST", "name=Ada+Lovelace", wp_user_id=8)
    with transaction():
        first, second = moderation.list_cases(site.site_id)
        given = DecisionIn(decision="approve", note="")
        moderation.decide(site.site_id, first.id, given, by=1)
    answer = site.request(
        "POST", f"/api/admin/moderation/{second.id}/decision", wp_user_id=1,
        caps=["manage_options"], json={"decision": "approve", "note": ""},
    )  # fmt: skip
    assert (answer.status_code, answer.json["code"]) == (409, "name_taken")


def test_a_report_is_sent_answered_and_seen_by_who_sent_it(site, ask, owner):
    page = site.get("/embed/robot/ma_cross").text
    assert "trp_report=ma_cross" in page
    form = ask("dashboard?tab=settings&report=ma_cross").text
    assert re.search(r'<option value="ma_cross"\s+selected>', form)
    body = "robot=ma_cross&reason=wrong_figures&text=The+drawdown+cannot+be+right."
    for _ in range(2):
        assert "on its way" in words(ask("reports", "POST", body))
    assert moderation.count_open(site.site_id) == 1
    decide(site, "resolve", "Recomputed, thank you.")
    shown = words(ask("reports"))
    assert "Resolved" in shown
    assert "Recomputed, thank you." in shown


def test_a_report_that_is_refused_keeps_what_was_typed(ask, site):
    answer = ask("reports", "POST", "robot=ma_cross&reason=other&text=short")
    assert answer.status_code == 422
    assert ">short</textarea>" in answer.text
    for wrong in (
        "robot=ma_cross&reason=spite&text=long+enough+text",
        "robot=MA&reason=other&text=long+enough+text",
        "robot=ma_cross&reason=other&text=%3Cscript%3E+long+enough",
    ):
        assert ask("reports", "POST", wrong).status_code == 422
    unknown = ask("reports", "POST", "robot=no_such&reason=other&text=long+enough+text")
    assert unknown.status_code == 404
    assert moderation.count_open(site.site_id) == 0


def test_five_requests_wait_at_most(ask, site):
    body = "robot=ma_cross&reason=other&text=Something+odd+"
    for number in range(5):
        assert ask("reports", "POST", f"{body}{number}").status_code == 200
    answer = ask("reports", "POST", f"{body}6")
    assert answer.status_code == 422
    assert "5 of your requests wait" in answer.text
    assert ask("public-name", "POST", "name=Ada+Lovelace").status_code == 422
    assert moderation.count_open(site.site_id) == 5


def test_requests_are_a_site_s_and_a_member_s_own(site, ask, member, owner, bearer):
    ask("reports", "POST", "robot=ma_cross&reason=other&text=Mine+and+nobody+else%27s")
    site.link(8, member("second@example.test"))
    assert "<table" not in ask("reports", wp_user_id=8).text
    assert "nobody else" not in ask("reports", wp_user_id=8).text
    assert site.get("/embed/reports").status_code == 401
    client = site.app.test_client()
    headers = bearer(owner)
    # A program with a key belongs to no site: nothing to ask, and nothing to see.
    assert client.get("/embed/dashboard-settings", headers=headers).status_code == 403
    sent = client.post("/embed/public-name", data={"name": "Ada King"}, headers=headers)
    assert sent.status_code == 403


def test_at_one_moment_two_engines_open_one_name(engine_app, member):
    site = SiteCaller(engine_app)
    user_id = member("both@example.test")
    values = {
        "site_id": site.site_id, "user_id": user_id, "kind": "public_name", "subject": "Ada",
        "created_at": clock.now(),
    }  # fmt: skip
    with transaction():
        db.session.add(Case(**values))
    with pytest.raises(IntegrityError), transaction():
        db.session.add(Case(**values))
