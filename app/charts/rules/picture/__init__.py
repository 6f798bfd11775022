"""A picture of a chart, drawn from its document and bars. Pure, but for the fonts that it reads."""

from app.charts.rules.picture.painting import Mark, Scene, Size, paint

__all__ = ["Mark", "Scene", "Size", "paint"]
