"""One option contract, as people name it, and what is meant of the expiries that there are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.coach.rules import contracts, intents

WORDINGS = {
    "What is the delta of the SPY 600 call expiring 18 Dec?": ("call", "600", "12-18"),
    "delta of SPY Dec 18 600 call": ("call", "600", "12-18"),
    "delta of the SPY 18th of December 600 call": ("call", "600", "12-18"),
    "theta of SPY 12/18 600c": ("call", "600", "12-18"),
    "SPY 12/18/26 600p vega": ("put", "600", "2026-12-18"),
    "gamma of SPY 2026-12-18 $602.50 put": ("put", "602.5", "2026-12-18"),
    "greeks of the SPY call with a strike of 600 expiring December 18, 2026": ("call", "600", "2026-12-18"),
    "delta of SPX 6,000 put Dec 18 '26": ("put", "6000", "2026-12-18"),
    "delta of the SPY 18 Dec 26 600 call": ("call", "600", "2026-12-18"),
    "delta of the F 18 Dec 26 call": ("call", "26", "12-18"),
    "delta of the SPY 600 strike Dec call": ("call", "600", "12"),
    "delta of the 600 call in May": ("call", "600", "05"),
    "rho of SPY261218C00600000": ("call", "600", "2026-12-18"),
    "delta of the SPY 600 call": ("call", "600", ""),
    "what may the delta of the 600 call be": ("call", "600", ""),
    "delta of the 0DTE 600 call": ("call", "600", "0dte"),
}  # fmt: skip


@pytest.mark.req("S2-92")
@pytest.mark.parametrize(("question", "wanted"), WORDINGS.items())
def test_a_contract_is_found_in_any_wording(question, wanted):
    found = contracts.read(question)
    assert (found.right, found.strike, found.expiry) == (wanted[0], Decimal(wanted[1]), wanted[2])
    assert intents.read(question).kind == "contract"


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("what's the delta of my SPY position", "greeks"),
        ("What is a covered call?", "term"),
        ("Is theta negative for a long call?", "term"),
        ("Should I buy the SPY 600 call expiring 18 Dec?", "advice"),
        ("price of SPY at 3 p.m.", "price"),
        ("put the pivots on the chart", "draw"),
        ("Where are PDH and PDL of SPY?", "levels"),
        ("the last 10 bars of SPY", "bars"),
    ],
)
def test_what_names_no_contract_is_asked_as_before(question, kind):
    assert intents.read(question).kind == kind


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("delta and gamma of the SPY 600 call 12/18", ("delta", "gamma")),
        ("IV of the SPY 600 call 12/18", ("volatility",)),
        ("how much is the SPY 600 call 12/18?", ("price",)),
        ("SPY 600 call 12/18", ()),
    ],
)
def test_what_is_asked_of_it_is_known(question, wanted):
    assert intents.read(question) == intents.Intent("contract", wanted)


LISTED = [date(2026, 12, 4), date(2026, 12, 18), date(2027, 1, 15), date(2027, 12, 17), date(2027, 12, 18)]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("12-18", [date(2026, 12, 18)]),
        ("2027-12-18", [date(2027, 12, 18)]),
        ("12", [date(2026, 12, 18)]),
        ("2027-12", [date(2027, 12, 17)]),
        ("01", [date(2027, 1, 15)]),
        ("12-19", []),
        ("06", []),
        ("0dte", [date(2026, 12, 4)]),
    ],
)
def test_the_expiry_that_is_meant(said, meant):
    assert contracts.matching(said, LISTED) == meant
