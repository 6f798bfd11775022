"""Exchange sessions from exchange_calendars, kept in a file so that few processes need pandas."""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

FIRST_YEAR = 1990


def load_sessions(venue: str, until: str, folder: Path) -> dict[str, list[int]]:
    """Return days (ordinals), opens and closes (microseconds) of a venue's sessions.

    `until` (a month such as "2027-05") names the last sessions wanted; `folder` keeps the answer.
    The library and pandas take a second to load, so a web process reads the file instead.
    """
    name = f"sessions-{venue}-{until}-{version('exchange-calendars')}.json"
    path = folder / name
    try:
        kept: dict[str, list[int]] = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        kept = _compute(venue, until)
        _keep(path, kept)
    return kept


def _compute(venue: str, until: str) -> dict[str, list[int]]:
    with warnings.catch_warnings():
        # The library still calls what pandas means to change; the sessions are right.
        warnings.simplefilter("ignore", DeprecationWarning)
        import exchange_calendars

        calendar: Any = exchange_calendars.get_calendar(
            venue, start=f"{FIRST_YEAR}-01-01", end=f"{until}-28"
        )
    return {
        "days": [session.toordinal() for session in calendar.sessions],
        "opens": (calendar.opens.astype("int64") // 1000).tolist(),
        "closes": (calendar.closes.astype("int64") // 1000).tolist(),
    }


def _keep(path: Path, sessions: dict[str, list[int]]) -> None:
    """Keep the answer for other processes; without room for it they compute it themselves."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Renaming makes the file appear whole, whoever reads at the same time.
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            try:
                file.write(orjson.dumps(sessions))
                file.flush()
            except OSError:
                Path(file.name).unlink()
                raise
        Path(file.name).replace(path)
