"""Notes which requirements a run proved: `@pytest.mark.req("S4-12")` into var/requirements.json.

Under pytest-xdist each worker tells its marks to the process that writes the file, by way of the
report's user_properties.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

RESULT = Path(__file__).resolve().parents[2] / "var/requirements.json"
PROPERTY = "requirement"

_outcomes: dict[str, str] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers("req"):
            item.user_properties += [(PROPERTY, name) for name in mark.args]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.outcome != "passed":
        for name, value in report.user_properties:
            if name == PROPERTY:
                _note(str(value), report.outcome)


def _note(requirement: str, outcome: str) -> None:
    # A skipped test proves nothing but takes nothing away from the others.
    before = _outcomes.get(requirement)
    if before in {None, "skipped"} or outcome == "failed":
        _outcomes[requirement] = outcome


def pytest_sessionfinish() -> None:
    # Only `make test` records: a run of one file says nothing about the others. It runs in
    # parts, of which each adds to those before.
    mode = os.environ.get("REQUIREMENTS", "")
    if "PYTEST_XDIST_WORKER" in os.environ or not mode:
        return
    before = {}
    if mode == "add" and RESULT.exists():
        before = json.loads(RESULT.read_text())
    for name, outcome in before.items():
        _note(name, outcome)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(dict(sorted(_outcomes.items())), indent=1) + "\n")
