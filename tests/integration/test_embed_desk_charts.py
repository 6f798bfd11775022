"""A chart on the market desk: drawings, indicators, what machines draw, sharing and files."""

import base64
import json
import re
from html import unescape
from urllib.parse import urlencode

import pytest

from app.charts import schemas
from app.charts import service as charts
from app.core.db import transaction
from app.market import service as market
from app.market.service.instruments import get_instrument
from tests.factories import desk
from tests.factories.bars import bars_at, minutes_from
from tests.factories.desk import OPENS, WP_USER, data

ask, instrument, reader = desk.ask, desk.instrument, desk.reader

# --- The chart: drawings, indicators, and what others draw ---

LINE = {
    "kind": "draw_trendline",
    "start.at": "2026-11-24T09:35",
    "start.price": "100",
    "end.at": "2026-11-24T10:30",
    "end.price": "100.8",
    "label": "my line",
}


@pytest.fixture
def send(site, reader):
    def post(path, **fields):
        return site.post(
            f"/embed/{path}",
            data=urlencode(fields).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            wp_user_id=WP_USER,
            caps=["read"],
        )

    return post


def document(html):
    return json.loads(data(html, "document"))


def draw(send, symbol="SIMULATED-A", timeframe="M5", **fields):
    return send("desk-operations", symbol=symbol, timeframe=timeframe, **fields)


def by_machine(user_id, chart_id, **operation):
    actor = charts.Actor(user_id, schemas.Author(kind="model", name="claude"))
    given = schemas.OperationsIn.model_validate({"operations": [operation]})
    with transaction():
        return charts.apply(actor, chart_id, given).chart


@pytest.mark.req("S2-56")
def test_a_drawing_by_numbers_makes_the_chart_and_stays(ask, send, instrument):
    assert document(ask("desk?symbol=SIMULATED-A").text)["drawings"] == []
    answer = draw(send, **LINE)
    assert answer.status_code == 200
    (line,) = document(answer.text)["drawings"]
    assert line["start"] == {"at": "2026-11-24T14:35:00Z", "price": "100"}
    assert "my line" in answer.text
    again = ask("desk?symbol=SIMULATED-A").text
    assert document(again)["drawings"] == [line]
    # Another symbol has a chart of its own.
    with transaction():
        other = get_instrument("SIMULATED-B")
        market.store_bars(other.id, "M1", minutes_from(OPENS, 5), "simulated")
    assert document(ask("desk?symbol=SIMULATED-B").text)["drawings"] == []


def test_a_second_drawing_goes_onto_the_same_chart_even_when_the_page_knew_of_none(
    send, instrument
):
    first = data(draw(send, **LINE).text, "chart")
    second = draw(send, kind="draw_support_resistance", role="support", price="99")
    assert data(second.text, "chart") == first
    assert len(document(second.text)["drawings"]) == 2


def test_a_drawing_is_moved_and_removed_by_its_form(send, instrument):
    html = draw(send, **LINE).text
    chart, (line,) = data(html, "chart"), document(html)["drawings"]
    moved = draw(send, chart=chart, kind="move_drawing", id=line["id"], **{"start.price": "99.5"})
    (there,) = document(moved.text)["drawings"]
    assert there["start"]["price"] == "99.5"
    assert there["end"] == line["end"]
    gone = draw(send, chart=chart, kind="remove_drawing", id=line["id"])
    assert document(gone.text)["drawings"] == []


@pytest.mark.parametrize(("change", "said"), [
    ({"start.price": "-5"}, "greater than 0"),
    ({"start.at": "2036-11-24T09:35"}, "2036"),
    ({"start.at": "soon"}, "no change of a chart"),
    ({"kind": "launch"}, "kind"),
    ({"start.price": "9999999"}, "9999999"),
])  # fmt: skip
def test_a_drawing_that_cannot_be_says_why_and_changes_nothing(ask, send, instrument, change, said):
    answer = draw(send, **(LINE | change))
    assert answer.status_code == 422
    assert said in answer.text
    assert document(ask("desk?symbol=SIMULATED-A").text)["drawings"] == []


@pytest.mark.req("S2-50", "S0-67")
def test_what_a_machine_draws_shows_who_it_was_and_is_taken_back_alone(
    reader, ask, send, instrument
):
    html = draw(send, **LINE).text
    chart_id = int(data(html, "chart"))
    by_machine(reader, chart_id, kind="draw_support_resistance", role="resistance", price="101")
    shown = ask(f"desk-chart/{chart_id}?timeframe=M5").text
    assert "drawn by claude" in shown
    assert len(document(shown)["drawings"]) == 2
    undone = send(f"desk-chart/{chart_id}/undo", by="machine", symbol="SIMULATED-A", chart=chart_id)
    assert [one["by"]["kind"] for one in document(undone.text)["drawings"]] == ["member"]


@pytest.mark.req("S0-66")
def test_a_proposal_becomes_part_of_the_chart_when_the_member_takes_it_over(reader, ask, send, instrument):  # fmt: skip
    chart_id = int(data(draw(send, **LINE).text, "chart"))
    by_machine(reader, chart_id, kind="add_price_target", direction="long", target="103",
               is_proposed=True)  # fmt: skip
    shown = ask(f"desk-chart/{chart_id}").text
    assert "proposed by claude" in shown
    proposal = document(shown)["drawings"][-1]
    taken = draw(send, chart=chart_id, kind="take_over", id=proposal["id"]).text
    assert not document(taken)["drawings"][-1]["is_proposed"]


def test_what_adds_is_tried_again_on_a_newer_chart_and_what_moves_is_not(reader, send, instrument):
    html = draw(send, **LINE).text
    chart, seen = data(html, "chart"), data(html, "version")
    (line,) = document(html)["drawings"]
    by_machine(reader, int(chart), kind="draw_support_resistance", role="support", price="99")
    added = draw(send, chart=chart, version=seen, **LINE)
    assert added.status_code == 200
    assert len(document(added.text)["drawings"]) == 3
    assert "added to the newer one" in added.text
    moved = draw(send, chart=chart, version=seen, kind="move_drawing", id=line["id"],
                 **{"start.price": "98"})  # fmt: skip
    assert moved.status_code == 422
    assert "version" in moved.text
    assert len(document(moved.text)["drawings"]) == 3


def test_indicators_are_added_changed_and_removed(send, instrument):
    html = draw(send, kind="add_indicator", indicator="sma").text
    (sma,) = document(html)["indicators"]
    assert sma["settings"] == {"period": 20, "source": "close"}
    changed = draw(send, kind="change_indicator", id=sma["id"], indicator="sma",
                   **{"settings.period": "50", "settings.source": "high"})  # fmt: skip
    (other,) = document(changed.text)["indicators"]
    assert other["settings"] == {"period": 50, "source": "high"}
    wrong = draw(send, kind="add_indicator", indicator="sma", **{"settings.period": "0"})
    assert wrong.status_code == 422
    gone = draw(send, kind="remove_indicator", id=other["id"])
    assert document(gone.text)["indicators"] == []


def test_charts_are_named_copied_opened_and_deleted(ask, send, instrument):
    chart = data(draw(send, **LINE).text, "chart")
    named = send(f"desk-chart/{chart}/title", title="Morning", symbol="SIMULATED-A", chart=chart)
    assert 'value="Morning"' in named.text
    copied = send("desk-charts", copy_of=chart, title="Second", symbol="SIMULATED-A")
    other = data(copied.text, "chart")
    assert other != chart
    assert len(document(copied.text)["drawings"]) == 1
    assert "Morning" in ask(f"desk?chart={other}").text
    gone = send(f"desk-chart/{other}/delete", symbol="SIMULATED-A", chart=other)
    assert data(gone.text, "chart") == chart
    assert send(f"desk-chart/{chart}/title", title=" ", chart=chart).status_code == 422


def test_a_chart_of_somebody_else_is_not_found(ask, send, instrument, member):
    other = member("other@example.test")
    with transaction():
        theirs = charts.create_chart(charts.member(other), schemas.ChartIn(document={"symbol": "SIMULATED-A"}))  # fmt: skip
    for path in (f"desk?chart={theirs.id}", f"desk-chart/{theirs.id}"):
        assert ask(path).status_code == 404
    assert draw(send, chart=theirs.id, **LINE).status_code == 404
    for verb in ("undo", "title", "delete"):
        assert send(f"desk-chart/{theirs.id}/{verb}", title="x").status_code == 404
    assert send("desk-charts", copy_of=theirs.id).status_code == 404


def test_a_length_of_bars_that_was_asked_for_is_marked_for_the_script(ask, send, instrument):
    draw(send, **LINE)
    assert "data-asked" in ask("desk?symbol=SIMULATED-A&timeframe=H1").text
    assert "data-asked" not in ask("desk?symbol=SIMULATED-A&timeframe=M5").text
    assert data(ask("desk?symbol=SIMULATED-A").text, "timeframe") == "M5"


def test_a_chart_is_shared_only_with_consent_and_until_its_owner_ends_it(client, ask, send, instrument):  # fmt: skip
    chart = data(draw(send, **LINE).text, "chart")
    path, which = f"desk-chart/{chart}/share", {"chart": chart, "symbol": "SIMULATED-A"}
    refused = send(path, days="30", **which)
    assert refused.status_code == 422
    assert "Agree first" in refused.text
    shared = send(path, days="30", agrees="true", **which)
    url = re.search(r'id="desk-link"[^>]*value="([^"]+)"', shared.text)[1]
    token = url.rpartition("/")[2]
    assert client.get(f"/shared/charts/{token}").status_code == 200
    assert "End the link" in ask(f"desk-chart/{chart}").text
    ended = send(f"desk-chart/{chart}/unshare", **which)
    assert "The link has ended" in ended.text
    assert client.get(f"/shared/charts/{token}").status_code == 404


def test_pictures_and_files_of_a_chart_come_as_text_for_the_script(ask, send, instrument):
    chart = data(draw(send, **LINE).text, "chart")
    picture = ask(f"desk-picture/{chart}").text
    assert base64.b64decode(data(picture, "png")).startswith(b"\x89PNG")
    assert data(picture, "name") == "SIMULATED-A-M5.png"
    assert "opened_at,open,high,low,close,volume" in ask(f"desk-csv/{chart}").text
    assert ask("desk-picture/999").status_code == 404
    assert ask("desk-csv/999").status_code == 404


def test_a_page_without_a_stream_sees_that_somebody_drew(reader, ask, send, instrument):
    chart = data(draw(send, **LINE).text, "chart")
    html = ask("desk?symbol=SIMULATED-A&timeframe=M5").text
    path = unescape(re.search(r'hx-get="/embed/(desk-now[^"]*)"', html)[1])
    first = ask(path)
    seen = int(data(first.text, "version"))
    by_machine(reader, int(chart), kind="draw_support_resistance", role="support", price="99")
    second = ask(path, headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    assert int(data(second.text, "version")) == seen + 1
    assert 'data-version="0"' in ask("desk-now?symbol=SIMULATED-A&timeframe=M5&chart=999").text


# --- Key levels by choice ---


def shown(html):
    return set(re.findall(r'data-level="(\w+)"', html))


@pytest.mark.req("S2-49", "S2-56")
def test_the_levels_that_a_member_chose_are_shown_and_stay_when_the_page_asks_again(
    ask, send, instrument
):
    html = ask("desk?symbol=SIMULATED-A&timeframe=M5").text
    before = re.search(r'name="levels" value="([^"]*)"', html)[1]
    assert {"pdh", "r1", "vwap"} <= set(before.split("."))
    chosen = {f"level.{key}": "true" for key in ("pdh", "vwap_upper1", "ema50w")}
    answer = draw(send, kind="change_settings", levels=before, shows_volume="true", **chosen)
    assert answer.status_code == 200
    kept = document(answer.text)["settings"]["levels"]
    assert set(kept) == {"pdh", "vwap_upper1", "ema50w"}
    html = ask("desk?symbol=SIMULATED-A&timeframe=M5").text
    assert shown(html) == {"pdh", "vwap_upper1"}
    assert "EMA of 50 weeks: There are too few weeks of history." in html
    again = unescape(re.search(r'hx-get="/embed/(desk-levels[^"]*)"', html)[1])
    assert shown(ask(again).text) == {"pdh", "vwap_upper1"}
    # Sent as they are shown, they are left alone.
    same = draw(send, kind="change_settings", levels="pdh", **{"level.pdh": "true"})
    assert document(same.text)["settings"]["levels"] == kept
    refused = draw(send, kind="change_settings", levels="pdh", **{"level.moon": "true"})
    assert refused.status_code == 422
    assert document(refused.text)["settings"]["levels"] == kept


def test_a_page_with_no_level_chosen_says_where_to_choose(ask, send, instrument):
    before = "pdh"
    draw(send, kind="change_settings", levels=before)
    html = ask("desk?symbol=SIMULATED-A&timeframe=M5").text
    assert shown(html) == set()
    assert "No level is chosen." in html


def test_levels_go_on_where_the_chart_was_deleted_elsewhere(ask, send, reader, instrument):
    chart_id = int(data(draw(send, **LINE).text, "chart"))
    html = ask("desk?symbol=SIMULATED-A&timeframe=M5").text
    again = unescape(re.search(r'hx-get="/embed/(desk-levels[^"]*)"', html)[1])
    assert f"chart={chart_id}" in again
    with transaction():
        charts.delete_chart(charts.member(reader), chart_id)
    answer = ask(again)
    assert answer.status_code == 200
    assert "pdh" in shown(answer.text)


@pytest.mark.req("S2-165", "S2-167")
def test_a_weekly_chart_shows_means_of_weeks_and_says_that_a_young_one_is_not_settled(
    ask, instrument
):
    opens = market.hours("XNYS").opens
    last = int(opens.searchsorted(int(OPENS.timestamp()) * 10**6))
    with transaction():
        days = bars_at(opens[last - 1_300 : last - 2], price=50.0)
        market.store_bars(instrument.id, "D1", days, "simulated")
    html = ask("desk?symbol=SIMULATED-A&timeframe=W1").text
    assert {"ema50w", "ema200w", "pwh", "wpp", "wr1"} <= shown(html)
    weeks = [int(one) for one in re.findall(r"(\d+) of 600 weeks: not settled yet", html)]
    assert weeks
    assert 260 < weeks[0] < 280
    assert "of 150 weeks" not in html, "fifty weeks have settled in five years"
