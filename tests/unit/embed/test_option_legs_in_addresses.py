"""Legs of a combination in an address: what two clicks make, and what nobody can break."""

from datetime import date
from decimal import Decimal

import pytest

from app.embed.rules.legs import MOST_LEGS, ChosenLeg, read_legs, with_leg, write_legs

CALL = ChosenLeg(1, "C", Decimal(95), date(2026, 12, 18))
HIGHER = ChosenLeg(-1, "C", Decimal("97.5"), date(2026, 12, 18))


@pytest.mark.req("S2-89")
def test_two_clicks_make_a_spread_and_its_address_reads_back():
    legs = with_leg(with_leg([], CALL), HIGHER)
    text = write_legs(legs)
    assert text == "1C95@2026-12-18_-1C97.5@2026-12-18"
    assert read_legs(text) == legs
    assert read_legs("2S_" + text)[0] == ChosenLeg(2, "S")


def test_a_contract_that_is_chosen_again_adds_up_and_its_opposite_takes_it_away():
    assert with_leg([CALL, HIGHER], CALL) == [CALL._replace(qty=2), HIGHER]
    assert with_leg([CALL, HIGHER], CALL._replace(qty=-1)) == [HIGHER]
    assert with_leg([CALL._replace(qty=9999)], CALL) == [CALL._replace(qty=9999)]


@pytest.mark.parametrize(
    "text", ["", "0C95@2026-12-18", "1C95@2026-13-18", "1X95", "1C@2026-12-18", "_-_", "1C95@x"]
)
def test_what_is_no_leg_is_left_out(text):
    assert read_legs(text) == []
    assert read_legs(f"{text}_{write_legs([CALL])}") == [CALL]


def test_there_are_only_so_many_legs():
    many = [CALL._replace(strike=Decimal(each)) for each in range(1, 20)]
    assert len(read_legs(write_legs(many))) == MOST_LEGS
    assert len(with_leg(many[:MOST_LEGS], CALL._replace(strike=Decimal(50)))) == MOST_LEGS
