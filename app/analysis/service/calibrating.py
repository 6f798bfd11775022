"""How analyses did: by model, version of the prompt and kind of market."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple

from pydantic import TypeAdapter

from app.ai.schemas import OFFLINE
from app.analysis import queries
from app.analysis.schemas import Calibration, CalibrationAnswer, CalibrationBin
from app.core import cache
from app.quant import calibration

CACHE = "analyses:calibration:1"
CACHE_SECONDS = 300
_items = TypeAdapter(list[Calibration])


class About(NamedTuple):
    """What is judged together."""

    model: str
    prompt: str
    is_simulated: bool


Outcome = tuple[float, str, float | None]
"""Confidence, result, and what was won in units of risk."""


def read_calibration(user_id: int, of: Literal["own", "all"] = "own") -> CalibrationAnswer:
    """Return how a member's own analyses did, or those of everybody, without names."""
    if of == "own":
        return CalibrationAnswer(of=of, items=_calibrate(user_id))
    kept = cache.find(CACHE)[0]
    if kept is not None:
        return CalibrationAnswer(of=of, items=_items.validate_json(kept))
    items = _calibrate(None)
    cache.keep({CACHE: (_items.dump_json(items), CACHE_SECONDS)})
    return CalibrationAnswer(of=of, items=items)


def _calibrate(user_id: int | None) -> list[Calibration]:
    groups: dict[About, list[Outcome]] = defaultdict(list)
    for model, prompt, is_simulated, said, result, won in queries.list_results(user_id):
        # Plain rules have no prompt: that of the models changes nothing in them.
        about = About(model, "" if model == OFFLINE else prompt, is_simulated)
        groups[about].append((said, result, won))
    # The rules first: they are what the models are measured against.
    order = sorted(groups, key=lambda one: (one.is_simulated, one.model != OFFLINE, one))
    return [calibrate(about, groups[about]) for about in order]


def calibrate(about: About, outcomes: Sequence[Outcome]) -> Calibration:
    """Return the figures of one model with one prompt."""
    entered = [each for each in outcomes if each[1] != "not_entered"]
    said = [each[0] for each in entered]
    came = [each[1] == "target" for each in entered]
    won = calibration.mean_with_interval([each[2] for each in entered if each[2] is not None])
    return Calibration(
        model=about.model,
        is_offline=about.model == OFFLINE,
        prompt=about.prompt,
        is_simulated=about.is_simulated,
        n=len(entered),
        not_entered=len(outcomes) - len(entered),
        hits=sum(came),
        brier=calibration.brier_score(said, came),
        expectancy=won.mean,
        expectancy_low=won.low,
        expectancy_high=won.high,
        bins=[
            CalibrationBin(
                low=one.low, high=one.high, n=one.n, hits=one.hits, said=one.said, came=one.came,
                interval_low=one.interval[0], interval_high=one.interval[1],
            )
            for one in calibration.bins(said, came)
        ],
    )  # fmt: skip
