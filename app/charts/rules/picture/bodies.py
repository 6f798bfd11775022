"""Bars, volume, sessions and the lines of indicators."""

from __future__ import annotations

import numpy as np

from app.charts.rules.picture.canvas import Box, text_width
from app.charts.rules.picture.look import AXIS, SERIES, Colour, blend
from app.charts.rules.picture.scales import PriceScale
from app.charts.rules.picture.scene import VOLUME_SHARE, Plan
from app.charts.rules.series import Lines, Values

HOLLOW = 1.75
"""Pixels that a candle must have to be drawn hollow."""


def paint_sessions(plan: Plan) -> None:
    """Shade the hours before and after the market, and draw a line where a session begins."""
    scene, box = plan.scene, plan.times.box
    if scene.is_daily or not scene.document.settings.shows_sessions:
        return
    regular, session, step = scene.regular, scene.bars.session, plan.times.step
    edges = np.flatnonzero(np.diff(regular.astype(int))) + 1
    bottom = plan.panes[-1][1].bottom if plan.panes else box.bottom
    for begin, end in zip([0, *edges.tolist()], [*edges.tolist(), len(regular)], strict=True):
        if not regular[begin]:
            left, right = box.left + begin * step, box.left + end * step
            plan.canvas.box(Box(left, box.top, right, bottom), plan.look.surface)
    for number in (np.flatnonzero(np.diff(session)) + 1).tolist():
        x = box.left + number * step
        plan.canvas.line([(x, box.top), (x, bottom)], plan.look.line, dash=(2, 3))


def paint_volume(plan: Plan) -> None:
    """Draw how much was traded, at the foot of the prices."""
    bars, box = plan.scene.bars, plan.times.box
    most = float(bars.volume.max()) if len(bars.volume) else 0.0
    if not plan.scene.document.settings.shows_volume or most <= 0:
        return
    height, look = box.height * VOLUME_SHARE * 0.9, plan.look
    rising = blend(look.profit, look.ground, 0.34)
    falling = blend(look.loss, look.ground, 0.34)
    half = max(0.5, plan.times.step * 0.36)
    for number, volume in enumerate(bars.volume.tolist()):
        if volume > 0:
            x, top = plan.times.x_of(number), box.bottom - max(1.0, volume / most * height)
            colour = rising if bars.close[number] >= bars.open[number] else falling
            plan.canvas.box(Box(x - half, top, x + half, box.bottom), colour)


def paint_bars(plan: Plan) -> None:
    """Draw candles, bars or a line."""
    how = plan.scene.document.chart_type
    if how == "line":
        paint_line(plan, plan.price, plan.scene.bars.close, plan.look.accent, 2)
        return
    for number, values in enumerate(
        zip(*(column.tolist() for column in plan.scene.bars[3:7]), strict=True)
    ):
        opened, high, low, close = (plan.price.y(each) for each in values)
        is_up = values[3] >= values[0]
        colour = plan.look.profit if is_up else plan.look.loss
        x = plan.times.x_of(number)
        if how == "bars":
            _bar(plan, x, (opened, high, low, close), colour)
        else:
            _candle(plan, x, (opened, high, low, close), colour, is_up=is_up)


def _bar(plan: Plan, x: float, ys: tuple[float, float, float, float], colour: Colour) -> None:
    opened, high, low, close = ys
    arm = plan.times.step * 0.36
    plan.canvas.line([(x, high), (x, low + 0.5)], colour, 1)
    plan.canvas.line([(x - arm, opened), (x, opened)], colour, 1)
    plan.canvas.line([(x, close), (x + arm, close)], colour, 1)


def _candle(
    plan: Plan, x: float, ys: tuple[float, float, float, float], colour: Colour, *, is_up: bool
) -> None:
    """Draw a candle: hollow when it closed up, filled when down."""
    opened, high, low, close = ys
    top, bottom = min(opened, close), max(opened, close)
    half = max(0.5, min(9.0, plan.times.step * 0.36))
    plan.canvas.line([(x, high), (x, top)], colour, 1)
    plan.canvas.line([(x, bottom), (x, low)], colour, 1)
    bottom = max(bottom, top + 1)
    body = Box(x - half, top, x + half, bottom)
    plan.canvas.box(body, colour)
    if is_up and half >= HOLLOW and bottom - top > HOLLOW:
        inner = Box(body.left + 1, top + 1, body.right - 1, bottom - 1)
        plan.canvas.box(inner, plan.look.ground)


def paint_line(
    plan: Plan, scale: PriceScale, values: Values, colour: Colour, width: float = 1.5
) -> None:
    """Draw values as a line, broken where there are none and cut at the edges of the box."""
    run: list[tuple[float, float]] = []
    for number, value in enumerate(values.tolist()):
        if value != value:  # noqa: PLR0124 - NaN
            _stroke(plan, run, colour, width)
            run = []
        else:
            y = min(max(scale.y(value), scale.box.top), scale.box.bottom)
            run.append((plan.times.x_of(number), y))
    _stroke(plan, run, colour, width)


def _stroke(plan: Plan, run: list[tuple[float, float]], colour: Colour, width: float) -> None:
    if len(run) > 1:
        plan.canvas.line(run, colour, width)


def colour_of(plan: Plan, number: int) -> Colour:
    """Return the colour of an indicator by its number."""
    found: Colour = getattr(plan.look, SERIES[number % len(SERIES)])
    return found


def paint_overlays(plan: Plan) -> list[tuple[str, Colour]]:
    """Draw the indicators that have prices; return their names with their colours."""
    told = []
    for number, lines in enumerate(plan.scene.lines):
        kind, colour = lines.indicator.kind, colour_of(plan, number)
        if kind == "volume_profile":
            _profile(plan, lines, colour)
        elif kind not in {"rsi", "macd", "atr"}:
            for name, values in lines.lines.items():
                shade = colour if name == "value" else blend(colour, plan.look.ground, 0.55)
                paint_line(plan, plan.price, values, shade)
        else:
            continue
        told.append((lines.title, colour))
    return told


def _profile(plan: Plan, lines: Lines, colour: Colour) -> None:
    edges, volume = lines.lines.get("edges"), lines.lines.get("volume")
    if edges is None or volume is None:
        return
    box, most = plan.times.box, float(volume.max())
    low, poc, high = lines.lines["area"].tolist()
    for below, above, traded in zip(edges[:-1], edges[1:], volume, strict=True):
        middle = (below + above) / 2
        share = 0.34 if low <= middle <= high else 0.17
        if below <= poc <= above:
            share = 0.6
        right = box.left + float(traded) / most * box.width * 0.22
        row = Box(box.left, plan.price.y(above) + 0.5, right, plan.price.y(below) - 0.5)
        if row.height > 0:
            plan.canvas.box(row, blend(colour, plan.look.ground, share))


def paint_pane(plan: Plan, lines: Lines, box: Box) -> None:
    """Draw an indicator below the prices, with its name, its scale and its last value."""
    look, canvas = plan.look, plan.canvas
    canvas.line([(box.left, box.top - 4), (plan.size.width - 12, box.top - 4)], look.line)
    scale = _pane_scale(lines, box)
    number = plan.scene.lines.index(lines)
    colour = colour_of(plan, number)
    for value in _guides(lines, scale):
        y = scale.y(value)
        canvas.line([(box.left, y), (box.right, y)], look.line, dash=(3, 3))
        canvas.text(
            (plan.edge + 8, y), f"{value:g}", look.mute, size=AXIS, kind="price", anchor="lm"
        )
    if "histogram" in lines.lines:
        _histogram(plan, scale, lines.lines["histogram"])
    shades = {"value": colour, "signal": look.warn if colour != look.warn else look.soft}
    for name, shade in shades.items():
        if name in lines.lines:
            paint_line(plan, scale, lines.lines[name], shade)
    known = lines.lines["value"][~np.isnan(lines.lines["value"])]
    width = canvas.text((box.left + 4, box.top + 8), lines.title, look.soft, size=AXIS, weight=600)
    if len(known):
        text = f"{float(known[-1]):,.2f}".replace("-", "\N{MINUS SIGN}")
        canvas.text((box.left + 12 + width, box.top + 8), text, colour, size=AXIS, kind="price")
    else:
        canvas.text(
            (box.left + 12 + width, box.top + 8), plan.scene.words["few"], look.mute, size=AXIS
        )


def _pane_scale(lines: Lines, box: Box) -> PriceScale:
    inner = Box(box.left, box.top + 14, box.right, box.bottom - 2)
    if lines.indicator.kind == "rsi":
        return PriceScale(inner, 0, 100)
    values = np.concatenate(list(lines.lines.values()))
    values = values[~np.isnan(values)]
    low = float(values.min()) if len(values) else 0.0
    high = float(values.max()) if len(values) else 1.0
    air = 0.08 * (high - low) or 1.0
    return PriceScale(inner, low - air, high + air)


def _guides(lines: Lines, scale: PriceScale) -> list[float]:
    settings = lines.indicator.settings
    if lines.indicator.kind == "rsi":
        return [float(settings["upper"]), float(settings["lower"])]
    if lines.indicator.kind == "macd":
        return [0.0] if scale.low < 0 < scale.high else []
    return scale.ticks(34)[:3]


def _histogram(plan: Plan, scale: PriceScale, values: Values) -> None:
    zero = scale.y(min(max(0.0, scale.low), scale.high))
    half = max(0.5, plan.times.step * 0.3)
    for number, value in enumerate(values.tolist()):
        if value == value:  # noqa: PLR0124 - not NaN
            x, y = plan.times.x_of(number), scale.y(value)
            tone = plan.look.profit if value >= 0 else plan.look.loss
            top, bottom = min(y, zero), max(y, zero, min(y, zero) + 1)
            colour = blend(tone, plan.look.ground, 0.5)
            plan.canvas.box(Box(x - half, top, x + half, bottom), colour)


def legend_width(text: str) -> float:
    """Return how wide a name in the legend is, with its mark."""
    return text_width(text, AXIS) + 26
