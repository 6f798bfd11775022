"""A thousand answers held to the facts: what slips through, and what is lost of right ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from app.coach.rules.citing import Citation, check
from app.coach.rules.facts import Fact

MANY = 1_000
Facts = Callable[[random.Random], Sequence[Fact]]


def slipped(
    facts: Facts, wrong: Callable[[random.Random, Sequence[Fact]], tuple[str, str]], seed: int
) -> list[tuple[str, str]]:
    """Return the invented answers that were not wholly removed: how they were made, and their text."""
    dice, found = random.Random(seed), []
    for _ in range(MANY):
        known = facts(dice)
        how, text = wrong(dice, known)
        checked = check(text, known)
        if any(isinstance(part, Citation) for part in checked.parts) or not checked.removed:
            found.append((how, text))
    return found


def lost(
    facts: Facts, right: Callable[[random.Random, Sequence[Fact]], str], seed: int
) -> list[str]:
    """Return the right answers of which anything was removed."""
    dice, found = random.Random(seed), []
    for _ in range(MANY):
        known = facts(dice)
        text = right(dice, known)
        checked = check(text, known)
        if checked.removed or checked.text != text:
            found.append(text)
    return found
