"""`flask ai` and a dry run of a prompt on the command line."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.ai import service
from app.ai.models import AiRun
from app.ai.service import prompts
from app.core.db import db


@pytest.fixture
def flask(app):
    def call(*args: str, code: int = 0) -> str:
        done = app.test_cli_runner().invoke(args=list(args))
        assert done.exit_code == code, done.output
        return done.output

    return call


def test_what_is_set_is_printed_and_goes_back(flask):
    assert flask("ai", "set", "user_day", "2.5") == "user_day 2.5\n"
    assert "* user_day                     2.5" in flask("ai", "limits")
    assert flask("ai", "set", "user_day") == "user_day 1\n"
    assert "from 0 to" in flask("ai", "set", "user_day", "much", code=1)
    assert "no such setting" in flask("ai", "set", "nothing", "1", code=1)


def test_health_tells_no_key_and_usage_begins_empty(flask, app):
    app.config["OPENAI_API_KEY"] = "sk-secret-of-the-service"
    shown = flask("ai", "health")
    assert "gpt-4o               key     closed" in shown
    assert "sk-secret" not in shown
    assert "0 requests, 0 failed" in flask("ai", "usage", "--period", "7d")


def test_versions_of_a_prompt_are_kept_tried_chosen_and_rolled_back(flask, app, member, tmp_path):
    ann = member("ann@example.test")
    own = service.prompt("coach").number
    draft = tmp_path / "draft.txt"
    draft.write_text("You are a very brief coach.")
    assert flask("ai", "add-prompt", "coach", str(draft), "--note", "Brief") == f"coach {own + 1}\n"
    assert service.prompt("coach").number == own, "not used before it is chosen"
    tried = flask("coach", "ask", "ann@example.test", "How am I doing?", "--prompt", str(own + 1))
    assert f"(dry run of coach {own + 1}, 0 USD)" in tried
    run = db.session.scalars(select(AiRun)).one()
    assert (run.is_trial, run.prompt, run.user_id) == (True, f"coach {own + 1}", ann)
    assert flask("ai", "choose-prompt", "coach", str(own + 1)) == f"coach {own + 1}\n"
    assert "* " + f"{own + 1:4}" in flask("ai", "prompts", "coach")
    assert "very brief" in flask("ai", "prompts", "coach", "--text", str(own + 1))
    assert flask("ai", "choose-prompt", "coach") == f"coach {own}\n"
    assert "no such version" in flask("ai", "choose-prompt", "coach", "99", code=1)
    draft.write_text("x" * (prompts.LONGEST + 1))
    assert "1 to 20000" in flask("ai", "add-prompt", "coach", str(draft), code=1)
