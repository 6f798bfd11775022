"""What is written around the bars: title, axes, levels with their labels, the last price."""

from __future__ import annotations

from app.charts.rules.picture import bodies
from app.charts.rules.picture.canvas import Box, text_width
from app.charts.rules.picture.look import AXIS, BODY, SMALL, TITLE, Colour, blend
from app.charts.rules.picture.scales import spread, time_ticks
from app.charts.rules.picture.scene import Mark, Plan

ROOM, PRICE = 15, 124
"""So many pixels a label needs in height, and up to where prices are written beside the chart."""
MINUS = "\N{MINUS SIGN}"


def told(price: float, digits: int) -> str:
    """Return a price as it is written."""
    return f"{price:,.{digits}f}".replace("-", MINUS)


def paint_axes(plan: Plan) -> None:
    """Draw hairlines at round prices, and write the times below."""
    box, look, canvas = plan.times.box, plan.look, plan.canvas
    for price in plan.price.ticks():
        y = plan.price.y(price)
        canvas.line([(box.left, y), (box.right, y)], look.line)
    bottom = plan.panes[-1][1].bottom if plan.panes else box.bottom
    apart = 64 if plan.size.is_narrow else 84
    last_right = box.left
    for tick in time_ticks(plan.times, plan.scene.zone, daily=plan.scene.is_daily, apart=apart):
        x = plan.times.x_of(tick.number)
        half = text_width(tick.text, AXIS, "price", 600 if tick.is_strong else 400) / 2
        if x - half < last_right or x + half > plan.edge:
            continue
        last_right = x + half + 8
        canvas.line([(x, bottom), (x, bottom + 4)], look.control)
        canvas.text(
            (x, bottom + 14),
            tick.text,
            look.soft if tick.is_strong else look.mute,
            size=AXIS,
            kind="price",
            weight=600 if tick.is_strong else 400,
            anchor="mm",
        )


def paint_last(plan: Plan) -> None:
    """Draw the line of the last price."""
    y = plan.price.y(float(plan.scene.bars.close[-1]))
    plan.canvas.line([(plan.times.box.left, y), (plan.edge, y)], plan.look.fill, 1)


def tone_colour(plan: Plan, tone: str) -> Colour:
    """Return the colour of resistance, support, or neither."""
    return {"resistance": plan.look.loss, "support": plan.look.profit}.get(tone, plan.look.mute)


def shown_marks(plan: Plan) -> list[Mark]:
    """Return the levels that lie within the picture."""
    return [one for one in plan.scene.marks if plan.price.box.holds(plan.price.y(one.price))]


def paint_levels(plan: Plan) -> None:
    """Draw the lines of the levels; they are labelled by `paint_labels`."""
    box = plan.times.box
    for mark in shown_marks(plan):
        colour = blend(tone_colour(plan, mark.tone), plan.look.ground, 0.8)
        y = plan.price.y(mark.price)
        plan.canvas.line([(box.left, y), (plan.edge, y)], colour, 1, dash=(5, 4))


def paint_labels(plan: Plan, drawn: list[tuple[float, str, Colour]]) -> None:
    """Write levels, lines that were drawn and the last price beside the chart, none on another."""
    last = float(plan.scene.bars.close[-1])
    marks = shown_marks(plan)
    rows = [(one.price, one.name, tone_colour(plan, one.tone), False) for one in marks]
    rows += [
        (price, name, colour, False)
        for price, name, colour in drawn
        if plan.price.box.holds(plan.price.y(price))
    ]
    rows.append((last, plan.scene.words["last"], plan.look.on_fill, True))
    box = plan.price.box
    wanted = [plan.price.y(price) for price, *_ in rows]
    placed = spread(wanted, ROOM, box.top, box.bottom)
    for (price, name, colour, is_last), y, at in zip(rows, placed, wanted, strict=True):
        _label(plan, price, name, colour, (at, y), last=None if is_last else last)
    taken = [*placed]
    for price in plan.price.ticks():
        y = plan.price.y(price)
        if all(abs(y - other) >= ROOM - 1 for other in taken):
            plan.canvas.text(
                (plan.edge + (8 if plan.size.is_narrow else PRICE), y),
                told(price, plan.digits),
                plan.look.mute,
                size=AXIS,
                kind="price",
                anchor="lm" if plan.size.is_narrow else "rm",
            )


def _label(
    plan: Plan,
    price: float,
    name: str,
    colour: Colour,
    heights: tuple[float, float],
    *,
    last: float | None,
) -> None:
    """Write one label: name, price and how far it is from the last price."""
    at, y = heights
    look, canvas, edge = plan.look, plan.canvas, plan.edge
    line = look.fill if last is None else blend(colour, look.ground, 0.8)
    canvas.line([(edge, at), (edge + 6, y)], line)
    narrow = plan.size.is_narrow
    text = told(price, plan.digits)
    if last is None:
        width = text_width(text, AXIS, "price", 600)
        right = edge + 10 + width if narrow else edge + PRICE + 4
        canvas.box(Box(edge + 4, y - 8, right, y + 8), look.fill, radius=3)
        if narrow:
            canvas.text((edge + 7, y), text, colour, size=AXIS, kind="price", weight=600)
            return
        canvas.text((edge + 9, y), name, colour, size=AXIS, weight=600)
        canvas.text(
            (edge + PRICE, y), text, colour, size=AXIS, kind="price", weight=600, anchor="rm"
        )
        return
    if narrow:
        canvas.text((edge + 8, y), cut(name, 64, AXIS), colour, size=AXIS, weight=600)
        return
    canvas.text((edge + 9, y), cut(name, 62, AXIS), colour, size=AXIS, weight=600)
    canvas.text((edge + PRICE, y), text, colour, size=AXIS, kind="price", anchor="rm")
    away = 100 * (price / last - 1)
    sign = "+" if away > 0 else MINUS if away < 0 else ""
    canvas.text(
        (plan.size.width - 12, y),
        f"{sign}{abs(away):.2f}%",
        look.mute,
        size=AXIS,
        kind="price",
        anchor="rm",
    )


def cut(text: str, width: float, size: float, weight: int = 600) -> str:
    """Return a text that is no wider than there is room."""
    if text_width(text, size, weight=weight) <= width:
        return text
    while text and text_width(text + "…", size, weight=weight) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def paint_title(plan: Plan, overlays: list[tuple[str, Colour]]) -> None:
    """Write symbol and timeframe, the last bar, since when it is, and whether it is simulated."""
    scene, look, canvas = plan.scene, plan.look, plan.canvas
    document, right = scene.document, float(plan.size.width - 12)
    x = 12 + canvas.text((12, 20), document.symbol, look.text, size=TITLE, weight=600)
    x += 8 + canvas.text((x + 8, 21), document.timeframe, look.soft, size=BODY, weight=500)
    if scene.is_simulated:
        right = _tag(plan, scene.words["simulated"], right, look.warn)
    _last_bar(plan, x + 20, 21, right - (0 if plan.size.is_narrow else 16))
    canvas.text((12, 41), cut(scene.as_of, plan.edge, AXIS, 400), look.mute, size=AXIS)
    y, x = (59.0, 12.0) if plan.size.is_narrow else (41.0, 24 + text_width(scene.as_of, AXIS))
    for name, colour in overlays:
        if x + bodies.legend_width(name) > plan.size.width - 12:
            break
        canvas.line([(x, y), (x + 12, y)], colour, 2)
        x += 26 + canvas.text((x + 16, y), name, look.soft, size=AXIS)
    if plan.hidden:
        canvas.text(
            (plan.size.width - 12, 41), scene.words["hidden"], look.warn, size=AXIS, anchor="rm"
        )


def _tag(plan: Plan, text: str, right: float, tone: Colour) -> float:
    width = text_width(text, AXIS, weight=600) + 14
    box = Box(right - width, 11, right, 30)
    plan.canvas.box(box, blend(tone, plan.look.ground, 0.14), radius=4)
    plan.canvas.text((box.left + 7, 20.5), text, tone, size=AXIS, weight=600)
    return box.left


def _last_bar(plan: Plan, x: float, y: float, right: float) -> None:
    bars, look = plan.scene.bars, plan.look
    values = [float(column[-1]) for column in (bars.open, bars.high, bars.low, bars.close)]
    before = float(bars.close[-2]) if len(bars.close) > 1 else values[0]
    change = values[3] - before
    texts: list[tuple[str, Colour]] = []
    names = "C" if plan.size.is_narrow else "OHLC"
    for name, value in zip(names, values[-len(names) :], strict=True):
        texts += [(name, look.mute), (told(value, plan.digits), look.soft)]
    tone = look.profit if change > 0 else look.loss if change < 0 else look.mute
    sign = "+" if change > 0 else MINUS if change < 0 else ""
    texts.append((f"{sign}{abs(change) / before:.2%}" if before else "", tone))
    for text, colour in texts:
        width = text_width(text, SMALL, "price")
        if x + width > right:
            return
        plan.canvas.text((x, y), text, colour, size=SMALL, kind="price")
        x += width + (5 if colour == look.mute and len(text) == 1 else 12)
