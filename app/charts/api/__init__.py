"""JSON: charts, and replays of history."""

from app.charts.api import charts, replays

BLUEPRINTS = (charts.api, replays.api)

__all__ = ["BLUEPRINTS"]
