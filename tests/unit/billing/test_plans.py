from decimal import Decimal

import pytest
from pydantic import ValidationError as PydanticError

from app.billing import service
from app.billing.schemas import PlansFile
from app.core.errors import NotFoundError


def entitlements(tier):
    return service.get_plan(tier).entitlements


@pytest.mark.req("S4-42", "S4-49", "S4-58")
def test_there_are_four_tiers_with_their_names_and_prices():
    plans = [(plan.tier, plan.name, plan.price, plan.currency) for plan in service.list_plans()]
    assert plans == [
        ("free", "Free", Decimal(0), "USD"),
        ("low", "Low Commitment", Decimal("9.99"), "USD"),
        ("mid", "Mid-Tier", Decimal("29.99"), "USD"),
        ("premium", "Premium", Decimal("99.99"), "USD"),
    ]


def test_the_free_tier_is_one_demo_robot_on_paper_with_daily_figures_of_seven_days():
    free = entitlements("free")
    assert (free["robots"], free["paper"], free["live"]) == ("1 demo robot", True, False)
    assert (free["periods"], free["history"]) == ("Daily", "7 days")


def test_the_low_tier_is_three_robots_on_paper_with_basic_settings():
    low = entitlements("low")
    assert (low["robots"], low["periods"]) == ("3 robots", "Daily, weekly, monthly")
    assert (low["history"], low["customisation"]) == ("30 days", "Basic")
    assert (low["paper"], low["live"]) == (True, False)


def test_the_mid_tier_has_all_robots_all_periods_live_trading_and_the_api():
    mid = entitlements("mid")
    assert mid["robots"] == "All robots (10+)"
    assert (mid["periods"], mid["history"]) == ("All four periods", "Unlimited")
    assert mid["paper"] is mid["live"] is mid["analytics"] is mid["api"] is True
    assert mid["customisation"] == "Advanced"


def test_the_premium_tier_adds_risk_tools_portfolio_white_label_and_early_access():
    extra = {"risk_tools", "portfolio", "white_label", "early_access"}
    premium, mid = entitlements("premium"), entitlements("mid")
    assert all(premium[key] is True and mid[key] is False for key in extra)


def test_what_does_not_exist_yet_is_marked():
    ready = {key for key, feature in service.features().items() if feature.ready}
    assert ready == {"periods", "history", "analytics", "proof", "api"}


def test_an_unknown_tier_is_not_found():
    with pytest.raises(NotFoundError, match="gold"):
        service.get_plan("gold")


def test_a_plan_that_forgets_a_feature_is_refused():
    data = service.read_plans().model_dump()
    del data["plans"][0]["entitlements"]["api"]
    with pytest.raises(PydanticError, match="plan free"):
        PlansFile.model_validate(data)
