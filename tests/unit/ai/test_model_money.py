"""What a call may cost at most and will probably cost, and when a model is left alone or passed over."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.ai.rules import breaking, money
from app.ai.rules.catalogue import read_catalogue, still_there
from app.ai.schemas import TokenUse

MODELS = read_catalogue().models


def tiles(width: int, height: int, side: int) -> int:
    """Return how many squares cover a picture."""
    return -(-width // side) * -(-height // side)


def of_openai(width: int, height: int) -> tuple[int, int]:
    """Return what a picture counts for, by what OpenAI says of GPT-4o and GPT-4o mini."""
    fit = min(1, 2048 / max(width, height))
    width, height = round(width * fit), round(height * fit)
    fit = min(1, 768 / min(width, height))
    count = tiles(round(width * fit), round(height * fit), 512)
    return 85 + 170 * count, 2_833 + 5_667 * count


@pytest.mark.parametrize(
    "size", [(1024, 640), (3000, 3000), (3000, 1100), (1290, 2796), (80, 3000), (1920, 1080)]
)
def test_no_picture_of_the_size_that_is_sent_counts_for_more_than_is_held_back(size):
    width, height = size
    large, mini = of_openai(width, height)
    assert large <= MODELS["gpt-4o"].image_tokens
    assert mini <= MODELS["gpt-4o-mini"].image_tokens
    assert 258 * tiles(width, height, 768) <= MODELS["gemini-2.5-flash-lite"].image_tokens


def test_pictures_are_held_back_at_the_price_of_the_model_that_sees_them():
    mini = MODELS["gpt-4o-mini"]
    assert money.most(mini, 0, 5, 1) >= money.cost(mini, TokenUse(5 * mini.image_tokens, 0, 1))
    assert money.most(mini, 0, 1, 1) > money.most(MODELS["gpt-4o"], 0, 1, 1), "dearer, if small"


@pytest.mark.parametrize(
    ("name", "characters", "image", "output"),
    [
        ("gpt-4o-mini", 15_000, 25_501, 400),
        ("gemini-2.5-flash-lite", 5_500, 258, 300),
        ("claude-sonnet-4-6", 5_500, 1_590, 300),
    ],
)
def test_what_was_learned_of_requests_with_pictures_counts_them_once(
    name, characters, image, output
):
    used = TokenUse(round(characters / 3.8) + image, 0, output)
    habit = money.Habit(characters * 20, used.input * 20, output * 20, 20)
    settled = money.cost(MODELS[name], used)
    estimate = money.expected(MODELS[name], characters, 1, 1_500, habit)
    assert abs(estimate / settled - 1) <= Decimal("0.02")


def test_a_failure_of_a_members_own_key_is_none_of_the_model():
    for reason in breaking.COUNTED:
        assert breaking.counts(reason, by_own_key=False)
        assert breaking.counts(reason, by_own_key=True) is (reason not in breaking.OF_A_KEY)
    assert not breaking.counts("refused", by_own_key=False)


def test_ended_models_are_left_out_unless_nothing_is_left():
    catalogue = read_catalogue()
    name = "claude-sonnet-4-5"
    ends = catalogue.models[name].ends_on
    before, names = date.fromordinal(ends.toordinal() - 1), [name, "gpt-4o-mini"]
    assert still_there(catalogue, names, before) == names
    assert still_there(catalogue, names, ends) == ["gpt-4o-mini"]
    assert still_there(catalogue, [name], ends) == [name]
    assert still_there(catalogue, [], ends) == []
