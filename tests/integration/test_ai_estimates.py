"""What a call is expected to cost, against what it is settled at, the tokens counted by the fake."""

from __future__ import annotations

import random
import shutil
from datetime import timedelta

import pytest
from pydantic import BaseModel
from sqlalchemy import select

from app.ai import service
from app.ai.models import AiCall
from app.ai.rules import catalogue
from app.ai.schemas import Ask, Tool, Turn
from app.core import clock
from app.core.db import db
from tests.conftest import make_app
from tests.fakes.models import ModelServer, Reply, counting

MODELS = {
    "openai": "gpt-4o-mini",
    "anthropic": "claude-haiku-4-5",
    "google": "gemini-2.5-flash-lite",
}
LEARNING, MEASURED = 20, 30
QUESTIONS = (
    "R1?",
    "Is the market open?",
    "Where are the levels of SPY, and which of them has the price touched today?",
    "What is my win rate, how many trades does it rest on, and how wide is its interval?",
    "Explain what theta does to a spread that expires on Friday, and over a weekend. " * 4,
    "Was bedeutet Implizite Volatilität für meine Optionen, und wie groß ist mein Delta heute?",
    "2025-11-03 451.20 451.75 449.90 450.10 1204500\n" * 20,
)
SHORT = ("Yes.", "The market is open.", "PDH of SPY is 451.20.")
LONG = "A touch proves nothing, and neither does a break: look at what happens after it. "


class Nothing(BaseModel):
    pass


@pytest.fixture(scope="module")
def fake():
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture(params=MODELS)
def application(request, fake, tmp_path, migrated_database, monkeypatch):
    """A service whose coach asks one provider, and a clock that goes on between questions."""
    whole = catalogue.read_catalogue()
    task = whole.tasks["coach"].model_copy(update={"order": [MODELS[request.param]]})
    changed = whole.model_copy(update={"tasks": {**whole.tasks, "coach": task}})
    for module in ("gateway", "calls", "keys", "budgets"):
        monkeypatch.setattr(f"app.ai.service.{module}.read_catalogue", lambda: changed)
    shutil.copy(migrated_database, tmp_path / "service.sqlite3")
    app = make_app(tmp_path, **fake.settings())
    with app.app_context():
        service.register_prompt("coach", "You are a coach. " * 40)
        yield app
        db.session.remove()


def speak(fake, rng):
    """Answer like a model: some questions by a tool first, some in a word, some at length."""

    def script(asked):
        used = counting.input_tokens(asked.body)
        if rng.random() < 0.3 and not counting.holds_tool_result(asked.body):
            return Reply(tools=(("get_levels", {}),), input_tokens=used, output_tokens=14)
        words = rng.choice(SHORT) if rng.random() < 0.5 else LONG * rng.randint(2, 12)
        return Reply(words, input_tokens=used, output_tokens=counting.tokens(words))

    fake.script, fake.keeps_asked = script, False


@pytest.mark.req("S0-26")
def test_estimates_are_within_a_fifth_of_what_is_settled(application, fake, monkeypatch):
    rng, real = random.Random(8), clock.now
    speak(fake, rng)
    levels = Tool(
        "get_levels",
        "Levels of today.",
        Nothing,
        lambda _: {"PDH": "451.20"} | dict.fromkeys(range(rng.randint(1, 30)), "12.5"),
    )
    for number in range(LEARNING + MEASURED):
        # Habits are learned anew after a while: so that they are, the clock goes faster.
        monkeypatch.setattr(clock, "now", lambda n=number: real() + timedelta(seconds=7 * n))
        turns = tuple(
            Turn(by, rng.choice(QUESTIONS))
            for _ in range(rng.choice((0, 0, 1, 4)))
            for by in ("member", "assistant")
        )
        ask = Ask(
            "coach", f"estimate {number}", rng.choice(QUESTIONS), tools=(levels,), history=turns
        )
        service.run(ask)
    found = list(db.session.scalars(select(AiCall).order_by(AiCall.id)))
    assert {one.state for one in found} == {"settled"}
    assert all(one.cost <= one.reserved for one in found)
    measured = found[LEARNING:]
    assert len(measured) >= MEASURED
    assert len({one.cost for one in measured}) > MEASURED / 2, "they differ"
    ratios = sorted(float(one.estimate / one.cost) for one in measured)
    total = sum(one.estimate for one in measured) / sum(one.cost for one in measured)
    tenths = [ratios[round(share * (len(ratios) - 1))] for share in (0, 0.1, 0.5, 0.9, 1)]
    print(
        f"{measured[0].model}: {len(measured)} calls, estimated / settled in sum {total:.3f}; "
        f"least, 10th, 50th, 90th of a hundred, most: {', '.join(f'{one:.2f}' for one in tenths)}"
    )
    assert abs(total - 1) <= 0.2
