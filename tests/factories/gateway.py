"""The gateway to models over the real SDKs, whose providers are fakes."""

from __future__ import annotations

import shutil
from datetime import date

import pytest
from sqlalchemy import select

from app.ai import service
from app.ai.models import AiCall
from app.ai.rules import catalogue
from app.ai.schemas import Ask
from app.ai.service import gateway, keys
from app.core.db import db
from tests.conftest import make_app, migrate
from tests.fakes.models import ModelServer, text

COUNT = iter(range(10_000))


@pytest.fixture(scope="module")
def models():
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture
def gate(models, tmp_path, migrated_database, monkeypatch):
    """The service with keys of all three providers, whose addresses are the fake's."""
    models.asked.clear()
    models.keys_refused.clear()
    models.script, models.replies = None, [text("Hello.")]
    shutil.copy(migrated_database, tmp_path / "service.sqlite3")
    app = make_app(tmp_path, **models.settings())
    with app.app_context():
        service.register_prompt("coach", "You are a coach.")
        service.register_prompt("analysis", "You look at charts.")
        monkeypatch.setattr("app.ai.clients.metered.USUAL_WAIT", 0.01)
        yield models
        db.session.remove()


@pytest.fixture
def bare_gate(tmp_path):
    """The same with a fake of its own that says nothing yet, and the program's own prompts."""
    server = ModelServer()
    app = make_app(tmp_path, **server.settings())
    migrate(app)
    with app.app_context():
        yield server
        db.session.remove()
    server.close()


@pytest.fixture
def order(monkeypatch):
    """Set which models tasks ask, and other terms of theirs."""
    whole = catalogue.read_catalogue()

    def set_order(*names, task="coach", ended=(), **terms):
        changed = whole.tasks[task].model_copy(update={"order": list(names), **terms})
        gone = {"ends_on": date(2026, 1, 1)}
        parts = {
            "tasks": {**whole.tasks, task: changed},
            "models": {
                name: model.model_copy(update=gone if name in ended else {"ends_on": None})
                for name, model in whole.models.items()
            },
        }
        monkeypatch.setattr(catalogue, "read_catalogue", lambda: whole.model_copy(update=parts))
        for module in (gateway, service.calls, service.keys):
            monkeypatch.setattr(module, "read_catalogue", catalogue.read_catalogue)

    return set_order


@pytest.fixture
def own_keys(monkeypatch):
    """Let every plan take own keys: the one that sells them is in preparation."""
    monkeypatch.setattr(keys.billing, "can", lambda _user, key: key == keys.FEATURE)
    monkeypatch.setattr(keys.billing, "require", lambda _user, _key: None)


def ask(question="Where is PDH?", **more) -> Ask:
    return Ask(**{"task": "coach", "request_key": f"test {next(COUNT)}", "text": question, **more})


def calls(**where):
    db.session.rollback()
    return db.session.scalars(select(AiCall).filter_by(**where).order_by(AiCall.id)).all()
