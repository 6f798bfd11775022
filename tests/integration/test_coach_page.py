"""The coach's tab, as a member uses it: asked, waited for, read with its sources, stopped, deleted."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from time import process_time
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from app.ai.schemas import Outcome
from app.ai.service import progress
from app.coach import service as coach
from app.coach.service import answering
from app.coach.service.conversations import job_key
from app.core import clock, outbox
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from workers import coach as jobs

WP_USER, OTHER = 7, 8
NOW = datetime(2026, 5, 19, 15, tzinfo=UTC)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TAB = "/embed/dashboard-coach"


@pytest.fixture
def owner(app, site, member, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    user_id = member()
    site.link(WP_USER, user_id)
    return user_id


@pytest.fixture
def ask(site, owner):
    def get(path=TAB, wp_user_id=WP_USER, expected=200):
        answer = site.get(path, wp_user_id=wp_user_id, caps=["read"])
        assert answer.status_code == expected
        return answer.get_data(as_text=True)

    return get


@pytest.fixture
def send(site, owner):
    def post(path, wp_user_id=WP_USER, expected=200, **fields):
        answer = site.post(
            f"/embed/{path}",
            data=urlencode(fields).encode(),
            headers=FORM,
            wp_user_id=wp_user_id,
            caps=["read"],
        )
        assert answer.status_code == expected
        return answer.get_data(as_text=True)

    return post


def open_message(page):
    """Return where the open answer is asked for."""
    return html.unescape(re.search(r'hx-get="(/embed/coach-messages/[^"]+)"', page)[1])


def log(page):
    """Return what stands in the conversation itself."""
    return words(page.partition('id="coach-log"')[2])


def id_of(page):
    return int(re.search(r'id="coach-message-(\d+)"', page)[1])


def words(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())


@pytest.mark.req("S2-31")
def test_the_tab_of_the_dashboard_begins_with_examples_that_can_be_pressed(ask, send):
    page = ask("/embed/dashboard?tab=coach")
    assert 'id="tab-coach"' in page
    assert 'role="log"' in page
    assert 'aria-live="polite"' in page
    assert "0 of 10 questions this month" in page
    examples = re.findall(r'name="example" value="([^"]+)"', page)
    assert len(examples) == 5
    for example in examples:
        page = send("coach", example=html.unescape(example), question="")
        assert html.unescape(example) in words(page).partition("Your question")[0]
    assert "5 of 10 questions this month" in ask()


@pytest.mark.req("S2-31", "S2-38")
def test_a_question_is_answered_on_the_page_with_its_sources_in_under_three_seconds(ask, send):
    began = process_time()
    page = send("coach", question="Is the market open?", key="form-0001")
    jobs.answer(id_of(page))
    answer = ask(open_message(page))
    assert process_time() - began < 3
    assert "The market is open" in words(answer)
    assert "No model was used" in answer
    assert "hx-trigger" not in answer
    cited = set(re.findall(r'class="trp-cite" href="#(coach-message-\d+-\d+)"', answer))
    assert cited
    assert cited == set(re.findall(r'<li id="(coach-message-\d+-\d+)"', answer))
    assert words(ask()).count("Is the market open?") == 2, "in the conversation and in the list"
    again = send("coach", question="Is the market open?", key="form-0001")
    assert id_of(again) == id_of(page)


def test_while_it_is_written_the_page_says_what_is_done_and_shows_no_unchecked_number(
    ask, send, monkeypatch
):
    told = {}
    monkeypatch.setattr(progress, "_try", lambda _action: None)
    page = send("coach", question="Where is PDH?")
    at = open_message(page)
    assert "Waiting for the coach" in page
    assert ask(at, expected=204) == "", "nothing has changed"

    def run(asked):
        for name, step in (("tool", ("", "get_key_levels")), ("text", ("PDH is 999.99", ""))):
            monkeypatch.setattr(
                "app.coach.service.reading.ai.read_progress",
                lambda *_, step=step: progress.Progress(*step),
            )
            told[name] = ask(at)
        return Outcome(1, "gpt-4o", "coach 1", "SPY reaches 999.99. I know nothing else.")

    monkeypatch.setattr(answering.ai, "run", run)
    jobs.answer(id_of(page))
    assert "Looking up key levels" in told["tool"]
    assert "Writing: 3 words so far" in told["text"]
    assert "999.99" not in "".join(told.values())
    answer = ask(at)
    assert "999.99" not in answer
    assert "I know nothing else." in answer
    assert "One sentence was left out" in answer
    assert "Model: gpt-4o" in answer


@pytest.mark.req("S2-42")
@pytest.mark.req("S0-103")
def test_while_a_question_waits_the_page_says_how_many_wait_before_it(ask, send, member):
    others = [member(f"other{at}@example.test") for at in range(3)]
    waiting = [coach.ask(other, "Is the market open?") for other in others[:2]]
    page = send("coach", question="Where is PDH?")
    at = open_message(page)
    assert "Waiting: 2 other requests are before yours" in page
    coach.ask(others[2], "Is the market open?")
    assert ask(at, expected=204) == "", "who asks later waits behind"
    outbox.claim_lease(job_of(waiting[0]))
    assert "Waiting: 1 other request is before yours" in ask(at), "what is being done waits no more"
    with transaction():
        db.session.get_one(OutboxRow, job_of(waiting[1])).available_at = NOW + timedelta(hours=1)
    assert "Waiting for the coach" in ask(at), "what is tried later is not before it"


def job_of(message):
    return db.session.scalar(select(OutboxRow.id).where(OutboxRow.key == job_key(message)))


def test_stop_ask_again_and_feedback(ask, send):
    page = send("coach", question="Is the market open?", symbol="spy")
    at = f"coach-messages/{id_of(page)}"
    refused = send(
        "coach",
        question="And?",
        talk=re.search(r'name="talk" value="(\d+)"', page)[1],
        expected=422,
    )
    assert "still answering" in refused
    assert ">And?</textarea>" in refused
    assert "You stopped this answer." in send(f"{at}/stop")
    page = send(f"{at}/again")
    number = int(re.search(r"coach-messages/(\d+)\?known", page)[1])
    assert number != id_of(page)
    assert 'value="SPY"' in page
    jobs.answer(number)
    rated = send(f"coach-messages/{number}/feedback", feedback="-1")
    assert re.search(r'-no"[^>]*aria-pressed="true"', rated)
    taken_back = send(f"coach-messages/{number}/feedback", feedback="")
    assert 'aria-pressed="true"' not in taken_back
    send(f"coach-messages/{number}/feedback", feedback="many", expected=422)


@pytest.mark.req("S2-42")
def test_what_is_wrong_is_said_and_the_question_stays(send):
    assert "Write a question first." in send("coach", question=" ", expected=422)
    long = send("coach", question="x" * 2001, expected=422)
    assert "at most 2000 characters; yours has 2001" in long
    assert "That is no symbol" in send("coach", question="PDH?", symbol="<>", expected=422)
    for _ in range(10):
        send("coach", question="Is the market open?")
    used_up = send("coach", question="<b>One</b> more?", expected=422)
    assert "Your 10 questions of this month are used up." in used_up
    assert "Lite gives: Questions to the coach a month, 100." in used_up
    assert "&lt;b&gt;One&lt;/b&gt; more?</textarea>" in used_up


@pytest.mark.req("S2-38")
def test_conversations_are_listed_found_taken_along_and_deleted(ask, send):
    first = send("coach", question="Is the market open?")
    send("coach", question="What are my positions?")
    page = ask()
    assert "What are my positions?" in log(page)
    older = ask(f"{TAB}?talk={talk_of(first)}")
    assert "Is the market open?" in log(older)
    found = words(
        ask(f"{TAB}?find=market").partition('id="coach-talks"')[2].partition("coach-log")[0]
    )
    assert "Is the market open?" in found
    assert "What are my positions?" not in found
    assert "No conversation has these words." in ask(f"{TAB}?find=nothing+of+it")
    text = ask(f"/embed/coach-text/{talk_of(first)}")
    assert (
        "# Is the market open?\n\n## 1." in re.search(r"<pre[^>]*>(.*?)</pre>", text, re.DOTALL)[1]
    )
    assert "Is the market open?" not in words(send(f"coach/{talk_of(first)}/delete"))
    ask(f"{TAB}?talk={talk_of(first)}", expected=404)


def talk_of(page):
    return int(re.search(r'name="talk" value="(\d+)"', page)[1])


@pytest.mark.req("S2-32")
def test_another_member_sees_and_reaches_nothing(ask, send, site, member):
    page = send("coach", question="Is anything moving?")
    site.link(OTHER, member("other@example.test"))
    assert "Is anything moving?" not in ask(f"{TAB}?find=moving", wp_user_id=OTHER)
    talk, number = talk_of(page), id_of(page)
    for path in (
        f"{TAB}?talk={talk}",
        f"/embed/coach-text/{talk}",
        f"/embed/coach-messages/{number}",
    ):
        ask(path, wp_user_id=OTHER, expected=404)
    for path in (
        f"coach/{talk}/delete",
        *(f"coach-messages/{number}/{verb}" for verb in ("stop", "again", "feedback")),
    ):
        send(path, wp_user_id=OTHER, expected=404)
    send("coach", question="Hello?", talk=talk, wp_user_id=OTHER, expected=404)


def test_what_a_member_or_a_model_writes_is_text_and_nothing_else(ask, send, monkeypatch):
    attack = '<script>alert(1)</script> <img src=x onerror="alert(2)">'
    monkeypatch.setattr(
        answering.ai,
        "run",
        lambda _asked: Outcome(1, "m", "coach 1", "Look <script>alert()</script>."),
    )
    page = send("coach", question=attack)
    jobs.answer(id_of(page))
    shown = ask()
    assert "<script" not in shown
    assert "<img" not in shown
