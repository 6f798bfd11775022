"""Says which requirements have a passing test: docs/requirements-coverage.md.

The ids are in docs/requirements-ids.txt; what the last test run proved is in var/requirements.json
(written by tests/plugins/requirements.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from scripts.console import Refusal, run_main, say
from scripts.settings import ROOT

IDS = ROOT / "docs/requirements-ids.txt"
OUTCOMES = ROOT / "var/requirements.json"
REPORT = ROOT / "docs/requirements-coverage.md"
SYSTEMS = {
    "S0": "AI trader replicas",
    "S1": "Strategy marketplace and copy trading",
    "S2": "AI coach",
    "S3": "Social trading, competitions, creators",
    "S4": "Trading robot service",
}


def main() -> None:
    """Print the counts per system and write the report."""
    if not OUTCOMES.exists():
        message = "no test run is recorded yet: `make test` first"
        raise Refusal(message, 2)
    ids = IDS.read_text().split()
    outcomes: dict[str, str] = json.loads(OUTCOMES.read_text())
    rows = []
    for system, title in SYSTEMS.items():
        own = [name for name in ids if name.startswith(f"{system}-")]
        proved = [name for name in own if outcomes.get(name) == "passed"]
        rows.append((system, title, len(own), proved))
        say(f"{system} {title}: {len(proved)} of {len(own)}")
    failing = sorted(name for name, outcome in outcomes.items() if outcome == "failed")
    if failing:
        say(f"failing: {', '.join(failing)}")
    unknown = sorted(name for name in outcomes if name.startswith("S") and name not in set(ids))
    if unknown:
        say(f"marked in tests but not a requirement: {', '.join(unknown)}")
    REPORT.write_text(_report(rows))
    say(f"written to {REPORT.relative_to(ROOT)}")


def _report(rows: Iterable[tuple[str, str, int, list[str]]]) -> str:
    rows = list(rows)
    lines = [
        "# Requirements with a passing test",
        "",
        "Written by `make requirements` from the last `make test`. A test names what it proves with",
        '`@pytest.mark.req("S4-12")`; an id counts when all its tests passed.',
        "",
        "| system | | proved | of |",
        "|---|---|---:|---:|",
        *(f"| {name} | {title} | {len(ids)} | {count} |" for name, title, count, ids in rows),
        "",
    ]
    for name, title, _count, ids in rows:
        if ids:
            lines += [f"## {name} {title}", "", ", ".join(sorted(ids, key=_number)), ""]
    return "\n".join(lines)


def _number(name: str) -> tuple[int, str]:
    number, suffix = re.fullmatch(r"S\d-(\d+)(\w*)", name).groups()  # type: ignore[union-attr]
    return int(number), suffix


if __name__ == "__main__":
    run_main(main)
