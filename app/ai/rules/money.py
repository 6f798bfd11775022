"""Pure: what a call costs, may cost at most, and is expected to cost. US dollars."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from app.ai.rules.catalogue import Model
from app.ai.schemas import TokenUse

MILLION = Decimal(1_000_000)
UNIT = Decimal("0.00000001")
DENSEST = 2.0
"""Characters of a token at least: no provider's tokens are shorter over a whole request."""
USUAL = 3.6
"""Characters of a token before anything has been learned."""
LEAST = 0.05
"""Characters of a token, where nearly all of them are a picture's."""


class Habit(NamedTuple):
    """What was learned from the newest calls of a task to a model."""

    characters: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 0


def cost(model: Model, used: TokenUse) -> Decimal:
    """Return what tokens cost, rounded up to a hundred-millionth of a dollar."""
    fresh = max(0, used.input - used.cached)
    dollars = (
        fresh * model.input + min(used.cached, used.input) * model.cached_input
        + used.output * model.output
    ) / MILLION  # fmt: skip
    return dollars.quantize(UNIT, ROUND_CEILING)


def most(model: Model, characters: int, images: int, longest_answer: int) -> Decimal:
    """Return what a call can cost at most: this much is reserved before it."""
    tokens = int(characters / DENSEST) + 1 + images * model.image_tokens
    return cost(model, TokenUse(tokens, 0, longest_answer))


def expected(
    model: Model, characters: int, images: int, longest_answer: int, habit: Habit
) -> Decimal:
    """Return what a call will probably cost, by what the newest ones have used."""
    each = habit.characters / habit.input_tokens if habit.input_tokens else USUAL
    answer = habit.output_tokens // habit.calls if habit.calls else longest_answer // 3
    tokens = round(characters / max(each, LEAST))
    if not habit.input_tokens:  # the pictures of a task stand in its habit
        tokens += images * model.image_tokens
    return cost(model, TokenUse(tokens, 0, min(answer, longest_answer)))
