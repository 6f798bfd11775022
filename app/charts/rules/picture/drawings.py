"""What somebody drew: machines' work is dashed, in its own colour, and says whose it is."""

from __future__ import annotations

from typing import Any

from app.charts import schemas as s
from app.charts.rules.applying import is_machine
from app.charts.rules.picture.canvas import Box, text_width
from app.charts.rules.picture.labels import cut, told
from app.charts.rules.picture.look import AXIS, Colour, blend
from app.charts.rules.picture.scene import Plan

DASH = (7.0, 4.0)
NOTE_WIDTH = 200.0
NOTE_LINES = 4
TRIES = 24
Labels = list[tuple[float, str, Colour]]


def paint_drawings(plan: Plan) -> Labels:
    """Draw everything that was drawn; return what is to be labelled beside the chart."""
    labels: Labels = []
    aside = plan.times.box.top + 12
    drawn = plan.scene.document.drawings
    for drawing in drawn:
        if not isinstance(drawing, s.AnalysisNote):
            labels += _HOW[drawing.kind](plan, drawing)
    for drawing in drawn:
        if isinstance(drawing, s.AnalysisNote):
            aside = _note(plan, drawing, aside)
    return labels


def _whose(plan: Plan, drawing: Any, text: str) -> str:
    """Return a label that says which machine drew it, and whether it is only proposed."""
    parts = [drawing.label or text]
    if is_machine(drawing.by):
        parts.insert(0, drawing.by.name or plan.scene.words[drawing.by.kind])
    if drawing.is_proposed:
        parts.append(plan.scene.words["proposed"])
    return " · ".join(parts)


def _dash(drawing: Any) -> tuple[float, float] | None:
    return DASH if is_machine(drawing.by) else None


def _tone(plan: Plan, drawing: Any, usual: Colour) -> Colour:
    return plan.look.ai if is_machine(drawing.by) else usual


def _place(plan: Plan, point: s.Point) -> tuple[float, float]:
    return plan.times.x(point.at), plan.price.y(float(point.price))


def _free(plan: Plan, wanted: Box, step: float) -> Box:
    """Return a place like the wanted one, up or down from it, that nothing is written on yet."""
    frame = plan.times.box
    for turn in range(TRIES):
        away = step * ((turn + 1) // 2) * (-1 if turn % 2 else 1)
        place = wanted._replace(top=wanted.top + away, bottom=wanted.bottom + away)
        inside = frame.top <= place.top and place.bottom <= frame.bottom
        if inside and not any(place.touches(other) for other in plan.taken):
            break
    else:
        place = wanted
    plan.taken.append(place)
    return place


def _say(plan: Plan, at: tuple[float, float], text: str, colour: Colour) -> None:
    """Write a label on a ground of its own, inside the chart."""
    frame = plan.times.box
    text = cut(text, frame.width * 0.6, AXIS, 500)
    width = text_width(text, AXIS, weight=500) + 8
    x = min(max(at[0], frame.left + 2), frame.right - width)
    y = min(max(at[1], frame.top + 9), frame.bottom - 9)
    place = _free(plan, Box(x, y - 8, x + width, y + 8), 17)
    plan.canvas.box(place, blend(plan.look.ground, plan.look.surface, 0.6), radius=3)
    plan.canvas.text((x + 4, place.top + 8), text, colour, size=AXIS, weight=500)


def _clipped(plan: Plan, start: tuple[float, float], end: tuple[float, float]) -> Any:
    """Return the part of a line that lies inside the chart; None where none does."""
    box = plan.times.box
    (x0, y0), (x1, y1) = start, end
    low, high = 0.0, 1.0
    for delta, gap in (
        (-(x1 - x0), x0 - box.left), (x1 - x0, box.right - x0),
        (-(y1 - y0), y0 - box.top), (y1 - y0, box.bottom - y0),
    ):  # fmt: skip
        if delta == 0:
            if gap < 0:
                return None
        elif delta < 0:
            low = max(low, gap / delta)
        else:
            high = min(high, gap / delta)
    if low > high:
        return None
    return (
        (x0 + low * (x1 - x0), y0 + low * (y1 - y0)),
        (x0 + high * (x1 - x0), y0 + high * (y1 - y0)),
    )


def _trendline(plan: Plan, drawing: s.Trendline) -> Labels:
    start, end = sorted((_place(plan, drawing.start), _place(plan, drawing.end)))
    if drawing.extends and end[0] > start[0]:
        right = plan.times.box.right
        slope = (end[1] - start[1]) / (end[0] - start[0])
        end = (right, start[1] + slope * (right - start[0]))
    colour = _tone(plan, drawing, plan.look.accent)
    part = _clipped(plan, start, end)
    if part is None:
        return []
    plan.canvas.line(part, colour, 2, dash=_dash(drawing))
    for x, y in (_place(plan, drawing.start), _place(plan, drawing.end)):
        if plan.times.box.holds(y) and plan.times.box.left <= x <= plan.times.box.right:
            plan.canvas.dot(x, y, 2.5, colour)
    if drawing.label or is_machine(drawing.by):
        text = _whose(plan, drawing, plan.scene.words["trendline"])
        _say(plan, (part[0][0] + 4, part[0][1] - 14), text, colour)
    return []


def _fibonacci(plan: Plan, drawing: s.Fibonacci) -> Labels:
    x0 = min(plan.times.x(drawing.start.at), plan.times.x(drawing.end.at))
    box = plan.times.box
    left, right = min(max(x0, box.left), box.right), box.right
    colour = _tone(plan, drawing, plan.look.accent)
    base, top = float(drawing.end.price), float(drawing.start.price)
    ends = _clipped(plan, _place(plan, drawing.start), _place(plan, drawing.end))
    if ends is not None:
        plan.canvas.line(ends, blend(colour, plan.look.ground, 0.5), 1, dash=(2, 3))
    for ratio in drawing.ratios:
        price = base + (top - base) * ratio
        y = plan.price.y(price)
        if box.holds(y):
            strong = blend(colour, plan.look.ground, 0.9 if ratio in {0, 0.5, 1} else 0.6)
            plan.canvas.line([(left, y), (right, y)], strong, 1, dash=_dash(drawing))
            text = f"{ratio:g}  {told(price, plan.digits)}"
            _ratio(plan, (left, y), text, colour)
    text = _whose(plan, drawing, plan.scene.words["fibonacci"])
    _say(plan, (max(x0, box.left) + 4, plan.price.y(max(base, top)) - 24), text, colour)
    return []


def _ratio(plan: Plan, at: tuple[float, float], text: str, colour: Colour) -> None:
    """Write a retracement to the left of its line, where there is room, else above it."""
    width = text_width(text, AXIS, "price")
    x, y = at[0] - width - 6, at[1]
    if x < plan.times.box.left:
        x, y = at[0] + 4, at[1] - 7
    plan.taken.append(Box(x, y - 6, x + width, y + 6))
    plan.canvas.text((x, y), text, colour, size=AXIS, kind="price")


def _horizontal(plan: Plan, drawing: s.SupportResistance) -> Labels:
    price = float(drawing.price)
    usual = plan.look.loss if drawing.role == "resistance" else plan.look.profit
    y, box = plan.price.y(price), plan.times.box
    if not box.holds(y):
        return []
    plan.canvas.line([(box.left, y), (plan.edge, y)], usual, 2, dash=_dash(drawing))
    word = plan.scene.words[drawing.role]
    if drawing.label or is_machine(drawing.by):
        colour = _tone(plan, drawing, usual)
        _say(plan, (box.left + 6, y - 12), _whose(plan, drawing, word), colour)
    return [(price, word, usual)]


def _target(plan: Plan, drawing: s.PriceTarget) -> Labels:
    words, look, box = plan.scene.words, plan.look, plan.times.box
    left = plan.times.x(drawing.drawn_at)
    if not box.left <= left < box.right - 60:
        left = box.left + box.width * 0.6
    rows = [
        (drawing.target, words["target"], look.profit),
        (drawing.entry, words["entry"], look.text),
        (drawing.stop, words["stop"], look.loss),
    ]
    labels = [(float(value), name, colour) for value, name, colour in rows if value is not None]
    inside = [row for row in labels if box.holds(plan.price.y(row[0]))]
    for price, _, colour in inside:
        y = plan.price.y(price)
        plan.canvas.line([(left, y), (plan.edge, y)], colour, 1.5, dash=_dash(drawing))
    if inside:
        text = _whose(plan, drawing, words[drawing.direction])
        y = min(plan.price.y(price) for price, *_ in inside)
        _say(plan, (left + 4, y - 12), text, _tone(plan, drawing, look.text))
    return inside


def _note(plan: Plan, drawing: s.AnalysisNote, aside: float) -> float:
    """Write a note at its place, or at the left edge below the others; return where the next goes."""
    look, box, canvas = plan.look, plan.times.box, plan.canvas
    width = min(NOTE_WIDTH, box.width * 0.5)
    colour = _tone(plan, drawing, look.text)
    lines = _wrapped(drawing.text, width - 16)
    who = _whose(plan, drawing, plan.scene.words["note"])
    height = 15 * (len(lines) + 1) + 8
    if drawing.at is None:
        frame = _free(plan, Box(box.left + 6, aside, box.left + 6 + width, aside + height), 17)
    else:
        x, y = _place(plan, drawing.at)
        x = min(max(x, box.left + 4), box.right - 4)
        y = min(max(y, box.top + 4), box.bottom - 4)
        left = x + 14 if x + 14 + width < box.right else x - 14 - width
        top = min(max(y - height - 14, box.top + 4), box.bottom - height - 4)
        frame = _free(plan, Box(left, top, left + width, top + height), 17)
        corner = frame.left if frame.left > x else frame.right
        canvas.line([(x, y), (corner, min(max(y, frame.top + 4), frame.bottom - 4))], colour)
        canvas.dot(x, y, 3.5, colour)
    left, top = frame.left, frame.top
    canvas.box(frame, look.raised, radius=4)
    canvas.box(Box(left, top, left + 2, frame.bottom), colour)
    canvas.text((left + 9, top + 11), cut(who, width - 16, AXIS), colour, size=AXIS, weight=600)
    for number, line in enumerate(lines):
        canvas.text((left + 9, top + 27 + 15 * number), line, look.text, size=AXIS)
    return aside if drawing.at is not None else frame.bottom + 6


def _wrapped(text: str, width: float) -> list[str]:
    """Return a text in lines of a width; what is too long ends in an ellipsis."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and text_width(longer, AXIS) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    lines = [cut(one, width, AXIS, 400) for one in lines if one]
    if len(lines) > NOTE_LINES:
        lines = [*lines[: NOTE_LINES - 1], cut(lines[NOTE_LINES - 1] + " …", width, AXIS, 400)]
    return lines


_HOW: dict[str, Any] = {
    "trendline": _trendline,
    "fibonacci": _fibonacci,
    "support_resistance": _horizontal,
    "price_target": _target,
}
