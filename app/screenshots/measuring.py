"""How well a reader reads: its readings held against what is known to be on the pictures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from app.quant.stats import wilson_interval
from app.screenshots.schemas import Broker, Reading, Right, SeenPosition

Field = Literal["ticker", "right", "strike", "expiry", "quantity", "entry_price", "current_price"]
FIELDS: tuple[Field, ...] = get_args(Field)
BANDS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
LEAST_ALIKE = 2
"""Fields that must agree before a position that was read is taken for one that is there."""


class TruePosition(BaseModel):
    """One position as it is."""

    ticker: str
    right: Right
    strike: Decimal | None
    expiry: date | None
    quantity: Decimal
    entry_price: Decimal | None
    current_price: Decimal | None
    spread: int | None = None


class Truth(BaseModel):
    """What is on a picture."""

    file: str
    broker: Broker
    form: str = ""
    theme: str = ""
    seen_on: date
    positions: list[TruePosition]
    partial: list[TruePosition] = []
    """Cut by the picture's edge: may be read, need not be."""


class Picture(NamedTuple):
    """What a reader is given."""

    name: str
    content: bytes
    seen_on: date


class Verdict(NamedTuple):
    """One field of one position."""

    broker: Broker
    field: Field
    is_right: bool
    confidence: float | None
    """None: the position or the field was not read."""


class Result(NamedTuple):
    """One picture."""

    truth: Truth
    verdicts: list[Verdict]
    missed: int
    invented: int
    has_broker: bool
    has_spreads: bool
    seconds: float


def read_truths(folder: Path) -> list[Truth]:
    """Return what a folder's truth.json says is on its pictures.

    Raises:
        ValueError: there is no such file, or it does not say it as it should.
    """
    try:
        document = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        return TypeAdapter(list[Truth]).validate_python(document["pictures"])
    except (OSError, KeyError, TypeError, ValidationError, json.JSONDecodeError) as error:
        message = f"{folder} has no readable truth.json: {error}"
        raise ValueError(message) from error


def measure(
    folder: Path,
    truths: Iterable[Truth],
    reader: Callable[[Picture], Reading],
    timer: Callable[[], float],
) -> list[Result]:
    """Read each picture and say what came of it."""
    results = []
    for truth in truths:
        # A file that a truth names stands in its folder, and nowhere else.
        content = (folder / Path(truth.file).name).read_bytes()
        began = timer()
        reading = reader(Picture(truth.file, content, truth.seen_on))
        results.append(hold(truth, reading, timer() - began))
    return results


def hold(truth: Truth, reading: Reading, seconds: float = 0) -> Result:
    """Hold a reading against the truth."""
    everything = [*truth.positions, *truth.partial]
    pairs = matched(everything, reading.positions, whole=len(truth.positions))
    verdicts: list[Verdict] = []
    for at, true in enumerate(truth.positions):
        verdicts += _verdicts(truth.broker, true, pairs.get(at))
    used = {id(seen) for seen in pairs.values()}
    invented = sum(id(seen) not in used for seen in reading.positions)
    return Result(
        truth, verdicts, sum(at not in pairs for at in range(len(truth.positions))), invented,
        reading.broker.value == truth.broker,
        _together([true.spread for true in truth.positions])
        == _together([pairs[at].spread if at in pairs else None for at in range(len(truth.positions))]),
        seconds,
    )  # fmt: skip


def _together(spreads: Sequence[int | None]) -> set[tuple[int, ...]]:
    """Return which legs stand together, whatever the number; one leg alone is no spread."""
    groups: dict[int, list[int]] = {}
    for at, number in enumerate(spreads):
        if number is not None:
            groups.setdefault(number, []).append(at)
    return {tuple(group) for group in groups.values() if len(group) > 1}


def matched(
    true: Sequence[TruePosition], seen: Sequence[SeenPosition], whole: int | None = None
) -> dict[int, SeenPosition]:
    """Return which reading is of which position: in order, with the most fields that agree.

    Of those after the first `whole` only a part is on the picture: their symbol is enough.
    """
    complete = len(true) if whole is None else whole
    alike = [
        [_alike(one, each, LEAST_ALIKE if at < complete else 1) for each in seen]
        for at, one in enumerate(true)
    ]
    best = [[0] * (len(seen) + 1) for _ in range(len(true) + 1)]
    for a in range(len(true) - 1, -1, -1):
        for b in range(len(seen) - 1, -1, -1):
            both = best[a + 1][b + 1] + alike[a][b] if alike[a][b] else 0
            best[a][b] = max(best[a + 1][b], best[a][b + 1], both)
    pairs, a, b = {}, 0, 0
    while a < len(true) and b < len(seen):
        if alike[a][b] and best[a][b] == best[a + 1][b + 1] + alike[a][b]:
            pairs[a] = seen[b]
            a, b = a + 1, b + 1
        elif best[a][b] == best[a + 1][b]:
            a += 1
        else:
            b += 1
    return pairs


def _alike(true: TruePosition, seen: SeenPosition, least: int) -> int:
    count = sum(_is_right(true, seen, name) for name in FIELDS if getattr(true, name) is not None)
    return count if count >= least else 0


def _is_right(true: TruePosition, seen: SeenPosition, name: Field) -> bool:
    return bool(getattr(true, name) == getattr(seen, name).value)


def _verdicts(broker: Broker, true: TruePosition, seen: SeenPosition | None) -> list[Verdict]:
    found = []
    for name in FIELDS:
        if getattr(true, name) is None:
            continue
        value = getattr(seen, name) if seen else None
        is_read = value is not None and value.value is not None
        found.append(
            Verdict(broker, name, seen is not None and _is_right(true, seen, name),
                    value.confidence if value is not None and is_read else None)
        )  # fmt: skip
    return found


# --- Figures ---


def share(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return how many are right, with the interval; a missed one is wrong."""
    right = sum(each.is_right for each in verdicts)
    low, high = wilson_interval(right, len(verdicts)) or (0.0, 1.0)
    value = right / len(verdicts) if verdicts else None
    return {"n": len(verdicts), "right": right, "share": value, "low": low, "high": high}


def calibration(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Return, for each band of confidence, how many fields were right of those that were read."""
    rows = []
    for low, high in pairwise(BANDS):
        own = [
            each for each in verdicts
            if each.confidence is not None
            and (low <= each.confidence < high or (high == BANDS[-1] and each.confidence == high))
        ]  # fmt: skip
        mean = sum(each.confidence or 0 for each in own) / len(own) if own else None
        rows.append({"from": low, "to": high, "mean_confidence": mean, **share(own)})
    return rows


def summary(results: Sequence[Result]) -> dict[str, Any]:
    """Return all figures of a run."""
    verdicts = [verdict for result in results for verdict in result.verdicts]
    seconds = sorted(result.seconds for result in results)
    return {
        "pictures": len(results),
        "positions": sum(len(result.truth.positions) for result in results),
        "missed": sum(result.missed for result in results),
        "invented": sum(result.invented for result in results),
        "brokers_known": sum(result.has_broker for result in results),
        "spreads_right": sum(result.has_spreads for result in results),
        "fields": {
            broker: {
                name: share([each for each in verdicts if each.field == name and broker in {"all", each.broker}])
                for name in FIELDS
            }
            for broker in ("all", *get_args(Broker))
        },
        "calibration": calibration(verdicts),
        "seconds": {
            "median": seconds[len(seconds) // 2], "p95": seconds[int(0.95 * (len(seconds) - 1))],
        } if seconds else {},
    }  # fmt: skip
