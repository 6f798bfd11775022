"""Analyses on the desk, as a member uses them: asked for, waited for, drawn, compared, judged."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from app.ai.schemas import Outcome
from app.analysis.service import proposing
from app.charts import service as charts
from app.charts.schemas import ChartQuery
from app.coach import service as coach
from app.core import clock
from tests.factories.analyses import MONDAY, NOW, rising_market, store_minutes, with_analyses
from workers import analysis as jobs

WP_USER, OTHER = 7, 8
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SHOWN = {"symbol": "SPY", "timeframe": "M5", "chart": ""}


@pytest.fixture
def owner(app, site, member, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    rising_market()
    user_id = with_analyses(member())
    site.link(WP_USER, user_id)
    return user_id


@pytest.fixture
def get(site, owner):
    def ask(path, wp_user_id=WP_USER, expected=200):
        answer = site.get(f"/embed/{path}", wp_user_id=wp_user_id, caps=["read"])
        assert answer.status_code == expected
        return answer.get_data(as_text=True)

    return ask


@pytest.fixture
def send(site, owner):
    def post(path, wp_user_id=WP_USER, expected=200, **fields):
        answer = site.post(
            f"/embed/{path}", data=urlencode(SHOWN | fields).encode(), headers=FORM,
            wp_user_id=wp_user_id, caps=["read"],
        )  # fmt: skip
        assert answer.status_code == expected
        return answer.get_data(as_text=True)

    return post


def waiting_at(page):
    """Return where the open analysis is asked for, and its number."""
    path = html.unescape(re.search(r'hx-get="/embed/(desk-analysis\?[^"]+)"', page)[1])
    return path, int(re.search(r"analysis=(\d+)", path)[1])


def words(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def done(get, send, **fields):
    """Ask for an analysis, let its job run, return the page and its number."""
    path, number = waiting_at(send("desk-analysis", **fields))
    jobs.analyse(number)
    return get(path), number


@pytest.mark.req("S0-63", "S0-65", "S0-75")
def test_the_button_on_the_desk_leads_to_a_proposal_with_what_it_rests_on(get, send):
    desk = get("desk?symbol=SPY&timeframe=M5")
    assert "Analyse this chart" in words(desk)
    page = send("desk-analysis")
    path, number = waiting_at(page)
    assert "Stop" in words(page)
    assert get(path, expected=204) == "", "nothing new"
    jobs.analyse(number)
    text = words(get(path))
    for said in ("AI proposal", "Long", "Entry", "Target", "Stop", "Reward to risk", "after costs",
                 "Confidence", "no model was used", "Prompt: analysis 1", "no advice",
                 "still open"):  # fmt: skip
        assert said in text, said
    assert 'hx-trigger="every' not in get(path)
    assert "Analyse this chart" in words(get("desk?symbol=SPY&timeframe=M5"))


@pytest.mark.req("S0-103")
def test_while_an_analysis_waits_the_desk_says_how_many_wait_before_it(get, send, member):
    coach.ask(member("other@example.test"), "Is the market open?")
    page = send("desk-analysis")
    path, number = waiting_at(page)
    assert "Waiting: 1 other request is before yours" in words(page)
    assert get(path, expected=204) == ""
    jobs.analyse(number)
    assert "Waiting" not in words(get(path))


@pytest.mark.req("S0-76")
def test_numbers_of_the_reasoning_lead_to_their_sources_and_the_confidence_is_explained(get, send):
    page, _ = done(get, send)
    cited = set(re.findall(r'class="trp-cite" href="#(desk-analysis-\d+)"', page))
    assert cited
    assert cited == set(re.findall(r'<li id="(desk-analysis-\d+)"', page))
    assert "how likely the target is said to be reached" in words(page)


def test_what_a_model_writes_is_text_and_nothing_else(get, send, monkeypatch):
    data = {
        "bias": "long", "entry": 205.2, "target": 207.0, "stop": 204.0, "confidence": 0.6,
        "horizon_bars": 12,
        "reasoning": '<img src=x onerror="alert(1)"> SPY rises <script>x</script> [a](http://evil)',
        "drawings": [{"kind": "support", "price": 203.5, "label": "<b>floor</b>"}],
    }  # fmt: skip

    def run(asked):
        return Outcome(1, "gpt-4o", "analysis 1", data=asked.output.model_validate(data))

    monkeypatch.setattr(proposing.ai, "run", run)
    page, number = done(get, send)
    assert "<img" not in page
    assert "<script" not in page
    assert 'href="http://evil' not in page
    assert "By: gpt-4o" in words(page)
    drawn = send(f"desk-analysis/{number}/apply")
    assert "Take the drawings back" in words(drawn)


@pytest.mark.req("S0-66")
def test_a_proposal_is_applied_and_taken_back_and_the_chart_is_fetched_anew(get, send, owner):
    _, number = done(get, send)
    page = send(f"desk-analysis/{number}/apply")
    (chart,) = charts.list_charts(owner, ChartQuery())
    assert f'hx-get="/embed/desk-chart/{chart.id}' in page
    panel = get(f"desk-chart/{chart.id}?symbol=SPY&timeframe=M5")
    assert "proposed by" in words(panel)
    assert "plain rules" in words(panel)
    assert "Taken back." in words(send(f"desk-analysis/{number}/undo", chart=chart.id))
    assert send(f"desk-analysis/{number}/undo", expected=422)
    gone = send(f"desk-analysis/{number}/dismiss")
    assert "AI proposal" not in words(gone)
    assert "SPY M5" in words(get("desk-analyses"))


@pytest.mark.req("S0-68", "S0-78", "S0-80")
def test_the_history_is_searched_compared_and_judged(get, send, monkeypatch):
    assert "No analysis yet" in words(get("desk-analyses"))
    _, first = done(get, send)
    _, second = done(get, send, timeframe="M15")
    page = get("desk-analyses?find=means")
    assert page.count('id="desk-pick-') == 2
    assert f"ids={first}" in page
    assert "No analysis has these words" in words(get("desk-analyses?find=zebra"))
    beside = get(f"desk-analyses?ids={first},{second}")
    assert beside.count("<article") == 2
    assert "Nothing is over yet" in words(beside)
    later = NOW + timedelta(minutes=200)
    monkeypatch.setattr(clock, "now", lambda: later)
    store_minutes("SPY", MONDAY + timedelta(minutes=121), 150, price=206)
    jobs.follow()
    text = words(get("desk-analyses?of=all"))
    assert "target reached" in text
    assert "What models are measured against" in text
    assert "of n 1" in text
    assert "Under 30 say little" in text


def test_who_has_no_plan_is_told_where_there_is_one_and_others_find_nothing(
    get, send, site, member
):
    _, number = done(get, send)
    site.link(OTHER, member("bob@example.test"))
    assert "See the plans" in words(get("desk-analysis?symbol=SPY", wp_user_id=OTHER))
    refused = send("desk-analysis", wp_user_id=OTHER, expected=422)
    assert "your plan does not include it" in words(refused)
    get(f"desk-analysis?analysis={number}", wp_user_id=OTHER, expected=404)
    get(f"desk-analyses?ids={number}", wp_user_id=OTHER, expected=404)
    for act in ("stop", "apply", "undo", "dismiss"):
        send(f"desk-analysis/{number}/{act}", wp_user_id=OTHER, expected=404)


def test_a_symbol_without_bars_is_refused_in_words(send):
    page = send("desk-analysis", symbol="NOPE", expected=422)
    assert "There are no bars of NOPE" in words(page)
