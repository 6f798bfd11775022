"""Every route on every plan: what is shown of a member's own lies within what the plan gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.billing import service as billing
from app.billing.models import Subscription
from app.core import clock, formatters
from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.models import Trade
from app.ledger.schemas import FillIn
from app.performance import service as performance
from app.quant.sessions import period_bounds
from tests.factories import tenants
from tests.factories.tenants import by_browser, by_key, by_site
from tests.integration.route_matrix import Row, rows
from tests.integration.test_route_matrix import numbers_of, target

DAYS = (1, 3, 6, 9, 20, 28, 33, 45, 75, 130)
"""How long ago each trade was closed."""
ROUTE_ROWS = rows()
KEY_OF = {"perf": "performance:read", "ledger": "ledger:read", "trading": "trading",
          "robots": "robots", "hooks": "webhooks:read", "billing": "billing:write",
          "market": "market:read", "charts": "charts:read", "chartw": "charts:write"}  # fmt: skip
PERIODS = ("daily", "weekly", "monthly", "all-time")
MEMBER, BROWSER = by_site("a", 7, "read"), by_browser("ada")
DATE = re.compile(r"\b20\d\d-\d\d-\d\d\b")


@dataclass(frozen=True)
class Standing:
    """Where a member stands: a row of the history, and the plan that then counts."""

    name: str
    counts: str
    tier: str = ""
    status: str = "active"
    ends_in: int | None = None


STANDINGS = (
    Standing("never subscribed", "free"),
    Standing("free", "free", "free"),
    Standing("low", "low", "low"),
    Standing("mid", "mid", "mid"),
    Standing("premium", "premium", "premium"),
    Standing("expired", "free", "mid", "expired", -2),
    Standing("cancelled, time left", "mid", "mid", "cancelled", 3),
    Standing("cancelled, over", "free", "mid", "cancelled", -1),
    Standing("past due, in grace", "low", "low", "active", 5),
    Standing("past due, grace over", "free", "premium", "active", -1),
)


def symbol(days: int) -> str:
    """Return a symbol that no other text holds."""
    return f"ZQ{chr(65 + days // 26)}{chr(65 + days % 26)}X"


@pytest.fixture(scope="module")
def world(tmp_path_factory, migrated_database):
    """Return the world of the route table, with a member who has traded for months."""
    made = tenants.build(tmp_path_factory.mktemp("windows"), migrated_database)
    with made.app.app_context():
        ada, now = made.people["ada"], datetime.now(UTC)
        fills = []
        for days in sorted(DAYS, reverse=True):
            at, name = now - timedelta(days=days), symbol(days)
            fills += [
                FillIn(
                    f"{name}-in", (at - timedelta(minutes=9)).isoformat(), name, "buy", "1", "100"
                ),
                FillIn(f"{name}-out", at.isoformat(), name, "sell", "1", f"{100 + days}.37"),
            ]
        with transaction():
            ledger.record_fills(ada.own["account"], fills, source="api")
        with transaction():
            performance.refold_account(
                ada.own["account"], "USD", (now - timedelta(days=200)).toordinal()
            )
        yield made


@pytest.fixture(scope="module", params=STANDINGS, ids=lambda each: each.name)
def standing(request, world):
    """Put the member where the parameter says."""
    wanted, user_id = request.param, world.people["ada"].user_id
    now = clock.now()
    with transaction():
        db.session.execute(db.delete(Subscription).where(Subscription.user_id == user_id))
        if wanted.tier:
            ends = None if wanted.ends_in is None else now + timedelta(days=wanted.ends_in)
            db.session.add(Subscription(
                user_id=user_id, tier=wanted.tier, status=wanted.status, source="operator",
                started_at=now - timedelta(days=40), ends_at=ends, created_at=now,
            ))  # fmt: skip
    billing.forget()
    return wanted


@pytest.fixture(scope="module")
def given(standing):
    """Return what the plan that counts gives, by the plans file alone."""
    return billing.read_plans().values["robots", standing.counts]


@pytest.fixture(scope="module")
def since(given) -> date | None:
    days = given["history_days"]
    today = datetime.now(UTC).astimezone(formatters.NEW_YORK).date()
    return None if days is None else today - timedelta(days=days)


@pytest.fixture(scope="module")
def hidden(world, since) -> set[str]:
    """Return the symbols of what was closed before the window."""
    rows = db.session.execute(
        select(Trade.closed_on).where(Trade.account_id == world.people["ada"].own["account"])
        .order_by(Trade.exit_at)
    ).scalars()  # fmt: skip
    closed = dict(zip(sorted(DAYS, reverse=True), list(rows)[: len(DAYS)], strict=False))
    return {symbol(days) for days, on in closed.items() if since and on < since}


def ask(world, row: Row):
    """Send a row's request as the member: from the site, by browser, or by a program."""
    own = {} if row.names == "-" else numbers_of(row, world.people["ada"].own)
    if row.address.startswith("/account/"):
        send = BROWSER
    elif row.door in KEY_OF:
        send = by_key("ada", KEY_OF[row.door])
    else:
        send = MEMBER
    return send(world, "GET", target(row, own), row.body())


def refused(answer, feature: str) -> bool:
    return (answer.status_code, answer.json["code"], answer.json["feature"]) == (
        403, "plan_needed", feature,
    )  # fmt: skip


@pytest.mark.req("S4-39", "S4-40", "S4-44", "S4-45", "S4-51", "S4-52", "S4-98")
def test_no_route_shows_what_lies_before_the_window(world, standing, given, hidden):
    routes = [row for row in ROUTE_ROWS if row.method == "GET"]
    assert len(routes) > 60
    shown = set()
    for row in routes:
        answer = ask(world, row)
        text = answer.get_data().decode(errors="replace")  # pictures are among them
        assert answer.status_code < 500, row.name
        assert {name for name in hidden if name in text} == set(), row.name
        shown |= {symbol(days) for days in DAYS if symbol(days) in text}
        answer.close()
    # What the plan gives is shown: the window is not simply shut.
    assert shown == {symbol(days) for days in DAYS} - hidden
    assert bool(hidden) is (given["history_days"] is not None)


@pytest.mark.req("S4-57", "S4-98")
def test_programs_are_let_in_by_plans_with_an_api_alone(world, standing, given):
    for row in ROUTE_ROWS:
        if row.method != "GET" or row.door not in KEY_OF:
            continue
        answer = ask(world, row)
        if given["api"]:
            assert answer.status_code == row.good, row.name
        else:
            assert refused(answer, "api"), row.name
        answer.close()


@pytest.mark.req("S4-39", "S4-44", "S4-51", "S4-98")
@pytest.mark.parametrize("period", PERIODS)
def test_figures_are_of_the_plans_periods_and_days(world, standing, given, since, period):
    user_id, name = world.people["ada"].user_id, period.replace("-", "_")
    base = f"/api/performance/{user_id}/{period}"
    for address in (base, f"/api/performance/{user_id}/plugin/zqada-robot/{period}"):
        for query in ("", "?from=2020-01-01", "?from=2020-01-01&to=2020-12-31"):
            answer = MEMBER(world, "GET", address + query, tenants.Body())
            if name not in given["periods"]:
                assert refused(answer, "periods"), address
                continue
            assert answer.status_code == 200, answer.text
            for row in answer.json.get("items", [answer.json]):
                if since and row["date"] and name != "all_time":
                    last = period_bounds(name, date.fromisoformat(row["date"]).toordinal())[1]
                    assert date.fromordinal(last) >= since, address + query
    if name in given["periods"] and name != "all_time":
        old = MEMBER(world, "GET", f"{base}?date=2024-03-04", tenants.Body())
        assert refused(old, "history_days") if since else old.status_code == 200


@pytest.mark.req("S4-39", "S4-56", "S4-98")
def test_the_dashboard_has_only_the_plans_figures(world, standing, given, since):
    user_id = world.people["ada"].user_id
    total = performance.get_metrics(user_id, "all_time").metrics.total_pnl
    said = formatters.signed_money(total)
    for address in ("dashboard", "dashboard-overview", "dashboard-robots"):
        text = MEMBER(world, "GET", f"/embed/{address}?range=all", tenants.Body()).text
        has_total = any(each in text for each in (said, f"{total:,.2f}"))
        assert has_total is ("all_time" in given["periods"]), address
        if since and address != "dashboard-robots":
            assert all(date.fromisoformat(each) >= since for each in DATE.findall(text)), address


@pytest.mark.req("S4-98")
def test_public_records_are_open_to_all(world, standing):
    for address in ("performance", "marketplace", "robot/ma_cross", "leaderboard-table", "pricing"):
        answer = MEMBER(world, "GET", f"/embed/{address}", tenants.Body())
        assert answer.status_code == 200, address
    assert MEMBER(world, "GET", "/embed/own-data", tenants.Body()).status_code == 200
