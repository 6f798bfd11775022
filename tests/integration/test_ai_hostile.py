"""Providers that misbehave, in each of the three wire formats: survived, counted, told in our words."""

from __future__ import annotations

import shutil
from decimal import Decimal

import pytest
from pydantic import BaseModel
from sqlalchemy import select

from app.ai import service
from app.ai.clients import http
from app.ai.models import AiCall, AiRun, AiSpend
from app.ai.rules import catalogue
from app.ai.schemas import Ask, Tool
from app.ai.service import calls
from app.core.db import db
from app.core.errors import AppError
from tests.conftest import make_app
from tests.fakes.models import ModelServer, Reply, text, tool

MODELS = {
    "openai": "gpt-4o-mini",
    "anthropic": "claude-haiku-4-5",
    "google": "gemini-2.5-flash-lite",
}
SECRET = "secret words"
COUNT = iter(range(10_000))
# The libraries warn of what they cannot read, and go on.
pytestmark = pytest.mark.filterwarnings("ignore")


class SymbolAsked(BaseModel):
    symbol: str


@pytest.fixture(scope="module")
def fake():
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def application(fake, tmp_path_factory, migrated_database):
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copy(migrated_database, folder / "service.sqlite3")
    return make_app(folder, **fake.settings())


@pytest.fixture(params=MODELS)
def provider(request, fake, application, monkeypatch):
    """The service where the coach asks one provider alone, and quickly loses patience."""
    fake.asked.clear()
    whole = catalogue.read_catalogue()
    task = whole.tasks["coach"].model_copy(
        update={"order": [MODELS[request.param]], "seconds": 5, "rounds": 3, "tool_calls": 4}
    )
    breaker = whole.breaker.model_copy(update={"failures": 1_000})
    changed = whole.model_copy(update={"tasks": {**whole.tasks, "coach": task}, "breaker": breaker})
    for module in ("gateway", "calls", "keys", "budgets"):
        monkeypatch.setattr(f"app.ai.service.{module}.read_catalogue", lambda: changed)
    monkeypatch.setattr("app.ai.clients.metered.USUAL_WAIT", 0.01)
    with application.app_context():
        service.register_prompt("coach", "You are a coach.")
        yield request.param
        db.session.remove()


def ask(**more) -> tuple[str, str, list[AiCall]]:
    """Ask; return the answer or our word for what went wrong, and the calls it took."""
    made: list[str] = []
    levels = Tool("get_key_levels", "Levels.", SymbolAsked, lambda asked: made.append(asked.symbol))
    key = f"hostile {next(COUNT)}"
    said, word = None, ""
    try:
        said = service.run(Ask("coach", key, "Where is PDH?", tools=(levels,), **more))
    except AppError as raised:
        word, told = str(raised.details.get("reason")), f"{raised.message} {raised.details}"
    else:
        told = said.text
    assert SECRET not in told
    db.session.rollback()
    run = db.session.scalar(select(AiRun).where(AiRun.request_key == key))
    assert run.state == ("done" if said else "failed")
    assert SECRET not in f"{run.reason} {run.model}"
    found = list(db.session.scalars(select(AiCall).where(AiCall.run_id == run.id)))
    assert {one.state for one in found} <= {"settled", "failed", "lost"}
    assert all(0 <= one.cost <= max(one.reserved, Decimal(1)) for one in found)
    assert run.cost == sum(one.cost for one in found)
    assert db.session.scalar(select(AiSpend.reserved).where(AiSpend.scope == "all")) == 0
    return said.text if said else "", word, found


GARBAGE = {
    "no json": "data: {what is this\n\n",
    "json of another kind": 'data: ["a", 1, null]\n\n',
    "a number": "data: 7\n\n",
    "nulls": 'data: {"choices": null, "candidates": null, "type": null}\n\n',
    "an error in the stream": f'event: error\ndata: {{"type": "error", "error": {{"message": "{SECRET}"}}}}\n\n',
    "a page": f"<html><body>{SECRET}</body></html>",
    "nothing": "",
    "no text": "data: \xff\xfe\x00\n\n",
    "half an event": 'data: {"choices": [{"delta": {"content": "451',
    "deeply nested": "data: " + "[" * 20_000 + "\n\n",
}


@pytest.mark.req("S0-26", "S2-42")
@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_is_no_answer_and_costs_no_more_than_was_held_back(provider, fake, kind):
    fake.replies = [Reply(raw=GARBAGE[kind])]
    said, word, found = ask()
    assert said == ""
    assert word in {"unusable", "empty", "away", "cut", "refused", "overloaded"}
    assert 1 <= len(found) <= 2
    assert all(one.cost == one.reserved for one in found if one.state == "lost")


@pytest.mark.parametrize("content_type", ["text/html", "application/json", "image/png", ""])
def test_a_wrong_content_type_ends_in_an_answer_or_a_word(provider, fake, content_type):
    fake.replies = [text("Hello.", content_type=content_type)]
    said, word, _found = ask()
    assert said == "Hello." or word


@pytest.mark.parametrize(
    "usage",
    [
        {"input_tokens": None},
        {"input_tokens": 0, "output_tokens": 0},
        {"input_tokens": -5_000_000, "output_tokens": 5},
        {"input_tokens": 100, "output_tokens": -1_000},
        {"input_tokens": 10**15, "output_tokens": 10**15},
    ],
)
def test_usage_that_is_missing_or_cannot_be_counts_at_what_was_held_back(provider, fake, usage):
    fake.replies = [text("Hello.", **usage)]
    _said, _word, found = ask()
    assert found
    for one in found:
        assert one.cost == one.reserved > 0
        assert one.input_tokens >= 0


@pytest.mark.parametrize(
    ("status", "headers", "times"),
    [
        (429, {}, 2),
        (429, {"Retry-After": "0"}, 2),
        (429, {"Retry-After": "3600"}, 1),
        (429, {"Retry-After": "Fri, 31 Dec 2038 23:59:59 GMT"}, 2),
        (529, {}, 2),
        (529, {"Retry-After": "-7"}, 2),
        (529, {"Retry-After": "nan"}, 2),
        (529, {"Retry-After": "inf"}, 1),
    ],
)
def test_a_busy_provider_is_asked_again_once_and_not_for_longer_than_is_short(
    provider, fake, status, headers, times
):
    fake.replies = [Reply(status=status, headers=headers)]
    said, word, found = ask()
    assert (said, word) == ("", "rate_limited" if status == 429 else "overloaded")
    assert len(fake.asked) == len(found) == times
    assert all(one.cost == 0 for one in found), "an error before an answer costs nothing"


def test_refusals_and_unknown_ends(provider, fake):
    refused = {"openai": "content_filter", "anthropic": "refusal", "google": "SAFETY"}[provider]
    fake.replies = [Reply(finish=refused)]
    assert ask()[:2] == ("", "refused")
    fake.replies = [text("All is said.", finish="a_reason_of_tomorrow")]
    said, word, _found = ask()
    assert said == "All is said." or word, "an end without a known word is one all the same"
    fake.replies = [text("Half of what", finish="-")]
    said, word, _found = ask()
    assert (said, word) in {("", "cut"), ("", "away")}, "an answer without an end is none"


def test_an_empty_answer_is_asked_for_once_more(provider, fake):
    fake.replies = [text("")]
    assert ask()[:2] == ("", "empty")
    assert len(fake.asked) == 2
    fake.replies = [text(" "), text("Now.")]
    assert ask()[0] == "Now."


def test_two_calls_with_one_id_are_both_answered(provider, fake):
    two = tuple(("get_key_levels", {"symbol": name}) for name in ("SPY", "QQQ"))
    fake.replies = [Reply(tools=two, one_id=True), text("Done.")]
    assert ask()[0] == "Done."
    if provider == "anthropic":
        results = fake.asked[-1].body["messages"][-1]["content"]
        assert len({one["tool_use_id"] for one in results}) == 2


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("delete_everything", {}),
        ("get_key_levels", {"symbol": {"a": []}}),
        ("get_key_levels", {}),
        ("final_result", {"bias": "long"}),
        ("__init__", {"user_id": 1}),
    ],
)
def test_calls_that_cannot_be_made_are_told_and_made_wrong_again_end_it(
    provider, fake, name, arguments
):
    fake.replies = [tool(name, **arguments)]
    said, word, found = ask()
    assert (said, word) == ("", "wrong_arguments")
    assert len(found) == 2
    fake.replies = [tool(name, **arguments), text("Sorry.")]
    assert ask()[0] == "Sorry."


def test_more_tools_than_one_may_and_tools_for_ever_are_ended(provider, fake):
    fake.replies = [Reply(tools=(("get_key_levels", {"symbol": "SPY"}),) * 9)]
    assert ask()[1] == "too_many_tools"
    fake.replies = [tool("get_key_levels", symbol="SPY")]
    assert ask()[1] == "too_many_rounds"


def test_what_is_too_large_and_what_never_comes(provider, fake, application, monkeypatch):
    monkeypatch.setattr(http, "LARGEST_ANSWER", 100_000)
    fake.replies = [text("x", blanks=2 * 1024 * 1024)]
    said, word, found = ask()
    assert said == ""
    assert word in {"away", "cut", "unusable"}
    assert [one.state for one in found] == ["lost"]
    whole = calls.read_catalogue()
    task = whole.tasks["coach"].model_copy(update={"seconds": 0.4})
    quick = whole.model_copy(update={"tasks": {**whole.tasks, "coach": task}})
    monkeypatch.setattr("app.ai.service.gateway.read_catalogue", lambda: quick)
    for silent_after in (0, 2):
        fake.replies = [text("Something, and then nothing.", silent_after=silent_after)]
        said, word, found = ask()
        assert (said, word) == ("", "timeout")
        assert found[0].cost == found[0].reserved


def test_an_answer_that_is_cut_is_given_by_the_next_model(provider, fake, monkeypatch):
    whole = calls.read_catalogue()
    others = [name for name in MODELS.values() if name != MODELS[provider]]
    task = whole.tasks["coach"].model_copy(update={"order": [MODELS[provider], *others]})
    both = whole.model_copy(update={"tasks": {**whole.tasks, "coach": task}})
    for module in ("gateway", "keys"):
        monkeypatch.setattr(f"app.ai.service.{module}.read_catalogue", lambda: both)
    cut = text("A long answer that will not come to its end. " * 5, cut_after=3)
    monkeypatch.setattr(
        fake, "script", lambda asked: cut if asked.provider == provider else text("Whole.")
    )
    said, _word, found = ask()
    assert said == "Whole."
    assert [one.state for one in found] == ["lost", "settled"]
