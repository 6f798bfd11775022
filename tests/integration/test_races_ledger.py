"""Fills, openings and imports, sent many times at one moment: the record is as if sent once."""

from __future__ import annotations

import contextvars
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.models import LedgerEvent, TradingAccount

MANY = 30
AT_ONCE = 8
AT = "2026-05-20T14:00:00Z"
HEAD = "external_id,executed_at,symbol,side,qty,price,fee,currency\n"


def at_once(send, items=None) -> list:
    """Call `send` for each item, eight at a time, each in a context of its own."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(
            pool.map(lambda one: contextvars.Context().run(send, one), items or range(MANY))
        )


def events() -> int:
    db.session.rollback()
    return db.session.query(LedgerEvent).count()


@pytest.fixture
def owner(engine_app, member):
    return member("dana@example.test")


@pytest.fixture
def client(engine_app, owner, bearer):
    """Return a function that asks as the owner."""
    headers = bearer(owner)
    return lambda method, path, **more: engine_app.test_client().open(
        path, method=method, headers={**headers, **more.pop("headers", {})}, **more
    )


def test_the_same_fills_are_recorded_once(client, owner):
    fills = [
        {"external_id": f"f{n}", "executed_at": AT, "symbol": "AAPL", "side": side, "qty": "1",
         "price": "10"}
        for n, side in enumerate(("buy", "sell") * 5)
    ]  # fmt: skip
    body = {"plugin_id": "mine", "fills": fills}
    answers = at_once(lambda _: client("POST", "/api/ledger/fills", json=body))
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {200, 503}, statuses
    assert statuses[200] > 0
    created = sum(answer.json["created"] for answer in answers if answer.status_code == 200)
    assert created == len(fills) == events()
    assert db.session.query(TradingAccount).count() == 1
    assert ledger.count_trades(owner) == 5
    assert ledger.verify() is None


def test_different_fills_of_one_account_all_stand_in_one_chain(client):
    def send(number):
        fill = {"external_id": f"g{number}", "executed_at": AT, "symbol": "AAPL", "side": "buy",
                "qty": "1", "price": "10"}  # fmt: skip
        return client("POST", "/api/ledger/fills", json={"plugin_id": "mine", "fills": [fill]})

    statuses = Counter(answer.status_code for answer in at_once(send))
    assert set(statuses) <= {200, 503}, statuses
    assert events() == statuses[200]
    account = db.session.query(TradingAccount).one()
    assert account.head_seq == statuses[200]
    assert ledger.verify() is None


def test_one_opening_wins_and_stays(client, owner):
    with transaction():
        account = ledger.open_account(owner, "mine", "journal").id
    amounts = [str(1000 + number) for number in range(MANY)]

    def send(amount):
        body, match = {"starting_balance": amount}, {"If-Match": '"0"'}
        target = f"/api/ledger/accounts/{account}/opening"
        return amount, client("PUT", target, json=body, headers=match).status_code

    found = at_once(send, amounts)
    won = [amount for amount, status in found if status == 200]
    assert len(won) == 1, found
    assert {status for _, status in found} <= {200, 412, 503}
    db.session.rollback()
    assert str(ledger.get_account(owner, account).starting_balance.normalize()) == str(
        ledger.get_opening(owner, account).starting_balance.normalize()
    )
    assert ledger.get_opening(owner, account).starting_balance == int(won[0])


def test_an_import_confirmed_many_times_is_done_once(engine_app, owner):
    from tests.conftest import SiteCaller

    site = SiteCaller(engine_app)
    site.link(7, owner)
    rows = "".join(f"i{n},{AT},AAPL,buy,1,10,0,USD\n" for n in range(20))
    with transaction():
        made = ledger.preview_import(owner, "mine", "x.csv", (HEAD + rows).encode()).id
    statuses = Counter(
        at_once(lambda _: site.post(f"/embed/imports/{made}/start", wp_user_id=7).status_code)
    )
    assert statuses[200] >= 1, statuses
    assert set(statuses) <= {200, 409, 422, 503}, statuses
    assert jobs_of(made) == 1
    # The job itself, several times over, as a queue that lost its memory would do it.
    at_once(lambda _: run(engine_app, made), range(4))
    assert events() == 20
    assert ledger.get_import(owner, made).state == "done"
    assert ledger.verify() is None


def jobs_of(import_id: int) -> int:
    from app.core.outbox import OutboxRow

    db.session.rollback()
    rows = db.session.query(OutboxRow).filter(OutboxRow.name.like("%import%")).all()
    return len([row for row in rows if import_id in row.payload.values()])


def run(app, import_id: int) -> None:
    with app.app_context():
        try:
            ledger.run_import(import_id)
        finally:
            db.session.remove()
