"""How sure each field is: what the reader said of its letters, and whether the figures agree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from statistics import mode
from typing import Any

from app.screenshots.reading.found import Found, Part
from app.screenshots.reading.labels import Kind
from app.screenshots.schemas import Band, Seen, SeenPosition

AGREES = 0.98
DIFFERS = 0.55
COMPUTED = 0.9
RECOUNTED = 0.75
YEARLESS = 0.93
"""What a day without a year is worth: the picture may be older than it is said to be."""
UNNATURAL = 0.6
POINTLESS = 0.7
"""What a figure is worth whose decimal point was put back."""
LEAST_LOST = 100
MONEY: tuple[Kind, ...] = ("current", "entry", "gain", "value", "cost")
FRIDAY = 4


def judged(found: Sequence[Found], seen_on: date, height: int) -> tuple[SeenPosition, ...]:
    """Return the positions with a confidence for each field; `height` is the picture's."""
    _restore_points(found)
    for one in found:
        _check_money(one)
        _check_days(one, seen_on)
        _check_shape(one)
    spreads = _spreads(found)
    return tuple(_seen(one, spread, height) for one, spread in zip(found, spreads, strict=True))


def _restore_points(found: Sequence[Found]) -> None:
    """Put back decimal points that were not seen: all five show prices with at least two places."""
    for kind in MONEY:
        places = [-each for one in found if (each := _exponent(one, kind)) < 0]
        usual = mode(places) if places else 2
        for one in found:
            value = one.number(kind)
            if value is not None and _exponent(one, kind) == 0 and abs(value) >= LEAST_LOST:
                one.figures[kind].value = value.scaleb(-usual)
                one.figures[kind].confidence *= POINTLESS


def _exponent(one: Found, kind: Kind) -> int:
    value = one.number(kind)
    return 0 if value is None else int(value.as_tuple().exponent)


# --- Do the figures agree? ---


def _check_money(one: Found) -> None:
    """Hold count and prices against value, cost and gain, and fill in what only one of them lacks."""
    if one.right is None:
        return
    size = Decimal(100 if one.is_option else 1)
    current = _equation(one, "current", "value", size)
    entry = _equation(one, "entry", "cost", size)
    gain = _gain_agrees(one, size)
    if gain is None:
        return
    if not gain and not current and not entry and _recounted(one, size):
        gain = True
    sides: tuple[tuple[Kind, bool | None], ...] = (("current", current), ("entry", entry))
    for kind, own in sides:
        if not gain and own:
            continue
        _mark(one, kind, agrees=gain)
    if (gain and one.figures["quantity"].confidence != RECOUNTED) or not (gain or current or entry):
        _mark(one, "quantity", agrees=gain)


def _equation(one: Found, price: Kind, total: Kind, size: Decimal) -> bool | None:
    """Whether price x count is the total; None: a side is missing and could not be filled in."""
    each, count, whole = one.number(price), one.number("quantity"), one.number(total)
    if each and whole is not None and count is None:
        ratio = whole / (each * size)
        rounded = ratio.quantize(Decimal(1), ROUND_HALF_UP)
        if rounded and abs(ratio - rounded) < Decimal("0.02"):
            one.figures["quantity"] = Part(rounded, COMPUTED)
            return True
    if each is None and whole is not None and count:
        value = (whole / (count * size)).quantize(Decimal("0.0001")).normalize()
        one.figures[price] = Part(Decimal(f"{value:f}"), COMPUTED * 0.9)
        return None
    if each is None or whole is None or count is None:
        return None
    agrees = abs(abs(each * count * size) - abs(whole)) <= _slack(count, size)
    # The total may be shown without its sign: then it says nothing of the count's.
    _mark(one, price, agrees=agrees)
    _mark(one, "quantity", agrees=agrees)
    return agrees


def _gain_agrees(one: Found, size: Decimal) -> bool | None:
    names: tuple[Kind, ...] = ("current", "entry", "quantity", "gain")
    current, entry, count, gain = (one.number(name) for name in names)
    if current is None or entry is None or gain is None:
        return None
    step = (current - entry) * size
    if count is None:
        ratio = gain / step if step else Decimal(0)
        rounded = ratio.quantize(Decimal(1), ROUND_HALF_UP)
        if not rounded or abs(ratio - rounded) > Decimal("0.03"):
            return None
        one.figures["quantity"] = Part(rounded, COMPUTED)
        return True
    if abs(step * count - gain) <= _slack(count, size):
        return True
    if step and abs(step * count + gain) <= _slack(count, size) and "quantity" in one.figures:
        # The amounts agree but for the sign: a minus was lost, of the count or of the gain.
        one.figures["quantity"].confidence = min(one.figures["quantity"].confidence, DIFFERS)
        return None
    return False


def _recounted(one: Found, size: Decimal) -> bool:
    """Take the count that prices and gain agree on, where the one that was read fits nothing."""
    read = one.figures.pop("quantity", None)
    if read and _gain_agrees(one, size):
        one.figures["quantity"].confidence = RECOUNTED
        return True
    if read:
        one.figures["quantity"] = read
    return False


def _slack(count: Decimal, size: Decimal) -> Decimal:
    """Return how far rounded prices may be off."""
    return Decimal("0.0051") * abs(count) * size / 100 + Decimal("0.011")


def _mark(one: Found, kind: Kind, *, agrees: bool) -> None:
    part = one.figures.get(kind)
    if part:
        limit = max if agrees else min
        part.confidence = limit(part.confidence, AGREES if agrees else DIFFERS)


def _check_days(one: Found, seen_on: date) -> None:
    """Hold the expiry against the days that are left, where the page tells them."""
    if one.expiry is None or not isinstance(one.expiry.value, date):
        return
    left = one.figures.get("days")
    days = (one.expiry.value - seen_on).days
    if left is not None:
        is_near = isinstance(left.value, int | Decimal) and abs(days - int(left.value)) <= 1
        if is_near:
            one.expiry.confidence = max(one.expiry.confidence, AGREES)
        else:
            one.expiry.confidence = min(one.expiry.confidence, DIFFERS + 0.1)
    elif not one.has_year:
        one.expiry.confidence *= YEARLESS
    if not one.is_certain:
        one.expiry.confidence = min(one.expiry.confidence, DIFFERS)
    if one.expiry.value.weekday() > FRIDAY:
        one.expiry.confidence = min(one.expiry.confidence, DIFFERS)


def _check_shape(one: Found) -> None:
    """Doubt what does not occur: parts of a contract, strikes of odd cents."""
    count, strike = one.number("quantity"), one.strike
    if one.is_option and count is not None and count != count.to_integral_value():
        one.figures["quantity"].confidence *= UNNATURAL
    if strike and isinstance(strike.value, Decimal) and strike.value * 2 % 1 and strike.value % 5:
        strike.confidence *= UNNATURAL


# --- What belongs together, and the answer's own shape ---


def _spreads(found: Sequence[Found]) -> list[int | None]:
    """Number the legs that stand together: one underlying, one count (of a hundred shares each)."""
    numbers: list[int | None] = [None] * len(found)
    last = 0
    for at in range(1, len(found)):
        before, one = found[at - 1], found[at]
        if _lots(one) and _lots(one) == _lots(before) and _ticker(one) == _ticker(before) and (
            one.is_option or before.is_option
        ):  # fmt: skip
            if numbers[at - 1] is None:
                last += 1
                numbers[at - 1] = last
            numbers[at] = numbers[at - 1]
    return numbers


def _lots(one: Found) -> Decimal | None:
    count = one.number("quantity")
    return None if count is None else abs(count) / (1 if one.is_option else 100)


def _ticker(one: Found) -> Any:
    return one.ticker and one.ticker.value


def _seen(one: Found, spread: int | None, height: int) -> SeenPosition:
    return SeenPosition(
        ticker=_field(one.ticker),
        right=_field(one.right),
        strike=_field(one.strike),
        expiry=_field(one.expiry),
        quantity=_field(one.figures.get("quantity")),
        entry_price=_field(one.figures.get("entry")),
        current_price=_field(one.figures.get("current")),
        spread=spread,
        band=Band(top=_share(one.top, height), bottom=_share(one.bottom, height)),
    )


def _share(at: float, height: int) -> float:
    return round(min(1.0, max(0.0, at / height)), 4)


def _field(part: Part | None) -> Seen[Any]:
    if part is None:
        return Seen[Any]()
    return Seen[Any](value=part.value, confidence=round(min(0.99, max(0.0, part.confidence)), 3))
