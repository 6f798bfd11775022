"""Instruments and sessions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.core.db import transaction
from app.core.errors import ValidationError
from app.market import service
from app.market.clients import sessions as clients
from app.market.errors import MalformedSymbolError


def test_an_instrument_is_made_once(engine_app):
    with transaction():
        one = service.get_instrument("AAPL")
        two = service.get_instrument("AAPL", multiplier=Decimal(1000))
        other = service.get_instrument("AAPL", asset_class="option")
    assert one == two
    assert (one.multiplier, one.is_assumed) == (1, True)
    assert other.id != one.id
    assert service.instruments_by_id([one.id, 99]) == {one.id: one}


def test_malformed_symbols_and_classes_are_refused(app):
    with pytest.raises(MalformedSymbolError):
        service.get_instrument("no such thing")
    with pytest.raises(ValidationError):
        service.get_instrument("AAPL", asset_class="bond")


@pytest.mark.req("S4-12")
def test_the_last_completed_session_follows_half_days_and_holidays(app):
    last = service.last_completed_session
    assert last("XNYS", datetime(2025, 11, 28, 17, 59, tzinfo=UTC)) == date(2025, 11, 26)
    assert last("XNYS", datetime(2025, 11, 28, 18, 0, tzinfo=UTC)) == date(2025, 11, 28)
    assert last("XNYS", datetime(2025, 12, 25, 23, 0, tzinfo=UTC)) == date(2025, 12, 24)
    assert last("24/7", datetime(2025, 12, 25, 23, 0, tzinfo=UTC)) == date(2025, 12, 24)


def test_both_ways_to_find_a_session_agree(app):
    for venue in ("XNYS", "CMES"):
        calendar, find = service.calendar(venue), service.session_finder(venue)
        for close in calendar.closes_us[-1500:-1]:
            for step in (-1, 0, 1, 3_600_000_000 * 5):
                at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=close + step)
                text = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
                assert find(text) == date.fromordinal(calendar.session_on(close + step)).isoformat()


def test_sessions_are_kept_in_a_file(tmp_path, monkeypatch):
    made = clients.load_sessions("XNYS", "2026-01", tmp_path)
    monkeypatch.setattr(clients, "_compute", None)
    assert clients.load_sessions("XNYS", "2026-01", tmp_path) == made
    assert date.fromordinal(made["days"][0]) == date(1990, 1, 2)
