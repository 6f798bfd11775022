"""JSON: charts, links to them, and replays of history."""

from app.charts.api import charts, replays, shares

BLUEPRINTS = (charts.api, replays.api, shares.api)

__all__ = ["BLUEPRINTS"]
