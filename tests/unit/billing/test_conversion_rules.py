import pytest

from app.billing.rules.conversions import KINDS, NOWHERE, Standing, is_source, step

FREE, LOW, MID = NOWHERE, Standing("low", 1), Standing("mid", 2)
TRIAL = Standing("mid", 2, is_trial=True)
PAUSED = Standing("mid", 2, is_paused=True)
LEAVING = Standing("mid", 2, is_leaving=True)


@pytest.mark.req("S4-92")
@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (FREE, LOW, "plan_started"),
        (FREE, TRIAL, "trial_started"),
        (TRIAL, MID, "plan_started"),
        (TRIAL, FREE, "ended"),
        (LOW, MID, "upgraded"),
        (LOW, TRIAL, "upgraded"),
        (MID, LOW, "downgraded"),
        (MID, PAUSED, "paused"),
        (PAUSED, MID, "resumed"),
        (MID, LEAVING, "cancelled"),
        (LEAVING, MID, "resumed"),
        (LEAVING, FREE, "ended"),
        (PAUSED, FREE, "ended"),
        (PAUSED, LEAVING, "cancelled"),
    ],
)
def test_each_change_of_plan_is_one_step(before, after, kind):
    assert step(before, after) == kind
    assert kind in KINDS


@pytest.mark.parametrize("standing", [FREE, LOW, MID, TRIAL, PAUSED, LEAVING])
def test_what_stays_as_it_is_is_no_step(standing):
    assert step(standing, standing) is None


@pytest.mark.parametrize("text", ["pricing", "limit.robots", "mail-2026"])
def test_a_source_is_a_short_name(text):
    assert is_source(text)


@pytest.mark.parametrize("text", ["", "Pricing", "ada@example.com", "a b", "x" * 41, "pricing\n"])
def test_anything_else_is_no_source(text):
    assert not is_source(text)
