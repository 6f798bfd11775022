"""A member who looks at an instrument of the invented market on the desk."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

import pytest

from app.core import clock
from app.core.db import transaction
from app.market import service as market
from app.market.service.instruments import get_instrument
from tests.factories.bars import bars_at, minutes_from, us

WP_USER = 7
NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)  # a Tuesday, 11:00 in New York
OPENS = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)


@pytest.fixture
def reader(site, member):
    """Link the WordPress user to a member; return the member's id."""
    user_id = member(tier="mid")
    site.link(WP_USER, user_id)
    return user_id


@pytest.fixture
def ask(site, reader):
    """Ask for a fragment as that member."""

    def get(path, **options):
        return site.get(f"/embed/{path}", wp_user_id=WP_USER, caps=["read"], **options)

    return get


@pytest.fixture
def instrument(app, monkeypatch):
    """Keep two days and the minutes of this morning of an instrument."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with transaction():
        found = get_instrument("SIMULATED-A")
        days = [us(datetime(2026, 11, day, 14, 30, tzinfo=UTC)) for day in (20, 23)]
        market.store_bars(found.id, "D1", bars_at(days, price=90.0), "simulated")
        market.store_bars(found.id, "M1", minutes_from(OPENS, 83), "simulated")
    return found


def data(html, name):
    """Return an attribute of the first element that has it."""
    return unescape(re.search(rf'data-{name}="([^"]*)"', html)[1])


def bars(html):
    """Return the bars that a fragment hands to the page's script."""
    return [row.split(",") for row in data(html, "bars").split(";")]
