"""A search for parameters that tests ask for: four tries over two hundred days."""

from __future__ import annotations

from datetime import date

import pytest

from app.core.db import transaction
from app.market import service as market
from app.robots import service
from app.robots.schemas.running import RunIn, SearchIn

GRID = {"fast": [2, 3, 5], "slow": [3, 8]}
TRIED = [(2, 3), (2, 8), (3, 8), (5, 8)]


def bars(count=200, start=date(2024, 1, 2)):
    days = market.calendar("XNYS").between(start.toordinal(), start.toordinal() + 2 * count)
    rows = ["session,open,high,low,close,volume"]
    for at, day in enumerate(days[:count]):
        price = 100 + (at * at * 7) % 23 - at % 11
        rows.append(f"{date.fromordinal(day)},{price},{price + 2},{price - 2},{price + 1},1000")
    return "\n".join(rows)


@pytest.fixture
def search(request, member):
    request.getfixturevalue("engine_app" if "engine_app" in request.fixturenames else "app")
    with transaction():
        service.sync_catalogue()
    user_id = member()

    def start(text=None, grid=None, parameters=None):
        asked = RunIn(
            plugin_id="ma_cross",
            kind="search",
            files={"SWING": text or bars()},
            parameters={"short": True} if parameters is None else parameters,
            search=SearchIn(grid=grid or GRID, folds=2),
        )
        return user_id, service.start_run(user_id, asked).id

    return start


def pairs_of(rows):
    return [(row.parameters["fast"], row.parameters["slow"]) for row in rows]
