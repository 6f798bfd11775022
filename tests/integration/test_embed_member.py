"""The dashboard on real figures: what a member sees, and that it moves with a fill."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from app.accounts import service as accounts
from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.schemas import FillIn
from app.performance import service as performance

WP_USER = 7
TABS = ["overview", "robots", "journal", "accounts", "settings"]


@pytest.fixture
def owner(site, member):
    user_id = member(tier="mid")
    site.link(WP_USER, user_id)
    return user_id


@pytest.fixture
def ask(site, owner):
    """Ask for a member's fragment."""

    def get(path, **options):
        return site.get(f"/embed/{path}", wp_user_id=WP_USER, caps=["read"], **options)

    return get


@pytest.fixture
def trade(owner):
    """Write a round trip of the member and refold, as the worker does."""
    numbers = iter(range(1000))

    def make(entry="100", exit_price="110", *, ago=timedelta(minutes=5), **account):
        number = next(numbers)
        at = datetime.now(UTC) - ago
        with transaction():
            book = ledger.open_account(owner, "journal", "journal", **account)
            fills = [
                FillIn(f"{number}-in", at.isoformat(), "NVDA", "buy", "2", entry, "1", "USD"),
                FillIn(
                    f"{number}-out",
                    (at + timedelta(minutes=1)).isoformat(),
                    "NVDA",
                    "sell",
                    "2",
                    exit_price,
                    "1",
                    "USD",
                ),
            ]
            results = ledger.record_fills(book.id, fills, source="api")
        assert [result.status for result in results] == ["created", "created"]
        with transaction():
            performance.refold_account(book.id, "USD", (at - timedelta(days=9)).toordinal())
        return book

    return make


def text(response):
    assert response.status_code == 200, response.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


@pytest.mark.req("S4-87")
@pytest.mark.parametrize("path", ["dashboard", *(f"dashboard-{tab}" for tab in TABS), "api-keys"])
def test_a_members_fragments_need_a_member(site, ask, path):
    assert ask(path).status_code == 200
    assert site.get(f"/embed/{path}").status_code == 401


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_is_a_link_and_its_own_partial(ask, tab):
    html = ask(f"dashboard?tab={tab}").text
    assert f'id="dashboard-{tab}"' in html
    assert f'aria-current="page">{tab.capitalize()}</a>' in html
    assert ask(f"dashboard-{tab}").text.strip() in html


def test_an_empty_dashboard_says_why_and_what_to_do(ask):
    shown = text(ask("dashboard"))
    assert "No fills yet" in shown
    assert "No curve yet" in shown
    assert "Import fills" in shown
    assert "0 trades, 0 won" in shown


@pytest.mark.req("S4-71")
def test_a_fill_shows_in_the_tiles_and_among_the_fills(ask, trade):
    trade()
    shown = text(ask("dashboard-overview"))
    assert "Today +$18.00 1 trade, 1 won" in shown
    assert "All time +$18.00" in shown
    assert "NVDA" in shown
    assert "journal accounts together" in shown


@pytest.mark.req("S4-72")
def test_robots_of_the_member_are_listed_with_their_figures(ask, trade):
    trade()
    shown = text(ask("dashboard-robots"))
    assert "+$18.00" in shown
    assert "Not enough yet: 1 of 30 trades" in shown
    assert "Active robots" in text(ask("dashboard-overview"))


def test_a_curve_has_figures_for_the_script_and_a_table_for_the_reader(ask, trade):
    opened = (datetime.now(UTC) - timedelta(days=40)).date()
    account = {"starting_balance": 1000, "opened_on": opened}
    for days in (30, 20, 10):
        trade(ago=timedelta(days=days), **account)
    html = ask("dashboard-overview?range=all").text
    data = json.loads(re.search(r"data-trp-chart='([^']+)'", html)[1])
    assert data["kind"] == "equity"
    assert data["series"][0]["points"][-1][1] == "1054.00"
    assert "Show as table" in html
    assert 'id="equity-figure-all"' in html


def test_the_whole_record_stands_beside_the_curve_and_the_months_under_the_robots(ask, trade):
    assert "Deepest drawdown" not in text(ask("dashboard-overview"))
    assert "Monthly return" not in text(ask("dashboard-robots"))
    opened = (datetime.now(UTC) - timedelta(days=90)).date()
    for number in range(29):
        trade(ago=timedelta(days=60 - number), starting_balance=1000, opened_on=opened)
    few = text(ask("dashboard-overview"))
    assert "29 closed trades" in few
    assert "Not enough yet: 29 of 30 trades" in few
    assert "Deepest drawdown" not in few
    trade(exit_price="90", starting_balance=1000, opened_on=opened)
    shown = text(ask("dashboard-overview"))
    assert "30 closed trades" in shown
    assert re.search(r"Win rate, 95% 96\.7% 83\S99", shown), shown
    assert "Worst trade \u2212$22.00" in shown
    months = ask("dashboard-robots").text
    assert "Monthly return, percent" in months
    assert 'data-v="' in months


def test_whatever_takes_the_focus_in_a_part_that_is_swapped_is_found_again_by_its_id(ask, trade):
    empty = ask("dashboard-overview").text
    opened = (datetime.now(UTC) - timedelta(days=40)).date()
    for days in (30, 20):
        trade(ago=timedelta(days=days), starting_balance=1000, opened_on=opened)
    for html in (empty, ask("dashboard-overview").text):
        stops = re.findall(r"<(?:a|button|summary|input|select)\b[^>]*>", html)
        assert len(stops) > 4
        assert [stop for stop in stops if " id=" not in stop] == []


def test_a_drawdown_without_a_balance_is_in_money(ask, trade):
    trade("100", "110", ago=timedelta(days=20))
    trade("110", "100", ago=timedelta(days=10))
    shown = text(ask("dashboard-overview?range=all"))
    assert "Net P&amp;L and drawdown" in shown
    assert "no equity and no percentage" in shown


def test_the_poll_is_304_until_a_fill_arrives(ask, trade):
    trade()
    first = ask("dashboard-overview?range=3m")
    tag = {"If-None-Match": first.headers["ETag"]}
    quiet = ask("dashboard-overview?range=3m", headers=tag)
    assert (quiet.status_code, quiet.data) == (304, b"")
    trade("100", "90", ago=timedelta(minutes=2))
    changed = ask("dashboard-overview?range=3m", headers=tag)
    assert changed.status_code == 200
    assert "2 trades, 1 won" in text(changed)
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_the_overview_polls_itself_and_keeps_its_range(ask):
    root = re.match(r"\s*<div[^>]*>", ask("dashboard-overview?range=1m").text)[0]
    assert 'hx-trigger="every 1s"' in root
    assert 'hx-get="/embed/dashboard-overview?range=1m"' in root


def test_the_journal_lists_closed_trades(ask, trade):
    trade()
    shown = text(ask("dashboard-journal"))
    assert "NVDA" in shown
    assert "+$18.00" in shown
    assert "Import fills" in shown


def test_accounts_show_the_head_of_their_chain_and_that_it_holds(ask, trade, owner):
    trade()
    head = ledger.list_accounts(owner)[0].head_hash
    html = ask("dashboard-accounts").text
    assert head[:12] in html
    assert "Intact" in html
    assert "Unknown" in html


def test_what_is_a_strangers_is_not_shown(site, ask, trade, member):
    trade()
    site.link(8, member("stranger@example.test"))
    for tab in TABS:
        shown = site.get(f"/embed/dashboard-{tab}", wp_user_id=8, caps=["read"]).text
        assert "NVDA" not in shown
        assert "$18.00" not in shown


@pytest.mark.req("S4-73", "S4-76")
def test_plan_and_public_name_are_shown(ask, owner):
    assert "Mid-Tier Active" in text(ask("dashboard-overview"))
    assert accounts.get_user(owner).pseudonym in text(ask("dashboard-settings"))


def form(site, path, body):
    return site.post(
        f"/embed/{path}",
        data=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        wp_user_id=WP_USER,
        caps=["read"],
    )


def test_a_key_is_shown_once_and_can_be_revoked(site, ask, owner):
    made = form(site, "api-keys", b"name=Executor&scopes=ledger%3Awrite")
    key = re.search(r'class="trp-hash"[^>]*>([^<]+)<', made.text)[1].strip()
    assert accounts.find_key_owner(key).user_id == owner
    assert key not in ask("api-keys").text
    key_id = accounts.list_keys(owner)[0].id
    assert "Revoked" in form(site, f"api-keys/{key_id}/revoke", b"").text
    db.session.rollback()
    assert accounts.find_key_owner(key) is None


@pytest.mark.parametrize("body", [b"name=&scopes=ledger%3Awrite", b"name=x", b"name=x&scopes=root"])
def test_a_wrong_key_form_comes_back_with_its_fault(site, owner, body):
    response = form(site, "api-keys", body)
    assert response.status_code == 422
    assert 'role="alert"' in response.text
    assert 'id="api-keys"' in response.text
    assert accounts.list_keys(owner) == []


def test_a_key_is_rotated_and_shows_its_end(site, ask, owner):
    body = b"name=Bot&scopes=ledger%3Aread&lasts=90&networks=203.0.113.7%2C%202001%3Adb8%3A%3A%2F48"
    form(site, "api-keys", body)
    made = accounts.list_keys(owner)[0]
    assert made.networks == ["203.0.113.7/32", "2001:db8::/48"]
    assert made.expires_at.date() == (made.created_at + timedelta(days=90)).date()
    rotated = form(site, f"api-keys/{made.id}/rotate", b"")
    new = re.search(r'class="trp-hash"[^>]*>([^<]+)<', rotated.text)[1].strip()
    assert accounts.find_key_owner(new).user_id == owner
    assert "Replaced" in ask("api-keys").text
    assert "only from 203.0.113.7/32, 2001:db8::/48" in ask("api-keys").text
    assert form(site, f"api-keys/{made.id}/rotate", b"").status_code == 422


@pytest.mark.parametrize("more", [b"&lasts=7", b"&networks=nowhere"])
def test_a_key_form_with_a_wrong_end_or_network_makes_none(site, owner, more):
    answer = form(site, "api-keys", b"name=Bot&scopes=ledger%3Aread" + more)
    assert answer.status_code == 422
    assert accounts.list_keys(owner) == []


def test_another_members_key_cannot_be_revoked(site, owner, member, api_key):
    stranger = member("stranger@example.test")
    key = api_key(stranger)
    key_id = accounts.list_keys(stranger)[0].id
    assert form(site, f"api-keys/{key_id}/revoke", b"").status_code in {200, 404}
    assert accounts.find_key_owner(key) is not None


def test_the_journal_leads_to_trades_older_than_its_first_page(ask, trade):
    for number in range(52):
        trade(ago=timedelta(minutes=5 * number + 5))
    first = ask("dashboard-journal").get_data(as_text=True)
    assert first.count("NVDA") == 50
    older = re.search(r'hx-get="/embed/(dashboard-journal\?cursor=[^"]+)"', first)[1]
    second = ask(older).get_data(as_text=True)
    assert second.count("NVDA") == 2
    assert "Older trades" not in second
    assert "Back to the newest" in second


def test_a_number_that_no_database_can_hold_names_nothing(site, member):
    site.link(7, member("numbers@example.com"))
    for number in (2**63, 10**19 - 1):
        answer = site.request("GET", f"/embed/imports/{number}", wp_user_id=7)
        assert answer.status_code == 404, number
