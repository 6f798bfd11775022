"""The order in which a picture is painted."""

from __future__ import annotations

from app.charts.rules.picture import bodies, drawings, labels
from app.charts.rules.picture.look import LOOKS
from app.charts.rules.picture.scene import Mark, Scene, Size, plan

__all__ = ["Mark", "Scene", "Size", "paint"]


def paint(scene: Scene, size: Size, theme: str) -> bytes:
    """Return a chart as PNG; there must be a bar at least."""
    laid = plan(scene, size, LOOKS[theme])
    bodies.paint_sessions(laid)
    labels.paint_axes(laid)
    bodies.paint_volume(laid)
    labels.paint_levels(laid)
    overlays = bodies.paint_overlays(laid)
    bodies.paint_bars(laid)
    for lines, box in laid.panes:
        bodies.paint_pane(laid, lines, box)
    labels.paint_last(laid)
    drawn = drawings.paint_drawings(laid)
    labels.paint_labels(laid, drawn)
    labels.paint_title(laid, overlays)
    return laid.canvas.png()
