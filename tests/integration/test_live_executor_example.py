"""The documented client works as it stands, against the real application over loopback."""

from __future__ import annotations

import contextvars
import importlib.util
import threading
from pathlib import Path

import pytest
from werkzeug.serving import make_server

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/live_executor.py"


@pytest.fixture
def example():
    spec = importlib.util.spec_from_file_location("live_executor", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def url(app):
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=lambda: contextvars.Context().run(server.serve_forever))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.req("S4-18")
def test_the_example_client_reports_fills_once(example, url, member, api_key):
    user_id = member("owner@example.test")
    ledger = example.Ledger(url, api_key(user_id))
    assert ledger.me()["user_id"] == user_id
    fills = [
        {"external_id": f"x{n}", "executed_at": "2026-05-20T14:00:00Z", "symbol": "AAPL",
         "side": "sell" if n % 2 else "buy", "qty": "1", "price": "10", "fee": "0"}
        for n in range(2500)
    ]  # fmt: skip
    results = ledger.record_fills("ma_cross", [*fills, {**fills[0], "external_id": "y", "qty": 0}])
    assert {result["status"] for result in results[:-1]} == {"created"}
    assert results[-1]["field"] == "qty"
    again = ledger.record_fills("ma_cross", fills[:10])
    assert {result["status"] for result in again} == {"duplicate"}
    ledger.session.close()


def test_the_example_client_repeats_what_got_no_answer(example, monkeypatch):
    ledger = example.Ledger("http://127.0.0.1:9", "key")
    monkeypatch.setattr(example.time, "sleep", lambda _: None)
    calls = []

    def request(*_, **__):
        calls.append(1)
        raise example.requests.ConnectionError

    monkeypatch.setattr(ledger.session, "request", request)
    with pytest.raises(example.requests.ConnectionError):
        ledger.me()
    assert len(calls) == example.ATTEMPTS
    ledger.session.close()
