"""Replays never tell anything of what comes next, in any field, whatever is kept by now."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import numpy as np
import pytest

from app.accounts import service as accounts
from app.charts.models import Replay
from app.core import clock
from app.core.db import db, transaction
from app.market import service as market
from app.quant.bars import ScaledBars, price_units
from tests.conftest import make_app
from tests.factories.bars import MINUTE, us
from tests.factories.charts import support, with_minutes

PATH = "/api/replays"
BOTH = ["charts:read", "charts:write"]
DAYS = [datetime(2026, 5, day, 13, 30, tzinfo=UTC) for day in (18, 19, 20, 21, 22)]
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
OTHERS = ("M1", "M5", "H1", "H4", "D1", "W1", "MN")


def random_minutes() -> ScaledBars:
    """Return minutes of five sessions, from before the market to after it, with holes."""
    random = np.random.default_rng(11)
    at = np.concatenate(
        [us(day) - 60 * MINUTE + MINUTE * np.flatnonzero(random.random(500) < 0.9) for day in DAYS]
    )
    close = 100 + np.cumsum(random.normal(0, 0.05, len(at)))
    opened = np.concatenate([[100.0], close[:-1]])
    wide = random.uniform(0, 0.05, len(at))
    prices = [opened, np.maximum(opened, close) + wide, np.minimum(opened, close) - wide, close]
    return ScaledBars(at, *(price_units(each.round(4)) for each in prices), np.ones(len(at)))


def days() -> ScaledBars:
    """Return the days as they are kept: with a reach that no minute has, to be known by it."""
    prices = [price_units(np.full(len(DAYS), each)) for each in (100.0, 120.0, 80.0, 100.0)]
    return ScaledBars(np.array([us(day) for day in DAYS]), *prices, np.full(len(DAYS), 9e6))


def some(bars: ScaledBars, which) -> ScaledBars:
    return ScaledBars._make(column[which] for column in bars)


def keep(minutes: ScaledBars, whole: ScaledBars) -> None:
    with transaction():
        found = market.get_instrument("AAPL")
        for timeframe, bars in (("M1", minutes), ("D1", whole)):
            if len(bars.opened_at):
                market.store_bars(found.id, timeframe, bars, "massive")


@pytest.fixture
def ask(app, member, bearer):
    headers, client = bearer(member(), BOTH), app.test_client()

    def send(method, path="", body=None):
        return client.open(PATH + path, method=method, headers=headers, json=body)

    return send


def begin(ask, **more):
    found = ask("POST", body={"symbol": "AAPL", "from": "2026-05-19T12:31:00Z"} | more)
    assert found.status_code == 201, found.text
    return found.json


@pytest.mark.req("S0-28", "S0-33", "S0-34")
def test_every_answer_is_as_if_the_future_were_not_kept(
    app, ask, bearer, monkeypatch, tmp_path_factory, migrated_database
):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    minutes, whole = random_minutes(), days()
    keep(minutes, whole)
    replay = begin(ask, timeframe="M15", to="2026-05-21T16:07:00Z")
    folder = tmp_path_factory.mktemp("past")
    shutil.copy(migrated_database, folder / "service.sqlite3")
    past = make_app(folder)
    known, positions = 0, []
    with past.app_context():
        with transaction():
            user = accounts.create_user("member@example.test").id
            db.session.add(Replay(user_id=user, symbol="AAPL", timeframe="M15", version=1,
                from_at=NOW, to_at=NOW, position=NOW, created_at=NOW, changed_at=NOW))  # fmt: skip
        headers = bearer(user, BOTH)
    while True:
        state = ask("GET", f"/{replay['id']}").json
        position = datetime.fromisoformat(state["replay"]["position"])
        positions.append(position)
        cut = us(position)
        with past.app_context():
            new = (minutes.opened_at >= known) & (minutes.opened_at < cut)
            closes = whole.opened_at + 390 * MINUTE
            keep(some(minutes, new), some(whole, (closes > known) & (closes <= cut)))
            with transaction():
                row = db.session.get(Replay, 1)
                for name in ("from_at", "to_at", "position"):
                    setattr(row, name, datetime.fromisoformat(state["replay"][name]))
                row.version = state["replay"]["version"]
            db.session.remove()
        known = cut
        for timeframe in ("M15", *OTHERS):
            path = f"/{replay['id']}?timeframe={timeframe}&count=3000"
            there = past.test_client().get(PATH + path, headers=headers)
            assert ask("GET", path).data == there.data, (timeframe, position)
        there = past.test_client().get(f"{PATH}/{replay['id']}/bars.csv", headers=headers)
        assert ask("GET", f"/{replay['id']}/bars.csv").data == there.data
        if state["replay"]["is_over"]:
            break
        stepped = ask("POST", f"/{replay['id']}/step", {"bars": 23})
        assert stepped.json == ask("GET", f"/{replay['id']}").json
        assert len(positions) < 40
    assert positions == sorted(set(positions))
    assert positions[-1] == datetime(2026, 5, 21, 16, 7, tzinfo=UTC)
    assert len(positions) > 3
    with past.app_context():
        db.engine.dispose()
        past.extensions["redis"].close()


def test_one_step_shows_one_bar_more(ask, app):
    with_minutes("AAPL", sessions=2)
    replay = begin(ask, **{"from": "2026-05-20T14:00:00Z", "timeframe": "M5"})
    path = f"/{replay['id']}"
    bars = ask("GET", path).json["bars"]
    assert bars[-1][0] == int(datetime(2026, 5, 20, 13, 55, tzinfo=UTC).timestamp())
    for number in range(1, 4):
        found = ask("POST", f"{path}/step", {}).json
        assert len(found["bars"]) == len(bars) + number
        assert found["is_last_closed"] is True
    open_hour = ask("GET", f"{path}?timeframe=H1").json
    assert open_hour["is_last_closed"] is False
    assert open_hour["bars"][-1][4] == found["bars"][-1][4]
    # Overnight nobody trades: the next bar is that of the next morning.
    ask("POST", f"{path}/step", {"bars": 69})
    assert (
        ask("POST", f"{path}/step", {"bars": 1}).json["replay"]["position"]
        == "2026-05-21T13:35:00Z"
    )
    end = ask("POST", f"{path}/step", {"bars": 500}).json["replay"]
    assert end["is_over"] is True
    again = ask("POST", f"{path}/step", {"bars": 500}).json["replay"]
    assert (again["position"], again["version"]) == (end["position"], end["version"])


def test_indicators_of_a_chart_are_computed_with_what_is_known(ask, app, bearer):
    with_minutes("AAPL", sessions=1)
    headers = bearer(1, BOTH)
    document = {"symbol": "AAPL", "indicators": [
        {"id": "a", "kind": "sma", "settings": {"period": 3}, "by": {"kind": "member"}},
        {"id": "b", "kind": "volume_profile", "by": {"kind": "member"}}]}  # fmt: skip
    chart = app.test_client().post("/api/charts", headers=headers, json={"document": document}).json
    replay = begin(ask, **{"from": "2026-05-20T14:00:00Z", "timeframe": "M5"})
    found = ask("GET", f"/{replay['id']}?chart_id={chart['id']}&count=4").json
    (line,) = found["indicators"]
    closes = [bar[4] for bar in found["bars"]]
    assert line["title"] == "SMA 3"
    assert line["lines"]["value"][-1] == pytest.approx(sum(closes[-3:]) / 3)
    assert ask("GET", f"/{replay['id']}?chart_id=999").status_code == 404


@pytest.mark.req("S0-33")
def test_drawings_of_later_are_not_told_and_those_of_the_replay_stay(ask, app, bearer):
    with_minutes("AAPL", sessions=2)
    with_minutes("MSFT", sessions=2)
    headers, client = bearer(1, BOTH), app.test_client()

    def send(path, **body):
        found = client.post(f"/api/charts{path}", headers=headers, json=body)
        assert found.status_code < 300, found.text
        return found.json

    def drawn(query=""):
        found = ask("GET", f"{path}?chart_id={chart}{query}").json["drawings"]
        return [one["price"] for one in found]

    chart = send("", document={"symbol": "AAPL"})["id"]
    replay = begin(ask, **{"from": "2026-05-20T14:00:00Z", "timeframe": "M5"})
    path = f"/{replay['id']}"
    # Today, with all that came after in view.
    send(f"/{chart}/operations", operations=[support("100")])
    assert drawn() == []
    # In the replay, and so of its moment.
    send(f"/{chart}/operations", operations=[support("101")], replay_id=replay["id"])
    assert drawn() == ["101"]
    early = begin(ask, **{"from": "2026-05-20T13:50:00Z", "timeframe": "M5"})
    path = f"/{early['id']}"
    assert drawn() == []
    for bars, shown in ((1, []), (1, ["101"]), (1, ["101"])):
        ask("POST", f"{path}/step", {"bars": bars})
        assert drawn() == shown
    # A chart of another symbol has nothing to say here.
    other = send("", document={"symbol": "MSFT"})["id"]
    send(f"/{other}/operations", operations=[support("100")], replay_id=early["id"])
    assert ask("GET", f"{path}?chart_id={other}").json["drawings"] == []
    refused = client.post(f"/api/charts/{chart}/operations", headers=headers,
                          json={"operations": [support("100")], "replay_id": 999})  # fmt: skip
    assert (refused.status_code, refused.json["code"]) == (404, "replay_not_found")


def test_bad_replays_are_refused_and_others_not_found(ask, app, member, bearer):
    with_minutes("AAPL", sessions=1)
    for body, field in (
        ({"symbol": "NOBODY", "from": "2026-05-20T14:00:00Z"}, "symbol"),
        ({"symbol": "AAPL", "from": "2126-05-20T14:00:00Z"}, "from"),
        ({"symbol": "AAPL", "from": "1999-05-20T14:00:00Z"}, "from"),
        ({"symbol": "AAPL", "from": "2026-05-20T14:00:00"}, "from"),
        ({"symbol": "AAPL", "from": "2026-05-20T14:00:00Z", "to": "2026-05-20T14:00:00Z"}, ""),
        ({"symbol": "AAPL", "timeframe": "M7", "from": "2026-05-20T14:00:00Z"}, "timeframe"),
    ):
        found = ask("POST", body=body)
        assert found.status_code == 422, found.text
        assert found.json["errors"][0]["pointer"] == f"/{field}", found.text
    replay = begin(ask, **{"from": "2026-05-20T14:00:00Z"})
    late = ask("POST", f"/{replay['id']}/step", {"version": 9})
    assert (late.status_code, late.json["code"]) == (409, "chart_changed")
    assert ask("POST", f"/{replay['id']}/step", {"bars": 0}).status_code == 422
    other = bearer(member("other@example.test"), BOTH)
    for method, path in (("GET", ""), ("POST", "/step"), ("DELETE", ""), ("GET", "/bars.csv")):
        found = app.test_client().open(
            f"{PATH}/{replay['id']}{path}", method=method, headers=other, json={}
        )
        assert (found.status_code, found.json["code"]) == (404, "replay_not_found")
    assert [one["id"] for one in ask("GET").json["items"]] == [replay["id"]]
    assert ask("DELETE", f"/{replay['id']}").status_code == 204
    assert ask("GET").json["items"] == []
