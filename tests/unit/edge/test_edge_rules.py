"""The wire format of events, and waiting times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import live
from app.edge import rules


def parse(stream: bytes) -> list[dict[str, str]]:
    """Read events as the HTML standard says (section 9.2.6), except for `retry`."""
    events, fields = [], {}
    for line in stream.decode().replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line:
            if "data" in fields:
                events.append(fields)
            fields = {}
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        fields[name] = f"{fields[name]}\n{value}" if name in fields else value
    return events


@given(st.text())
def test_whatever_is_sent_is_one_event_and_comes_out_again(data):
    (event,) = parse(rules.frame("overview", data, "abc"))
    assert event["event"] == "overview"
    assert event["id"] == "abc"
    assert event["data"] == data.replace("\r\n", "\n").replace("\r", "\n")


def test_a_tag_cannot_begin_another_field():
    (event,) = parse(rules.frame("overview", "x", "a\nevent: end\r\ndata: y\0"))
    assert event == {"id": "aevent: enddata: y", "event": "overview", "data": "x"}


def test_a_stream_opens_with_a_sign_of_life_and_without_the_browser_s_own_retry():
    text = rules.opening()
    assert text.startswith(b"retry: 60000\n\n")
    assert parse(text)[-1] == {"event": "beat", "data": "1"}


@given(st.floats(0, 1))
def test_jitter_stays_within_its_share(chance):
    assert 12 <= rules.jittered(15, 0.2, chance) <= 18


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_backoff_grows_to_its_limit_and_is_spread(failures, chance):
    wait = rules.backoff(failures, chance)
    assert 0.125 <= wait <= 10
    assert rules.backoff(failures + 1, chance) >= wait
    assert rules.backoff(failures, 0) * 2 == rules.backoff(failures, 1)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Site.Example/shop/", "https://site.example"),
        ("https://site.example:443", "https://site.example"),
        ("http://site.example:80/", "http://site.example"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://b\u00fccher.example/", "https://xn--bcher-kva.example"),
        ("ftp://site.example", ""),
        ("site.example", ""),
        ("https://site.example:99999", ""),
        ("", ""),
    ],
)
def test_an_origin_is_what_browsers_send(url, origin):
    assert live.origin_of(url) == origin


@pytest.mark.parametrize("message", [b"", b"x", b"{}", b"7", b'"7"', b"null"])
def test_a_message_that_is_none_names_nobody(message):
    assert live.read_message(message) == []


def test_a_message_names_users():
    assert live.read_message(b'[1, 2, "3"]') == [1, 2]


def test_a_message_names_whose_streams_end():
    told = b'{"ended": {"site_id": "s", "user_id": 1, "session": "x"}}'
    assert live.read_message(told) == live.Ended("s", 1, "x")
    for broken in (
        b"{}",
        b'{"ended": 1}',
        b'{"ended": {}}',
        b'{"ended": {"site_id": "s", "x": 1}}',
    ):
        assert live.read_message(broken) == []
