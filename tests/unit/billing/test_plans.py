import itertools
import tomllib
from copy import deepcopy
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError as PydanticError

from app.billing import service
from app.billing.rules.entitlements import gives, is_more, larger, merged
from app.billing.schemas import LADDERS, LEVELS, PlansFile
from app.billing.service.plans import PLANS_PATH
from app.core.errors import NotFoundError


def given_by(tier, ladder="robots"):
    return SimpleNamespace(**service.read_plans().values[ladder, tier])


def prices(ladder):
    return [(plan.tier, plan.price_minor("month")) for plan in service.list_plans(ladder)]


@pytest.mark.req("S4-42", "S4-49", "S4-58")
def test_there_are_four_tiers_with_their_names_and_prices():
    plans = [(plan.tier, plan.name, plan.price, plan.currency) for plan in service.list_plans()]
    assert plans == [
        ("free", "Free", Decimal(0), "USD"),
        ("low", "Low Commitment", Decimal("9.99"), "USD"),
        ("mid", "Mid-Tier", Decimal("29.99"), "USD"),
        ("premium", "Premium", Decimal("99.99"), "USD"),
    ]
    assert [plan.trial_days for plan in service.list_plans()] == [0, 0, 14, 0]
    assert [plan.tier for plan in service.list_plans() if plan.is_popular] == ["mid"]


def test_the_other_ladders_have_their_prices():
    assert prices("ai_traders") == [
        ("byok", 1000), ("basic", 2500), ("premium", 5000), ("pro", 9900),
    ]  # fmt: skip
    assert prices("signals") == [("basic", 2900), ("pro", 9900), ("institutional", 49900)]
    assert [tier for tier, _ in prices("coach")] == ["lite", "pro", "elite"]
    assert prices("creator") == [("trader", 0), ("creator", 3000)]


def test_a_year_costs_ten_months_to_the_cent():
    assert service.get_plan("mid").price_minor("year") == 29990
    assert service.yearly_saving(service.get_plan("mid")) == 5998
    assert service.get_plan("free").price_minor("year") == 0


@pytest.mark.req("S4-88", "S4-89", "S4-90", "S4-91")
def test_the_calls_to_action_are_worded_as_agreed():
    assert [plan.cta for plan in service.list_plans()] == [
        "Start Free - No Credit Card Required",
        "Upgrade to Low Commitment - $9.99/month",
        "Upgrade to Mid-Tier - $29.99/month",
        "Contact Sales for Premium - $99.99/month",
    ]


def test_a_call_to_action_names_the_price_that_is_asked():
    for plan in service.read_plans().by_key.values():
        assert not plan.price or f"${plan.price}/month" in plan.cta, (plan.ladder, plan.tier)


def test_the_free_tier_is_one_robot_on_paper_with_daily_figures_of_seven_days():
    free = given_by("free")
    assert (free.robots, free.paper_trading, free.live_trading) == (1, True, False)
    assert (free.periods, free.history_days) == ({"daily"}, 7)


@pytest.mark.req("S4-47")
def test_the_low_tier_is_three_robots_on_paper_with_basic_settings():
    low = given_by("low")
    assert (low.robots, low.periods) == (3, {"daily", "weekly", "monthly"})
    assert (low.history_days, low.robot_settings) == (30, "basic")
    assert (low.paper_trading, low.live_trading) == (True, False)


def test_the_mid_tier_has_all_robots_all_periods_live_trading_and_the_api():
    mid = given_by("mid")
    assert mid.robots >= 10
    assert (len(mid.periods), mid.history_days) == (4, None)
    assert mid.paper_trading is mid.live_trading is mid.analytics is mid.api is True
    assert mid.robot_settings == "advanced"


def test_the_premium_tier_adds_risk_tools_portfolio_white_label_and_early_access():
    extra = ("risk_tools", "portfolio_tools", "white_label", "early_access")
    premium, mid = given_by("premium"), given_by("mid")
    assert all(getattr(premium, key) and not getattr(mid, key) for key in extra)


@pytest.mark.req("S0-132")
def test_ai_traders_are_one_three_all_or_all_with_a_key_of_ones_own():
    ladder = {
        plan.tier: given_by(plan.tier, "ai_traders") for plan in service.list_plans("ai_traders")
    }
    assert [ladder[tier].ai_traders for tier in ("basic", "premium", "pro", "byok")] == [
        1, 3, None, None,
    ]  # fmt: skip
    assert all(plan.analyses is None for plan in ladder.values())
    assert [tier for tier, plan in ladder.items() if plan.own_model_key] == ["byok"]
    assert service.get_plan("byok", "ai_traders").price == 10
    assert (ladder["pro"].portfolio_tracking, ladder["pro"].alerts) == (True, None)


def test_the_coach_answers_so_many_questions_and_watches_so_many_alerts():
    lite, pro, elite = (given_by(tier, "coach") for tier in ("lite", "pro", "elite"))
    assert (lite.coach_questions, pro.coach_questions) == (100, 500)
    assert elite.coach_questions > 500
    assert (lite.alerts, pro.alerts, elite.alerts) == (0, 5, None)


def test_everybody_follows_and_a_creator_publishes():
    trader, creator = given_by("trader", "creator"), given_by("creator", "creator")
    assert trader.follow
    assert trader.competitions
    assert 0 < trader.signals < given_by("basic", "signals").signals
    assert creator.signals is None
    assert all((creator.streaming, creator.bootcamps, creator.subscriber_management))
    assert given_by("pro", "signals").signal_delivery
    assert not given_by("basic", "signals").signal_delivery


@pytest.mark.req("S3-44")
def test_a_creator_asks_for_ten_to_five_hundred_dollars():
    assert service.offer_prices() == (1000, 50000)


@pytest.mark.req("S0-134")
def test_the_alarm_of_analyses_is_what_a_basic_plan_carries_at_half_a_margin():
    """Conflict C2: 62,500 of the gross price, 25,000 of the platform's share, half of that."""
    file = service.read_plans()
    price = service.get_plan("basic", "ai_traders").price
    assert price / file.economics.analysis_cost == 62_500
    assert price * file.economics.share / file.economics.analysis_cost == 25_000
    assert file.economics.analyses(price) == file.features["analyses"].alarm == 12_500


def test_what_does_not_exist_yet_is_marked():
    ready = {key for key, feature in service.features().items() if feature.ready}
    assert not ready & {"live_trading", "ai_traders", "signals", "streaming"}


def test_an_unknown_tier_and_ladder_are_not_found():
    for ask in (("gold",), ("basic",), ("free", "coach"), ("free", "no")):
        with pytest.raises(NotFoundError):
            service.get_plan(*ask)
    with pytest.raises(NotFoundError, match="no"):
        service.list_plans("no")


def plans_file():
    return tomllib.loads(PLANS_PATH.read_text())


def ladder_of(data, key):
    return next(ladder for ladder in data["ladders"] if ladder["key"] == key)


def forget_feature(data):
    del ladder_of(data, "robots")["plans"][0]["entitlements"]["api"]


def invent_feature(data):
    ladder_of(data, "coach")["plans"][1]["entitlements"]["tea"] = True


def name_no_feature(data):
    ladder_of(data, "coach")["groups"][0]["features"].append("tea")
    for plan in ladder_of(data, "coach")["plans"]:
        plan["entitlements"]["tea"] = True


def lower_price(data):
    ladder_of(data, "signals")["plans"][2]["price"] = "98"


def second_favourite(data):
    ladder_of(data, "robots")["plans"][0]["is_popular"] = True


def wrong_kind(data):
    ladder_of(data, "robots")["plans"][0]["entitlements"]["robots"] = True


def wrong_word(data):
    ladder_of(data, "robots")["plans"][0]["entitlements"]["periods"] = ["hourly"]


def less_than_none(data):
    ladder_of(data, "robots")["plans"][0]["entitlements"]["history_days"] = -1


def no_such_field(data):
    ladder_of(data, "robots")["plans"][0]["prize"] = "1"


def lost_ladder(data):
    data["ladders"].pop()


def same_key(data):
    ladder_of(data, "coach")["plans"][0]["tier"] = "pro"


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (forget_feature, "plan free: its features differ"),
        (invent_feature, "plan pro: its features differ"),
        (name_no_feature, "no feature is called tea"),
        (lower_price, "ladder signals: prices rise"),
        (second_favourite, "one plan at most is popular"),
        (wrong_kind, "robots is a limit, not True"),
        (wrong_word, "periods is a set"),
        (less_than_none, "history_days is a days"),
        (no_such_field, "prize"),
        (lost_ladder, "the ladders are"),
        (same_key, "two plans have one key"),
    ],
)
def test_a_file_that_is_not_sound_is_refused(break_it, words):
    data = plans_file()
    PlansFile.model_validate(deepcopy(data))
    break_it(data)
    with pytest.raises(PydanticError, match=words):
        PlansFile.model_validate(data)


def test_what_pages_say_comes_from_the_values():
    said = {
        plan.tier: {key: service.plan_value(plan, key) for key in plan.entitlements}
        for plan in service.list_plans()
    }
    free, mid = said["free"], said["mid"]
    assert (free["robots"], said["low"]["robots"]) == ("1 robot at once", "3 robots at once")
    assert (free["history_days"], mid["history_days"]) == ("7 days", "Unlimited")
    assert (free["periods"], mid["periods"]) == ("Daily", "All 4 periods")
    assert said["low"]["periods"] == "Daily, Weekly and Monthly"
    assert (free["robot_settings"], mid["robot_settings"]) == (False, "Advanced")
    assert (free["api"], mid["api"]) == (False, True)
    assert service.plan_value(service.get_plan("lite", "coach"), "alerts") is False


COUNTS = st.one_of(st.none(), st.integers(0, 10_000))
VALUES = {
    "flag": st.booleans(),
    "limit": COUNTS,
    "days": COUNTS,
    "set": st.frozensets(st.sampled_from("abcd")),
    "level": st.sampled_from(LEVELS),
}


@pytest.mark.parametrize("kind", VALUES)
def test_together_plans_give_the_larger_whatever_their_order(kind):
    value = VALUES[kind]

    @settings(deadline=None)
    @given(value, value, value)
    def laws(one, two, three):
        def both(left, right):
            return larger(kind, left, right)

        assert both(one, two) == both(two, one)
        assert both(one, both(two, three)) == both(both(one, two), three)
        assert both(one, one) == one
        assert not is_more(kind, one, both(one, two))
        assert gives(both(one, two)) == (gives(one) or gives(two))

    laws()


def test_who_has_no_plan_has_nothing_of_anything():
    known = service.features()
    assert not any(gives(value) for value in merged(known, []).values())


@pytest.mark.parametrize("ladder", [key for key in LADDERS if key != "ai_traders"])
def test_a_larger_plan_never_gives_less(ladder):
    """Own key stands beside its ladder, not below it."""
    values = [given_by(tier, ladder).__dict__ for tier in service.plan_keys(ladder)]
    for less, more in itertools.pairwise(values):
        for key in less:
            assert not is_more(service.features()[key].kind, less[key], more[key]), key
