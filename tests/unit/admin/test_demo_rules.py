"""The simulated market, its robots and members: plausible, labelled, and the same however long."""

from collections import Counter

import pytest

from app.admin.rules import cast, market, robots
from app.robots.service import read_catalogue

SESSIONS = 251
DEMO_ROBOTS = sorted(
    (robot.id, robot.min_tier) for robot in read_catalogue().robots if robot.is_demo
)
TIERS = ("free", "low", "mid", "premium")


@pytest.fixture(scope="module")
def prices():
    return market.simulate(SESSIONS)


@pytest.fixture(scope="module")
def trips(prices):
    return {plugin_id: robots.trips_of(plugin_id, prices) for plugin_id in robots.RULES}


@pytest.fixture(scope="module")
def members():
    return cast.cast_members(DEMO_ROBOTS, TIERS)


def net(fills):
    """Return the money that fills brought in, fees paid."""
    return sum(
        (fill.qty * fill.price if fill.side == "sell" else -fill.qty * fill.price) - fill.fee
        for fill in fills
    )


def test_every_demo_robot_of_the_catalogue_has_a_rule_and_the_other_way_round():
    assert {plugin_id for plugin_id, _ in DEMO_ROBOTS} == set(robots.RULES)
    assert len(robots.RULES) == 12


def test_prices_are_plausible_and_the_symbols_say_that_they_are_simulated(prices):
    for symbol, days in prices.items():
        assert symbol.endswith(".SIM")
        assert len(days) == SESSIONS + market.WARM_UP
        assert all(1000 < price < 200_000 for day in days for price in day)


def test_a_longer_run_begins_with_the_shorter_one(prices, trips, members):
    longer = market.simulate(SESSIONS + 9)
    assert all(longer[symbol][: len(days)] == days for symbol, days in prices.items())
    for member in members[:20]:
        for follow in member.follows:
            short = cast.account_history(follow, trips[follow.plugin_id], prices, SESSIONS)
            more = cast.account_history(
                follow, robots.trips_of(follow.plugin_id, longer), longer, SESSIONS + 9
            )
            for before, after in zip(short, more, strict=True):
                assert [item for item in after if item.session < SESSIONS] == before


@pytest.mark.parametrize("plugin_id", sorted(robots.RULES))
def test_trips_see_only_the_past_and_never_overlap_in_a_symbol(trips, plugin_id):
    last = {}
    assert len(trips[plugin_id]) > 10
    for trip in trips[plugin_id]:
        entry = (trip.entry_session, trip.entry_step)
        assert 0 <= trip.entry_session < SESSIONS
        assert entry >= last.get(trip.symbol, (0, 0))
        if trip.exit_session is None:
            last[trip.symbol] = (SESSIONS, 0)
            continue
        assert entry < (trip.exit_session, trip.exit_step) <= (SESSIONS - 1, robots.CLOSE)
        last[trip.symbol] = (trip.exit_session, trip.exit_step)


def test_sixty_members_follow_robots_that_their_plan_allows(members):
    tiers = dict(DEMO_ROBOTS)
    assert len(members) == 60
    assert len({member.email for member in members}) == 60
    for member in members:
        assert 1 <= len(member.follows) <= 4
        for follow in member.follows:
            assert TIERS.index(tiers[follow.plugin_id]) <= TIERS.index(member.tier)
    followers = Counter(follow.plugin_id for member in members for follow in member.follows)
    assert min(followers[plugin_id] for plugin_id in robots.RULES) >= 3
    founders = {m.follows[0].plugin_id for m in members if m.follows[0].first_session == 0}
    assert founders == set(robots.RULES)
    assert members[0].follows[0].first_session == 0


def test_about_half_of_the_robots_lose_after_fees_and_none_is_too_good(prices, trips):
    results = {}
    for plugin_id in robots.RULES:
        follow = cast.Follow(plugin_id, 0, 25_000, 1.0, (1, 2, 3))
        closed = [trip for trip in trips[plugin_id] if trip.exit_session is not None]
        fills, _ = cast.account_history(follow, closed, prices, SESSIONS)
        results[plugin_id] = float(net(fills)) / 25_000
    losers = [plugin_id for plugin_id, result in results.items() if result < 0]
    assert 4 <= len(losers) <= 8, results
    assert all(-0.2 < result < 0.2 for result in results.values()), results
    assert results["null_coin"] < 0


def test_positions_are_marked_at_every_close_at_which_they_stand(prices, trips):
    follow = cast.Follow("mean_harbor", 0, 25_000, 1.0, (1, 2, 3))
    fills, marks = cast.account_history(follow, trips["mean_harbor"], prices, SESSIONS)
    held, expected = Counter(), set()
    at_close = {session: [] for session in range(SESSIONS)}
    for fill in fills:
        at_close[fill.session].append(fill)
    for session in range(SESSIONS):
        for fill in at_close[session]:
            held[fill.symbol] += fill.qty if fill.side == "buy" else -fill.qty
        expected |= {(session, symbol) for symbol, qty in held.items() if qty}
    assert {(mark.session, mark.symbol) for mark in marks} == expected


@pytest.mark.parametrize("hours", [6.5, 3.5])
def test_steps_lie_within_their_session_in_order(hours):
    opens, closes = 0, int(hours * 3600 * 1_000_000)
    instants = [
        cast.step_instant(opens, closes, step, second)
        for step in range(market.STEPS + 1)
        for second in (1, 50)
    ]
    assert instants == sorted(instants)
    assert opens < instants[0]
    assert instants[-1] < closes
