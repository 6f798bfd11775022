"""The plan that those who sell need is sold: without it nobody could begin."""

from __future__ import annotations

from app.billing import service as billing
from app.billing.service import creators, selling


def test_the_creator_plan_gives_what_selling_asks_for_and_is_for_sale(app):
    plan = billing.get_plan("creator", "creator")
    assert selling.is_for_sale(plan)
    assert billing.features()[creators.SELL].ready
