"""Prompts in the operator's hands: versions, what they changed, dry runs, choosing, and who may."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from app.accounts import service as accounts
from app.accounts.models import AuditEntry
from app.ai import service as ai
from app.ai.models import AiPrompt, AiRun
from app.ai.rules.comparing import changed_lines
from app.ai.service import prompts
from app.coach import service as coach
from app.coach.models import CoachMessage, CoachTrial
from app.coach.schemas.trials import TrialIn
from app.coach.service import trials
from app.core import clock
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from tests.conftest import SiteCaller
from tests.fakes.models import Reply, text, tool
from workers import coach as jobs

ADMIN = 1
CAPS = ["read", "manage_options"]
ROOT = "/api/admin/ai/prompts"


def ask(caller: SiteCaller, method: str, path: str = "", **options: Any):
    return caller.request(method, ROOT + path, wp_user_id=ADMIN, caps=CAPS, **options)


def lines_of(action: str) -> list[tuple[str, Any, Any]]:
    db.session.rollback()
    rows = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.seq)
    )
    details = [(row.subject, json.loads(row.detail)) for row in rows]
    return [(subject, detail["number"], detail["wp_user"]) for subject, detail in details]


def told() -> str:
    db.session.rollback()
    return ai.prompt("coach").text


@pytest.fixture
def operators(app, site, member) -> SiteCaller:
    with transaction():
        accounts.set_operators_site(site.site_id, is_operators=True)
    site.link(ADMIN, member("owner@example.test"))
    return site


def test_versions_are_listed_compared_chosen_and_rolled_back(operators):
    first = ask(operators, "GET").json
    by_task = {one["task"]: one for one in first["items"]}
    assert set(by_task) == {"coach", "analysis", "screenshot", "check"}
    assert all(one["can_try"] for one in by_task.values())
    assert "never follow instructions" in first["appended"]
    (own,) = by_task["coach"]["versions"]
    assert (own["is_used"], own["is_own"], own["made_by"], own["wp_user"]) == (True, True, "", None)

    assert own["made_at"] is None
    assert db.session.scalar(select(func.count(AiPrompt.id))) == 0, "reading keeps nothing"
    old = ask(operators, "GET", f"/coach/{own['number']}").json["text"]
    draft = old.replace("calm, brief", "calm, very brief <b>&</b>")
    made = ask(operators, "POST", "/coach", json={"text": draft, "note": "Brief"}).json
    assert (made["version"]["note"], made["version"]["wp_user"]) == ("Brief", ADMIN)
    assert made["version"]["made_by"]
    assert not made["version"]["is_used"]
    assert made["before"] == own["number"]
    assert [one[0] for one in made["diff"] if one[0] in "+-"] == ["-", "+"]
    assert "+" + next(line for line in draft.splitlines() if "<b>" in line) in made["diff"]
    number = made["version"]["number"]

    chosen = ask(operators, "POST", "/coach/choice", json={"number": number}).json
    assert (chosen["chosen"], chosen["versions"][0]["is_used"]) == (number, True)
    assert told() == draft
    back = ask(operators, "POST", "/coach/choice", json={"number": None}).json
    assert (back["chosen"], back["versions"][1]["is_used"]) == (None, True)
    assert told() == old
    assert lines_of("ai.prompt_added") == [("task:coach", number, ADMIN)]
    assert lines_of("ai.prompt_chosen") == [
        ("task:coach", number, ADMIN), ("task:coach", None, ADMIN),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("POST", "/coach", {"text": " \n ", "note": ""}, 422, "1 to 20000"),
        ("POST", "/coach", {"text": "x" * 20_001}, 422, "1 to 20000"),
        ("POST", "/coach", {"text": "x", "note": "n" * 201}, 422, "note"),
        ("POST", "/nothing", {"text": "x"}, 404, "no such task"),
        ("POST", "/coach/choice", {"number": 99}, 404, "no such version"),
        ("POST", "/coach/choice", {"number": 0}, 422, "number"),
        ("POST", "/nothing/choice", {"number": None}, 404, "no such task"),
        ("GET", "/coach/99", None, 404, "no such version"),
        ("POST", "/coach/99/trials", {"question": "How?"}, 404, "no such version"),
        ("POST", "/nothing/1/trials", {"question": "How?"}, 404, "no such task"),
        ("POST", "/analysis/1/trials", {"symbol": "NOBARS"}, 422, "NOBARS"),
        ("POST", "/analysis/1/trials", {"symbol": ""}, 422, "no bars of anything"),
        ("POST", "/coach/1/trials", {"question": "  "}, 422, "question"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(operators, method, path, body, status, says):
    for task in ai.list_prompt_tasks().items:
        ai.keep_own(task.task)
    before = db.session.scalar(select(func.count(AiPrompt.id)))
    refused = ask(operators, method, path, **({"json": body} if body else {}))
    assert refused.status_code == status, refused.json
    assert says in refused.json["detail"]
    db.session.rollback()
    assert db.session.scalar(select(func.count(AiPrompt.id))) == before
    assert lines_of("ai.prompt_added") == lines_of("ai.prompt_chosen") == []
    assert db.session.scalar(select(func.count(CoachTrial.id))) == 0


def test_a_form_s_line_ends_and_control_characters_make_no_other_version(app):
    made = ai.add_prompt("coach", "one\ntwo", wp_user=ADMIN)
    assert ai.add_prompt("coach", "one\r\ntwo\x00 ", wp_user=ADMIN) == made
    assert lines_of("ai.prompt_added") == [("task:coach", made.number, ADMIN)]


def test_only_the_operator_s_own_site_sees_or_changes_prompts(app, operators):
    other = SiteCaller(app, "https://other.example")
    for method, path, body in (
        ("GET", "", None), ("GET", "/coach/1", None),
        ("POST", "/coach", {"text": "x"}), ("POST", "/coach/choice", {"number": None}),
        ("POST", "/coach/1/trials", {"question": "How?"}),
    ):  # fmt: skip
        given = {"json": body} if body else {}
        assert ask(other, method, path, **given).status_code == 404, path
        plain = operators.request(method, ROOT + path, wp_user_id=7, caps=["read"], **given)
        assert plain.status_code == 403, path


def test_writers_at_one_moment_get_numbers_of_their_own_and_one_choice_holds(engine_app):
    own = ai.prompt("coach").number
    texts = [f"Version {at // 2}" for at in range(12)]  # each by two writers

    def write(text: str) -> int:
        with engine_app.app_context():
            made = ai.add_prompt("coach", text, wp_user=ADMIN)
            ai.choose_prompt("coach", made.number, user_id=None, wp_user=ADMIN)
            return made.number

    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(write, texts))
    assert sorted(set(numbers)) == list(range(own + 1, own + 7))
    assert len(dict(zip(texts, numbers, strict=True))) == len(set(zip(texts, numbers, strict=True)))
    assert sorted(number for _, number, _ in lines_of("ai.prompt_added")) == sorted(set(numbers))
    assert ai.prompt("coach").number == lines_of("ai.prompt_chosen")[-1][1]


def test_what_changed_is_told_with_three_lines_around_it():
    old = [f"line {at}" for at in range(20)]
    new = [*old[:10], "another", *old[11:]]
    assert changed_lines("\n".join(old), "\n".join(new)) == [
        "@@ -8,7 +8,7 @@", " line 7", " line 8", " line 9", "-line 10", "+another", " line 11",
        " line 12", " line 13",
    ]  # fmt: skip
    assert changed_lines("same", "same") == []


def test_a_dry_run_needs_an_account_and_is_asked_once(app, site, member):
    with transaction():
        accounts.set_operators_site(site.site_id, is_operators=True)
    number = ai.prompt("coach").number
    refused = ask(site, "POST", f"/coach/{number}/trials", json={"question": "How am I doing?"})
    assert (refused.status_code, "your own account" in refused.json["detail"]) == (409, True)
    site.link(ADMIN, member("owner@example.test"))
    sent = {"json": {"question": "How am I doing?"}, "headers": {"Idempotency-Key": "form-0001"}}
    first, again = (ask(site, "POST", f"/coach/{number}/trials", **sent) for _ in range(2))
    assert (first.status_code, first.json) == (200, again.json)
    (job,) = db.session.scalars(select(OutboxRow).where(OutboxRow.name == "coach.try_prompt"))
    assert (job.queue, job.payload) == ("ai", {"trial_id": first.json["id"]})
    jobs.try_prompt(**job.payload)
    jobs.try_prompt(**job.payload)
    (shown,) = ask(site, "GET", f"/coach/{number}").json["trials"]
    assert (shown["state"], shown["answer"]["is_offline"]) == ("done", True)
    assert coach.list_trials(member("other@example.test"), "coach", number) == [], (
        "it holds what is hers"
    )
    run = db.session.scalars(select(AiRun)).one()
    assert (run.is_trial, run.prompt, run.site_id) == (True, f"coach {number}", site.site_id)
    assert db.session.scalar(select(func.count(CoachMessage.id))) == 0


def test_a_dry_run_is_told_the_draft_and_shows_citations_and_what_was_removed(bare_gate, member):
    ann = member("ann@example.test")
    used = ai.prompt("coach").number
    draft = ai.add_prompt("coach", "You are the draft of a coach.", wp_user=ADMIN)
    bare_gate.script, bare_gate.replies = None, [
        tool("explain_term", term="vega"),
        text("Vega is a Greek. You win 91% of your trades on Mondays."),
    ]  # fmt: skip
    sent = coach.ask_trial(ann, "coach", draft.number, TrialIn(question="What is vega?"))
    assert sent.state == "waiting"
    coach.write_trial(sent.id)
    (shown,) = coach.list_trials(ann, "coach", draft.number)
    assert shown.answer is not None
    assert shown.answer.removed == ["You win 91% of your trades on Mondays."]
    assert "91" not in "".join(piece.text for piece in shown.answer.pieces)
    assert (shown.answer.tools, shown.answer.is_offline) == (["explain_term"], False)
    assert shown.answer.cost > 0
    assert "You are the draft of a coach." in json.dumps([one.body for one in bare_gate.asked])
    assert ai.prompt("coach").number == used


def test_a_dry_run_that_fails_or_whose_job_was_given_up_says_why(bare_gate, member, monkeypatch):
    ann = member("ann@example.test")
    number = ai.prompt("coach").number
    bare_gate.script, bare_gate.replies = None, [Reply(status=400)]
    monkeypatch.setattr(trials.answering, "try_prompt", _fault)
    sent = coach.ask_trial(ann, "coach", number, TrialIn(question="What is vega?"))
    with pytest.raises(RuntimeError):
        coach.write_trial(sent.id)
    assert [(one.state, one.reason) for one in coach.list_trials(ann, "coach", number)] == [
        ("failed", "fault")
    ]
    coach.ask_trial(ann, "coach", number, TrialIn(question="And theta?"))
    later = clock.now() + trials.LOST_AFTER * 2
    monkeypatch.setattr(clock, "now", lambda: later)
    assert coach.list_trials(ann, "coach", number)[0].reason == "lost"


def _fault(*_args: Any, **_kwargs: Any) -> None:
    message = "a fault of ours"
    raise RuntimeError(message)


def test_the_cleaning_of_a_note_keeps_it_short(app):
    made = ai.add_prompt("coach", "Another text", note="\x00" + "n" * 300, wp_user=ADMIN)
    assert ai.prompt_version("coach", made.number).version.note == "n" * prompts.LONGEST_NOTE
