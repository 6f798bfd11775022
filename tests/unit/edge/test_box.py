"""What a page of the desk is sent when it reads slowly."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from app.core.live import ChartChanged
from app.core.ticks import Bar, FeedState, read_message
from app.edge.rules import MOST_CLOSED, Box, event_of
from tests.unit.edge.test_edge_rules import parse

TOLD = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 20), st.booleans()), max_size=60)


def bar(instrument_id: int, opened_at: int, *, closed: bool = False, price: float = 1.0) -> Bar:
    said = {"i": instrument_id, "b": [opened_at, 1, 1, 1, price, 0], "closed": closed}
    told = read_message(json.dumps(said).encode())
    assert isinstance(told, Bar)
    return told


def put(box: Box, *told) -> None:
    for one in told:
        box.put(one, event_of(one))


def taken(box: Box) -> list[tuple[str, object]]:
    return [(each["event"], each["data"]) for each in parse(box.take())]


def bars(box: Box) -> list[tuple[int, int, bool]]:
    return [
        (said["i"], said["b"][0], said["closed"])
        for event, data in taken(box)
        if event == "bar" and (said := json.loads(str(data)))
    ]


def test_of_an_open_bar_only_the_newest_is_sent():
    box = Box()
    put(box, *(bar(1, 60, price=price) for price in (1.0, 2.0, 3.0)), bar(2, 60))
    first, second = taken(box)
    assert json.loads(str(first[1]))["b"][4] == 3.0
    assert json.loads(str(second[1]))["i"] == 2
    assert box.take() == b""


def test_closed_bars_are_all_sent_before_the_open_one_and_close_it():
    box = Box()
    put(
        box, bar(1, 60), bar(1, 60, closed=True), bar(1, 120), bar(1, 120, closed=True), bar(1, 180)
    )
    assert bars(box) == [(1, 60, True), (1, 120, True), (1, 180, False)]


def test_a_correction_replaces_the_bar_that_it_corrects():
    box = Box()
    put(box, bar(1, 60, closed=True), bar(1, 60, closed=True, price=9.0))
    ((_, data),) = taken(box)
    assert json.loads(str(data))["b"][4] == 9.0


def test_an_open_bar_that_comes_late_does_not_replace_a_newer_one():
    box = Box()
    put(box, bar(1, 120), bar(1, 60))
    assert bars(box) == [(1, 120, False)]


def test_who_is_too_far_behind_is_told_to_load_anew_and_gets_what_is_open():
    box = Box()
    put(box, *(bar(1, 60 * n, closed=True) for n in range(MOST_CLOSED + 1)), bar(1, 60 * 500))
    assert [event for event, _ in taken(box)] == ["reload", "bar"]
    put(box, bar(1, 60, closed=True))
    assert bars(box) == [(1, 60, True)]


def test_of_charts_and_of_the_feed_the_newest_is_sent():
    box = Box()
    put(box, ChartChanged(5, 1, 2), FeedState('{"state": "stale"}'))
    put(box, ChartChanged(5, 1, 3), ChartChanged(6, 1, 1), FeedState('{"state": "live"}'))
    assert taken(box) == [
        ("chart", '{"id": 5, "version": 3}'),
        ("chart", '{"id": 6, "version": 1}'),
        ("feed", '{"state": "live"}'),
    ]


@given(TOLD)
def test_however_much_is_told_each_open_bar_is_there_once_and_the_newest_time_arrives(drawn):
    told = [bar(i, minute * 60, closed=closed) for i, minute, closed in drawn]
    box = Box()
    put(box, *told)
    found = bars(box)
    assert len(found) <= MOST_CLOSED + 3
    for instrument_id in {one.instrument_id for one in told}:
        newest = max(one.opened_at for one in told if one.instrument_id == instrument_id)
        own = [(at, closed) for i, at, closed in found if i == instrument_id]
        assert newest in {at for at, _ in own}
        assert sum(not closed for _, closed in own) <= 1


def test_what_is_no_message_is_nothing():
    for text in (
        b"",
        b"7",
        b"[]",
        b"{}",
        b'{"i": 1}',
        b'{"i": 1, "b": [1], "closed": true}',
        b"\xff",
    ):
        assert read_message(text) is None
