"""The hashed text is RFC 8785 on our domain, whichever of the two ways writes it."""

from __future__ import annotations

import hashlib

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.rules.chain import GENESIS, Event, EventWriter, canonical, event_hash, find_fault
from app.ledger.rules.fills import ReadFill, plain_number
from app.ledger.service.delivery import Facts
from app.ledger.service.record import fill_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.text(st.characters(max_codepoint=127), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda children: st.dictionaries(KEYS, children, max_size=4),
    max_leaves=12,
)


@pytest.mark.req("S4-3")
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_our_json_is_rfc_8785_byte_for_byte(document):
    assert canonical(document).encode() == rfc8785.dumps(document)


def document_of(event):
    document = event._asdict()
    del document["hash"]
    import orjson

    document["body"] = orjson.loads(event.body)
    return document


@given(
    st.integers(1, 2**31 - 1),
    st.integers(0, 2**31 - 2),
    TEXTS,
    st.dictionaries(KEYS, TEXTS, max_size=5),
    st.sampled_from(["api", "file", "broker"]),
)
def test_an_event_is_hashed_over_all_its_columns(account_id, seq, external_id, body, source):
    at = "2026-05-20T14:00:00.000000Z"
    writer = EventWriter(account_id, seq, "", source, at)
    first = writer.append("fill", at, external_id, canonical(body))
    second = writer.append("mark", at, external_id, canonical(body))
    assert (first.seq, first.prev_hash, second.prev_hash) == (seq + 1, GENESIS, first.hash)
    for event in (first, second):
        expected = hashlib.sha256(rfc8785.dumps(document_of(event))).hexdigest()
        assert event.hash == expected == event_hash(event)
    assert find_fault(second, seq + 2, first.hash) is None


def test_a_known_event_has_its_known_hash():
    event = Event(
        7, 1, "fill", "2026-05-20T14:00:00.000000Z", "2026-05-20T14:00:01.000000Z", "api",
        'ä"\\\n', '{"qty":"0.5"}', GENESIS, "",
    )  # fmt: skip
    text = (
        '{"account_id":7,"body":{"qty":"0.5"},"external_id":"ä\\"\\\\\\n","kind":"fill",'
        '"occurred_at":"2026-05-20T14:00:00.000000Z","prev_hash":"' + GENESIS + '",'
        '"received_at":"2026-05-20T14:00:01.000000Z","seq":1,"source":"api"}'
    )
    assert event_hash(event) == hashlib.sha256(text.encode()).hexdigest()


@given(
    st.integers(1, 10**18), st.integers(1, 10**18), st.integers(0, 10**18),
    st.sampled_from(["buy", "sell"]), st.sampled_from([None, "EUR"]), st.sampled_from([None, "ab"]),
)  # fmt: skip
def test_a_fills_body_is_canonical(qty, price, fee, side, fee_currency, note_hash):
    read = ReadFill(
        "a", "2026-05-20T14:00:00.000000Z", "UAL   260417C00110000", None, side, qty, price, fee,
        "USD", fee_currency, None, None,
    )  # fmt: skip
    facts = Facts(1, "option", 100 * 10**8, "USD", lambda _: "2026-05-20")
    body = {
        "asset_class": "option",
        "currency": "USD",
        "fee": plain_number(fee),
        "fee_currency": fee_currency or "USD",
        "multiplier": "100",
        "price": plain_number(price),
        "qty": plain_number(qty),
        "session": "2026-05-20",
        "side": side,
        "symbol": "UAL   260417C00110000",
    }
    if note_hash:
        body["note_hash"] = note_hash
    assert fill_text(read, facts, "2026-05-20", note_hash).encode() == rfc8785.dumps(body)
