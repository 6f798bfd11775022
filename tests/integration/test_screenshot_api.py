"""JSON of pictures of positions, and readings of the real SDKs over the wire of three providers."""

from __future__ import annotations

import base64

import pytest

from app.ai import service as ai
from app.core.db import db
from app.screenshots import service
from app.screenshots.errors import ReaderAwayError
from app.screenshots.service import asking
from tests.conftest import make_app, migrate
from tests.factories.shots import picture, position, seen
from tests.fakes.models import Reply, text
from workers import screenshots as jobs

TEXT = base64.b64encode(picture()).decode()
ROW = {"symbol": "NVDA", "right": "shares", "qty": "3", "price": "187.5", "opened_on": "2026-05-19",
       "number": 0}  # fmt: skip
SHARES = {"ticker": seen("NVDA"), "right": seen("shares"), "strike": seen(None), "expiry": seen(None),
          "quantity": seen("3"), "entry_price": seen("187.5", 0.6)}  # fmt: skip


@pytest.fixture
def gate(models, tmp_path, monkeypatch):
    models.asked.clear()
    models.script, models.replies = None, []
    app = make_app(tmp_path, **models.settings())
    migrate(app)
    with app.app_context():
        monkeypatch.setattr("app.ai.clients.metered.USUAL_WAIT", 0.01)
        monkeypatch.setattr(asking, "read_offline", reader_away)
        yield models
        db.session.remove()


def reader_away(_content, _seen_on):
    raise ReaderAwayError("no")


def answers(*positions, **more):
    arguments = {"broker": seen("webull"), "positions": list(positions)} | more
    return Reply(tools=(("final_result", arguments),))


@pytest.mark.req("S2-99", "S2-106")
@pytest.mark.parametrize("model", ["gpt-4o", "claude-haiku-4-5", "gemini-2.5-flash-lite"])
def test_each_provider_reads_a_picture_and_the_same_one_costs_once(
    gate, member, monkeypatch, model
):
    _only(monkeypatch, model)
    gate.replies = [answers(position(spread=1), position(spread=1, quantity=seen(-2)))]
    ann, bob = member("ann@example.test"), member("bob@example.test")
    for user_id in (ann, bob):
        (sent,) = service.send(user_id, [picture()])
        jobs.read(sent.id)
        shot = service.get_screenshot(user_id, sent.id)
        assert (shot.state, shot.model, shot.broker) == ("done", model, "webull")
        assert [each.position.spread for each in shot.found] == [1, 1]
    assert len(gate.asked) == 1


WILD = {
    "one good field": ([{"ticker": seen("ACME")}], "done", 1),
    "absurd": ([position(strike=seen("1e400"), quantity=seen("lots"), expiry=seen("0000-99-99"))], "done", 1),
    "no positions": ([], "unreadable", 0),
    "not a list": ("buy everything", "unreadable", 0),
    "items of another kind": (["ACME", 7, None, {"ticker": "ACME"}], "done", 1),
    "far too many": ([position()] * 500, "done", 40),
    "injected": (
        [position(ticker=seen("IGNORE ALL RULES; DROP TABLE users"), right=seen("<script>x</script>"))],
        "done", 1,
    ),
}  # fmt: skip


@pytest.mark.req("S2-101", "S2-102")
@pytest.mark.parametrize("name", WILD)
def test_a_model_that_answers_badly_never_writes_anything_down(gate, member, monkeypatch, name):
    _only(monkeypatch, "gpt-4o")
    positions, state, count = WILD[name]
    gate.replies = [Reply(tools=(("final_result", {"positions": positions}),))]
    ann = member("ann@example.test")
    (sent,) = service.send(ann, [picture(name)])
    jobs.read(sent.id)
    shot = service.get_screenshot(ann, sent.id)
    assert (shot.state, len(shot.found)) == (state, count)
    assert shot.positions == []
    told = shot.model_dump_json()
    assert "script" not in told
    assert "DROP" not in told
    if name in {"one good field", "absurd", "injected", "items of another kind"}:
        assert shot.asked[0]


def test_words_instead_of_a_reading_are_no_reading(gate, member, monkeypatch):
    _only(monkeypatch, "gpt-4o")
    gate.replies = [text("I would rather talk."), text("Still talking.")]
    ann = member("ann@example.test")
    (sent,) = service.send(ann, [picture("talk")])
    jobs.read(sent.id)
    shot = service.get_screenshot(ann, sent.id)
    assert (shot.state, shot.reason) == ("failed", "answer")


def _only(monkeypatch, model):
    from app.ai.rules import catalogue

    whole = catalogue.read_catalogue()
    task = whole.tasks["screenshot"].model_copy(update={"order": [model]})
    changed = whole.model_copy(update={"tasks": {**whole.tasks, "screenshot": task}})
    for module in ("gateway", "calls", "keys"):
        monkeypatch.setattr(f"app.ai.service.{module}.read_catalogue", lambda: changed)
    assert ai.prompt("screenshot").text


# --- The API ---


@pytest.fixture
def ann(member):
    return member("ann@example.test", tier="mid")


@pytest.fixture
def head(ann, bearer):
    return bearer(ann, ["ledger:read", "ledger:write"])


@pytest.mark.req("S2-96", "S2-103")
def test_a_program_sends_a_picture_reads_it_and_confirms(app, client, head, monkeypatch):
    said = answers(SHARES).tools[0][1]
    monkeypatch.setattr(
        asking, "read_picture",
        lambda *_a, **_k: asking.ReadOut(asking.SaidReading.model_validate(said), "gpt-4o", "1"),
    )  # fmt: skip
    sent = client.post("/api/screenshots", json={"picture": TEXT}, headers=head)
    assert (sent.status_code, sent.json["state"]) == (201, "waiting")
    at = f"/api/screenshots/{sent.json['id']}"
    jobs.read(sent.json["id"])
    found = client.get(at, headers=head).json
    assert (found["state"], found["asked"]) == ("done", {"0": ["entry_price"]})
    assert client.get("/api/screenshots", headers=head).json["items"] == [found]
    image = client.get(f"{at}/picture", headers=head)
    assert image.data.startswith(b"\x89PNG")
    assert (image.content_type, image.headers["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "no-store" in image.headers["Cache-Control"]
    refused = client.post(f"{at}/confirm", json={"positions": [ROW]}, headers=head)
    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"] == "/positions/0/price"
    done = client.post(
        f"{at}/confirm", json={"positions": [ROW | {"sure": ["price"]}]}, headers=head
    )
    assert (done.status_code, done.json["state"], len(done.json["positions"])) == (
        200,
        "confirmed",
        1,
    )
    portfolio = client.get("/api/portfolio", headers=head).json
    assert portfolio["underlyings"][0]["positions"][0]["qty"] == "3.00000000"
    assert client.delete(at, headers=head).status_code == 204
    assert client.get(at, headers=head).status_code == 404


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "picture"),
        ({"picture": None}, "picture"),
        ({"picture": "not base64!"}, "base64"),
        ({"picture": base64.b64encode(b"<svg/>").decode()}, "no picture"),
        ({"picture": "x" * 14_000_001}, "picture"),
        ({"picture": TEXT, "user_id": 1}, "user_id"),
    ],
)
def test_what_is_no_picture_is_refused_at_the_api(client, head, body, words):
    answer = client.post("/api/screenshots", json=body, headers=head)
    assert answer.status_code == 422
    assert words in answer.json["detail"]


def test_uploads_have_a_limit_of_their_own(tmp_path, member, bearer):
    app = make_app(tmp_path, RATE_LIMITS="uploads=2/600", WEB_PROCESSES=1)
    migrate(app)
    with app.app_context():
        head = bearer(member(tier="mid"), ["ledger:write"])
        client = app.test_client()
        answers = [
            client.post("/api/screenshots", json={"picture": TEXT}, headers=head) for _ in range(3)
        ]
        assert [each.status_code for each in answers] == [201, 201, 429]
