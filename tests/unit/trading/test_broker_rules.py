"""Which keys fit which kind of account."""

from __future__ import annotations

import pytest

from app.trading import rules


@pytest.mark.parametrize(
    ("broker", "kind", "key", "fault"),
    [
        ("alpaca", "paper", "PKABC", None),
        ("alpaca", "live", "AKABC", None),
        ("alpaca", "paper", "AKABC", "key_is_live"),
        ("alpaca", "live", "PKABC", "key_is_paper"),
        ("alpaca", "live", "CKABC", None),
        ("robinhood", "live", "PKABC", None),
        ("robinhood", "paper", "rh-api-1", "no_paper"),
    ],
)
def test_a_live_key_is_never_taken_for_paper(broker, kind, key, fault):
    assert rules.type_fault(broker, kind, key) == fault


def test_the_hint_is_four_characters():
    assert rules.hint("PKTEST1234") == "1234"
