"""Pages of lists: one shape, a stable order, and cursors that nobody but us can make."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from app.core import paging
from app.core.errors import ValidationError
from app.ledger import service as ledger
from app.ledger.schemas import FillIn

TRADES = "/api/ledger/trades"
AT = "2026-05-20T14:00:00Z"


@pytest.fixture
def ask(client, member, bearer):
    """Return a caller of trades whose member has five round trips that end in one second."""
    user_id = member()
    account = ledger.open_account(user_id, "ma_cross", "journal")
    fills = []
    for number in range(5):
        fills.append(FillIn(f"b{number}", AT, "AAPL", "buy", 1, 10))
        fills.append(FillIn(f"s{number}", AT, "AAPL", "sell", 1, 11 + number))
    ledger.record_fills(account.id, fills, source="test")
    headers = bearer(user_id)
    return lambda query="": client.get(f"{TRADES}{query}", headers=headers)


def test_links_lead_through_all_pages_once(ask, client):
    seen, address = [], f"{TRADES}?limit=2"
    while address:
        answer = ask(address.removeprefix(TRADES))
        assert answer.status_code == 200
        assert answer.json["has_more"] == (answer.json["next_cursor"] is not None)
        seen += [item["id"] for item in answer.json["items"]]
        found = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("Link", ""))
        assert bool(found) == answer.json["has_more"]
        address = found[1] if found else ""
    assert len(seen) == len(set(seen)) == 5
    assert seen == [item["id"] for item in ask().json["items"]]


def test_every_changed_character_of_a_cursor_is_noticed(ask):
    cursor = ask("?limit=2").json["next_cursor"]
    raw = bytearray(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    for place in range(len(raw)):
        changed = bytes(raw[:place]) + bytes([raw[place] ^ 1]) + bytes(raw[place + 1 :])
        answer = ask(f"?cursor={urlsafe_b64encode(changed).decode()}")
        assert answer.status_code == 422, place
        assert answer.json["errors"][0]["pointer"] == "/cursor"


@pytest.mark.parametrize("text", ["", "a", "=", "????", "A" * 500, "0", "é"])
def test_what_is_no_cursor_is_refused(ask, text):
    assert ask(f"?cursor={text}").status_code == 422


def test_a_cursor_is_good_for_its_own_list_only(app):
    cursor = paging.seal("trades", ["2026-05-20T14:00:00+00:00", 7])
    assert paging.unseal("trades", cursor)[1] == 7
    with pytest.raises(ValidationError):
        paging.unseal("members", cursor)
    app.config["SECRET_KEY"] = "another"
    with pytest.raises(ValidationError):
        paging.unseal("trades", cursor)
