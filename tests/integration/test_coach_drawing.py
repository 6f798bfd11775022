"""From a question to a line on the chart: proposed, applied by the member's click, once."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.charts import service as charts
from app.charts.schemas import ChartQuery
from app.coach import service as coach
from app.core import clock
from app.core.db import db
from tests.factories.charts import with_minutes

WP_USER, OTHER = 7, 8
NOW = datetime(2026, 5, 21, 21, tzinfo=UTC)


@pytest.fixture
def asked(app, site, member, monkeypatch):
    """A member's question that asks for a drawing, answered by the offline analyst."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with_minutes("AAPL")
    user_id = member()
    site.link(WP_USER, user_id)
    site.link(OTHER, member("other@example.test"))
    message = coach.ask(user_id, "Draw PDH and PDL of AAPL")
    coach.write(message.id, None)
    return user_id, message.id


def post(site, message_id, wp_user_id=WP_USER):
    return site.post(
        f"/embed/coach-messages/{message_id}/draw",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        wp_user_id=wp_user_id,
        caps=["read"],
    )


@pytest.mark.req("S2-57")
def test_a_proposal_is_shown_with_a_button_and_drawn_by_it_once(site, asked):
    user_id, message_id = asked
    page = site.get(
        f"/embed/coach-messages/{message_id}", wp_user_id=WP_USER, caps=["read"]
    ).get_data(as_text=True)
    assert "Draw on my chart of AAPL" in page
    assert charts.list_charts(user_id, ChartQuery()) == []
    for _ in range(2):
        answer = post(site, message_id)
        assert answer.status_code == 200
        assert "Drawn on your chart of AAPL" in answer.get_data(as_text=True)
    db.session.rollback()  # what the requests wrote is seen from a new transaction on
    (chart,) = charts.list_charts(user_id, ChartQuery())
    drawings = charts.get_chart(user_id, chart.id).document.drawings
    assert [one.label for one in drawings] == ["PDH", "PDL"]
    assert {(one.by.kind, one.by.name) for one in drawings} == {("model", "offline analyst")}
    said = coach.get_message(user_id, message_id).answer
    for one in drawings:
        assert re.search(rf"AAPL's {one.label} is {one.price:.2f}", said)


def test_what_lies_above_the_price_resists_and_what_lies_below_supports(asked):
    user_id, message_id = asked
    question = coach.ask(user_id, "What is the price of AAPL?")
    coach.write(question.id, None)
    said = coach.get_message(user_id, question.id).answer
    price = Decimal(re.search(r"AAPL's price is ([\d.]+\d)", said)[1])
    (chart,) = coach.draw(user_id, message_id)
    drawings = chart.chart.document.drawings
    assert len(drawings) == 2
    for one in drawings:
        assert one.role == ("support" if one.price <= price else "resistance")


def test_anothers_proposal_is_not_found_and_draws_nothing(site, asked):
    user_id, message_id = asked
    assert post(site, message_id, OTHER).status_code == 404
    assert charts.list_charts(user_id, ChartQuery()) == []


def test_an_answer_without_a_proposal_draws_nothing(site, asked):
    user_id, _ = asked
    plain = coach.ask(user_id, "Is the market open?")
    coach.write(plain.id, None)
    assert coach.draw(user_id, plain.id) == []
    waiting = coach.ask(user_id, "Draw PDH of AAPL")
    assert coach.draw(user_id, waiting.id) == []
