"""The last net under the logs: secrets and addresses go, what helps to find a fault stays."""

from __future__ import annotations

import pytest

from app.core.redact import has_card_number, hide, hide_all

CHANCE = "q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6j7K8l9Z0x1C"
SECRETS = [
    f"trp_live_Ab3dEf6h.{CHANCE}", f"trp_refresh_{CHANCE}", f"whsec_{CHANCE}+/=", CHANCE,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzIn0.c2lnbmF0dXJl", "Bearer abc", "basic dXNlcjpwdw==",
    "password=hunter2", "'password': 'hunter2'", "api_key: abcdef", "reset_token=abc123",
    "Set-Cookie: trp_session=abc", "postgresql://user:hunter2@127.0.0.1/db",
    "https://x.example/account/reset?token=abc123", "ada@example.test", "Authorization: abc",
]  # fmt: skip


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_does_not_pass(secret):
    told = hide(f"RuntimeError: it broke at {secret} in line 7")
    for word in ("hunter2", CHANCE, "abc", "eyJ", "ada@", "dXNlcj", "c2lnbmF0"):
        assert word not in told
    assert told.startswith("RuntimeError: it broke at ")


def test_what_helps_to_find_a_fault_passes():
    for text in (
        "0123456789abcdef0123456789abcdef",
        "File app/accounts/clients.py, line 63, in authenticate",
        "sha256 " + "0a" * 32,
        "site_jNV3xIxfNYdm_eYP is paused",
        "account 12, 3 fills, 0.1 s",
    ):
        assert hide(text) == text


def test_it_reaches_whatever_a_line_holds():
    line = {"event": "x", "token": "abc", "count": 3, "error": ValueError("password=hunter2"),
            "deep": [{"secret": "abc", "note": ("Bearer abc",)}], "none": None}  # fmt: skip
    told = hide_all(line)
    assert told["count"] == 3
    assert told["none"] is None
    assert "abc" not in str(told)
    assert "hunter2" not in str(told)


def test_codes_of_a_second_factor_are_taken_out():
    told = hide("['abcd-efgh-2345-wxyz', 'k2'] JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    assert told == "['[code]', 'k2'] [code]"


# Numbers that providers publish for tests, each of another issuer.
CARDS = ("4242424242424242", "4242 4242 4242 4242", "5555-5555-5555-4444", "378282246310005",
         "6011111111111117", "3056930009020004", "2223003122003222", "4222222222222")  # fmt: skip


@pytest.mark.req("S1-92", "S3-107")
@pytest.mark.parametrize("number", CARDS)
def test_the_number_of_a_card_does_not_pass(number):
    assert has_card_number(f"mine is {number}, thanks")
    assert hide(f"mine is {number}, thanks") == "mine is [card], thanks"


def test_other_long_numbers_pass():
    # One digit off, a time in microseconds, an id with letters, a hash, an amount.
    for text in ("4242424242424241", "1795849200000000", "in_4242424242424242", "0" * 16,
                 "4242424242424242.50", "4242", "a4242424242424242"):  # fmt: skip
        assert not has_card_number(text), text
        assert hide(text) == text
