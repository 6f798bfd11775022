"""The macro widget from file or provider to page."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from app.core import clock
from app.core.db import db, transaction
from app.market import service as market
from app.market.models import MacroFact

WP_USER = 7
NOW = datetime(2026, 5, 20, 15, tzinfo=UTC)
CALENDAR = "released_at,name,importance,unit,previous,forecast,actual\n"


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def run(engine_app, tmp_path):
    def command(kind, text, *options):
        path = tmp_path / "facts.csv"
        path.write_text(text)
        runner = engine_app.test_cli_runner()
        return runner.invoke(args=["market", "import-macro", kind, str(path), *options])

    return command


@pytest.mark.req("S2-172")
def test_a_calendar_is_kept_and_a_result_takes_the_place_of_the_wait(run):
    waiting = "2026-05-21T08:30:00-04:00,Jobless claims,2,k,229,230,\n"
    assert "1 created, 0 same, 0 changed" in run("calendar", CALENDAR + waiting).output
    assert "0 created, 1 same, 0 changed" in run("calendar", CALENDAR + waiting).output
    told = waiting.replace("230,", "230,241")
    assert "0 created, 0 same, 1 changed" in run("calendar", CALENDAR + told).output
    (found,) = market.read_macro().releases
    assert (found.actual, found.surprise) == (241, 11)


def test_a_bad_row_leaves_the_whole_file_out_unless_it_is_skipped(run):
    good = "2026-05-21T08:30:00-04:00,Jobless claims,2,k,229,230,\n"
    bad = CALENDAR + good + good.replace(",2,", ",high,")
    done = run("calendar", bad)
    assert done.exit_code == 2
    assert "row 3, importance" in done.output
    assert db.session.query(MacroFact).count() == 0
    assert run("calendar", bad, "--skip-bad").exit_code == 1
    assert db.session.query(MacroFact).count() == 1


@pytest.mark.req("S2-173")
def test_of_a_meeting_the_newest_view_counts_and_its_mean_is_expected(run):
    head = "as_of,meeting_on,low,high,probability\n"
    old = "2026-05-01,2026-06-17,4.00,4.25,1\n"
    new = "2026-05-19,2026-06-17,4.00,4.25,0.6\n2026-05-19,2026-06-17,3.75,4.00,0.4\n"
    assert run("rates", head + old + new).exit_code == 0
    (meeting,) = market.read_macro().meetings
    assert [each.probability for each in meeting.ranges] == [0.4, 0.6]
    assert meeting.expected == pytest.approx(0.4 * 3.875 + 0.6 * 4.125)


@pytest.mark.req("S2-174")
def test_sectors_are_compared_on_the_sessions_that_both_have(run):
    days = [NOW.date() - timedelta(days=number) for number in range(1, 71)][::-1]
    rows = ["session,sector,symbol,close\n"]
    for at, day in enumerate(days):
        rows.append(f"{day},benchmark,SPY,{400 + at}\n")
        rows.append(f"{day},Energy,XLE,{2 * (400 + at)}\n")
        # A sector with a day missing must not be shifted against the market.
        if at != 30:
            rows.append(f"{day},Materials,XLB,{3 * (400 + at)}\n")
    assert run("sectors", "".join(rows)).exit_code == 0
    states = {each.sector: each for each in market.read_macro().sectors}
    assert set(states) == {"Energy", "Materials"}
    for each in states.values():
        assert (each.strength, each.momentum) == pytest.approx((100, 100))
        assert each.month_ahead == pytest.approx(0)


@pytest.mark.req("S2-175", "S2-176")
def test_the_widget_shows_the_invented_economy_and_says_that_it_is_one(site, member, app):
    user_id = member(tier="mid")
    site.link(WP_USER, user_id)
    app.config["MARKET_SIMULATED"] = True
    market.refresh_macro()
    first = db.session.query(MacroFact).count()
    market.refresh_macro()
    assert db.session.query(MacroFact).count() == first > 100
    html = site.get("/embed/macro", wp_user_id=WP_USER, caps=["read"]).get_data(as_text=True)
    assert html.count(">Simulated<") == 4
    for words in ("GDP, quarter on quarter", "Expected", "Utilities", "SIMUL-E1", "Surprise"):
        assert words in html
    assert re.search(r"\d+ of \d+ companies", html)
    calm = site.get("/embed/macro?importance=high", wp_user_id=WP_USER, caps=["read"])
    assert "Housing starts" not in calm.get_data(as_text=True)
    tab = site.get("/embed/dashboard?tab=options&part=macro", wp_user_id=WP_USER, caps=["read"])
    assert 'id="macro"' in tab.get_data(as_text=True)


def test_what_is_long_over_goes_when_a_provider_is_asked_and_not_before(app, monkeypatch):
    monkeypatch.setitem(app.config, "MARKET_SIMULATED", True)
    with transaction():
        for days in (799, 801):
            at = NOW - timedelta(days=days)
            fact = {"kind": "calendar", "key": f"old {days}", "body": {}, "source": "csv"}
            db.session.add(MacroFact(at=at, received_at=at, **fact))
    market.refresh_macro()
    kept = db.session.query(MacroFact.key).filter(MacroFact.key.like("old %")).all()
    assert [row.key for row in kept] == ["old 799"]


def test_without_facts_the_widget_says_how_they_come_in(site, member):
    site.link(WP_USER, member())
    html = site.get("/embed/macro", wp_user_id=WP_USER, caps=["read"]).get_data(as_text=True)
    assert html.count("flask market import-macro") == 4
    assert "Simulated" not in html
