"""A replay on the desk: nothing of what came later is in any fragment or file of it."""

import base64
import json
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from app.charts import schemas
from app.charts import service as charts
from app.core.db import transaction
from tests.factories import desk
from tests.factories.desk import OPENS, WP_USER, bars, data

ask, instrument, reader = desk.ask, desk.instrument, desk.reader
CHART = {"symbol": "SIMULATED-A", "timeframe": "M5"}


@pytest.fixture
def send(site, reader):
    def post(path, **fields):
        return site.post(
            f"/embed/{path}",
            data=urlencode(CHART | fields).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            wp_user_id=WP_USER,
            caps=["read"],
        )

    return post


def at(minutes):
    return str(int((OPENS + timedelta(minutes=minutes)).timestamp()))


def level(send, price, **more):
    answer = send(
        "desk-operations", kind="draw_support_resistance", role="support", price=price, **more
    )
    assert answer.status_code == 200, answer.text
    return answer.text


def shown(html):
    return [one["price"] for one in json.loads(data(html, "document"))["drawings"]]


@pytest.mark.req("S0-33")
def test_drawings_of_later_are_not_in_the_page_until_their_time_comes(ask, send, instrument):
    level(send, "100.5", label="hindsight")
    path = f"desk?symbol=SIMULATED-A&timeframe=M5&replay={at(40)}"
    html = ask(path).text
    assert shown(html) == []
    assert "hindsight" not in html, "nor in a list or a form beside the chart"
    chart = data(html, "chart")
    # What the member draws meanwhile belongs to the moment and stays.
    panel = level(send, "100.3", replay=at(40), chart=chart)
    assert shown(panel) == ["100.3"]
    assert f'name="replay" value="{at(40)}"' in re.sub(r"\s+", " ", panel)
    assert shown(ask(path).text) == ["100.3"]
    assert shown(ask(f"desk-chart/{chart}?timeframe=M5&replay={at(39)}").text) == []
    assert shown(ask(f"desk-chart/{chart}?timeframe=M5&replay={at(45)}").text) == ["100.3"]
    assert shown(ask("desk?symbol=SIMULATED-A").text) == ["100.5", "100.3"], "now, everything is"


def test_a_step_says_to_which_moment_it_leads_and_what_is_drawn_by_then(ask, send, instrument):
    chart = data(level(send, "100.3", replay=at(40)), "chart")
    step = f"desk-step?symbol=SIMULATED-A&timeframe=M5&chart={chart}&after="
    first, second = ask(step + at(25)).text, ask(step + at(30)).text
    assert (data(first, "until"), data(first, "drawings")) == (at(35), "0")
    assert (data(second, "until"), data(second, "drawings")) == (at(40), "1")
    # Somebody else's chart tells nothing, not even how much is drawn on it.
    assert data(ask(step.replace(chart, "999") + at(35)).text, "drawings") == "0"


def test_trades_come_with_the_step_that_reaches_them(reader, ask, instrument):
    from app.ledger import service as ledger
    from app.ledger.schemas import FillIn

    with transaction():
        account = ledger.open_account(reader, "journal", "journal")
        fills = [
            FillIn(external_id=side, executed_at=OPENS + timedelta(minutes=minute), price="100",
                   symbol="SIMULATED-A", side=side, qty="3", currency="USD")
            for side, minute in (("buy", 5), ("sell", 22))
        ]  # fmt: skip
        ledger.record_fills(account.id, fills, source="test")
    step = "desk-step?symbol=SIMULATED-A&timeframe=M5&after="
    counts = [len(json.loads(data(ask(step + at(minute)).text, "deals"))) for minute in (5, 10)]
    assert counts == [1, 1]
    assert len(json.loads(data(ask(step + at(15)).text, "deals"))) == 2


def test_a_bar_that_is_still_open_at_the_moment_would_tell_its_rest(ask, instrument):
    html = ask(f"desk?symbol=SIMULATED-A&timeframe=M5&replay={at(42)}").text
    assert int(bars(html)[-1][0]) == int(at(35)), "the one of 40 closes at 45"
    day = ask(f"desk?symbol=SIMULATED-A&timeframe=D1&replay={at(42)}").text
    assert int(bars(day)[-1][0]) < int(at(0)), "the day of today is not over"


def test_picture_and_file_are_those_of_the_moment(ask, send, instrument):
    chart = data(level(send, "100.5"), "chart")
    text = ask(f"desk-csv/{chart}?replay={at(40)}").text
    last = text.split("</pre>")[0].strip().split("\n")[-1]
    assert last.startswith((OPENS + timedelta(minutes=35)).strftime("%Y-%m-%dT%H:%M:%SZ"))

    def picture(query=""):
        return base64.b64decode(data(ask(f"desk-picture/{chart}{query}").text, "png"))

    then = picture(f"?replay={at(40)}")
    assert then != picture()
    # The line of today makes no difference to the picture of then.
    with transaction():
        (line,) = charts.get_chart(1, int(chart)).document.drawings
        gone = schemas.OperationsIn(operations=[schemas.RemoveDrawing(id=line.id)])
        charts.apply(charts.member(1), int(chart), gone)
    assert picture(f"?replay={at(40)}") == then


def test_undo_in_a_replay_leaves_alone_what_it_does_not_show(ask, send, instrument):
    chart = data(level(send, "100.5"), "chart")
    refused = send(f"desk-chart/{chart}/undo", chart=chart, replay=at(40))
    assert refused.status_code == 422
    assert "later than this replay" in refused.text
    level(send, "100.3", replay=at(40), chart=chart)
    assert shown(send(f"desk-chart/{chart}/undo", chart=chart, replay=at(40)).text) == []
    assert shown(send(f"desk-chart/{chart}/undo", chart=chart).text) == []


def test_a_copy_that_is_saved_in_a_replay_stays_in_it(ask, send, instrument):
    chart = data(level(send, "100.5"), "chart")
    html = send("desk-charts", copy_of=chart, replay=at(40)).text
    assert data(html, "replay") == at(40)
    assert shown(html) == []
