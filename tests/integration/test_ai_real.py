"""The gateway before the real providers: only where their keys are set and it is asked for."""

from __future__ import annotations

import os
import shutil
from decimal import Decimal

import pytest
from pydantic import BaseModel
from sqlalchemy import select

from app.ai import service
from app.ai.models import AiCall
from app.ai.rules import catalogue
from app.ai.schemas import Ask, Tool
from app.core.db import db
from tests.conftest import make_app

PROVIDERS = {
    "gpt-4o-mini": "OPENAI_API_KEY",
    "claude-haiku-4-5": "ANTHROPIC_API_KEY",
    "gemini-2.5-flash-lite": "GOOGLE_API_KEY",
}


# Nothing else reaches beyond this machine.
pytestmark = pytest.mark.enable_socket


class SymbolAsked(BaseModel):
    symbol: str


class Proposal(BaseModel):
    bias: str
    entry: Decimal


LEVELS = Tool("get_key_levels", "Key levels.", SymbolAsked, lambda _asked: {"pdh": "451.20"})


@pytest.fixture(params=PROVIDERS)
def model(request, tmp_path, migrated_database, monkeypatch):
    """The service with the real key of one provider, which alone is asked."""
    name = PROVIDERS[request.param]
    key = os.environ.get(name, "")
    if not key or os.environ.get("REAL_MODELS") != "1":
        pytest.skip(f"asks a real provider: set REAL_MODELS=1 and {name}")
    shutil.copy(migrated_database, tmp_path / "service.sqlite3")
    whole = catalogue.read_catalogue()
    tasks = {
        task: terms.model_copy(update={"order": [request.param]})
        for task, terms in whole.tasks.items()
    }
    changed = whole.model_copy(update={"tasks": tasks})
    for module in ("gateway", "calls", "keys"):
        monkeypatch.setattr(f"app.ai.service.{module}.read_catalogue", lambda: changed)
    app = make_app(tmp_path, **{name: key})
    with app.app_context():
        service.register_prompt("coach", "Look up levels with the tool. Answer in one sentence.")
        service.register_prompt("analysis", "Propose something.")
        yield request.param
        db.session.remove()


def test_a_real_model_answers_by_a_tool_and_costs_what_was_held_back_at_most(model):
    outcome = service.run(Ask("coach", "real", "What is SPY's PDH?", tools=(LEVELS,)))
    assert "451.2" in outcome.text
    assert [one.name for one in outcome.tool_calls] == ["get_key_levels"]
    assert outcome.model == model
    for call in db.session.scalars(select(AiCall)):
        assert 0 < call.cost <= call.reserved


def test_a_real_model_hands_over_a_structured_answer(model):
    asked = Ask("analysis", "real", "SPY at 451.20: bias long, entry 451.20.", output=Proposal)
    assert service.run(asked).data.entry == Decimal("451.20")
