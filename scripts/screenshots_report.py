"""`make screenshots-report`: draw look-alikes of five brokers' pages, read them, write the report.

The reader's rules were made on pictures of other seeds; these it has not seen. What is drawn stays
in .cache/look-alikes for `flask screenshots evaluate --folder`.
"""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from app.screenshots import measuring
from scripts import debian
from scripts.console import run_main, say
from scripts.settings import CACHE, ROOT
from tests.fakes.screens.drawing import draw

REPORT = ROOT / "docs" / "screenshots-report.md"
FOLDER = CACHE / "look-alikes"
GOAL = 0.8
NAMES = {
    "tastytrade": "tastytrade",
    "thinkorswim": "thinkorswim",
    "interactive_brokers": "Interactive Brokers",
    "robinhood": "Robinhood",
    "webull": "Webull",
    "all": "**all**",
}


class Set(NamedTuple):
    """A set of pictures to draw."""

    name: str
    seed: int
    each: int
    """Of every broker, form and theme."""
    other: bool
    title: str


SETS = (
    Set("usual-4", 4, 5, other=False, title="Usual type and sizes, as the rules were made for"),
    Set(
        "other-5",
        5,
        2,
        other=True,
        title="Other type, other sizes, poor JPEG: what it was not made for",
    ),
)


def main() -> None:
    """Draw, read, write."""
    debian.install(debian.missing_tools(sorted(debian.FILES)) + debian.missing_fonts())
    found = []
    for each in SETS:
        folder = FOLDER / each.name
        if not (folder / "truth.json").is_file():
            say(f"drawing {each.name}")
            draw(folder, each.seed, each.each, other=each.other)
        results = read_all(folder)
        found.append((each, measuring.summary(results)))
        say(f"{each.name}: {json.dumps(found[-1][1]['fields']['all'])}")
    REPORT.write_text(report(found), encoding="utf-8")
    say(f"{REPORT.name} written")


def read_all(folder: Path) -> list[measuring.Result]:
    """Read every picture of a folder, one on each core."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(lambda truth: _read(folder, truth), measuring.read_truths(folder)))


def _read(folder: Path, truth: measuring.Truth) -> measuring.Result:
    from app.screenshots.reading import read

    def timer() -> float:
        # CPU time of the reader's own process cannot be told from another thread's: the clock can.
        return os.times().elapsed

    return measuring.measure(
        folder, [truth], lambda picture: read(picture.content, picture.seen_on), timer
    )[0]


# --- The report ---


def report(found: list[tuple[Set, dict[str, Any]]]) -> str:
    """Return the report as Markdown."""
    lines = [
        "# Screenshots report",
        "",
        f"Written by `make screenshots-report`. How well positions are read from pictures **without a model**: {_version()}, and rules of five brokers' pages (`app/screenshots/reading/`). The same figures for any folder, and for whatever model is set: `flask screenshots evaluate --reader model --folder .cache/look-alikes/usual-4`.",
        "",
        "**The pictures are look-alikes made by us** (`tests/fakes/screens/`): invented positions on pages of our own with the columns, notations, colours and cuts of type of tastytrade, thinkorswim, Interactive Brokers, Robinhood and Webull, drawn by Chromium: phone and desktop, light and dark, one to five positions, single legs, spreads and shares, PNG and JPEG, some scaled, some cut through the last row. No picture of a real account was there to measure on: how well real screens are read is not known from this. The rules were made on pictures of seeds 1 to 3; these are of seeds 4 and 5.",
        "",
        "A position that was missed counts as wrong in all its fields. In brackets the 95 % interval (Wilson). What is cut by the picture's edge is not counted.",
    ]
    for each, figures in found:
        lines += _section(each, figures)
    return "\n".join([*lines, "", *LEFT_OUT, ""])


def _section(each: Set, found: dict[str, Any]) -> list[str]:
    seconds = found["seconds"]
    lines = [
        "",
        f"## {each.title}",
        "",
        f"Seed {each.seed}: {found['pictures']} pictures, {found['positions']} positions. {found['missed']} missed, {found['invented']} invented. The broker was known on {found['brokers_known']} pictures, the legs of spreads were put together as they are on {found['spreads_right']}. A picture took {seconds['median']:.1f} s (median; 95 of 100 under {seconds['p95']:.1f} s) on {os.cpu_count()} cores that were busy with other work.",
        "",
        f"| broker | {' | '.join(name.replace('_', ' ') for name in measuring.FIELDS)} |",
        f"|---{'|---' * len(measuring.FIELDS)}|",
    ]
    for broker, name in NAMES.items():
        cells = (_cell(found["fields"][broker][field]) for field in measuring.FIELDS)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [
        "",
        "How far the confidence of a field can be trusted (fields that were read, of positions that are there):",
        "",
        "| confidence | fields | right | mean confidence |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {band['from']:.2f} to {band['to']:.2f} | {band['n']} | {_cell(band)} | {band['mean_confidence']:.2f} |"
        for band in found["calibration"]
        if band["n"]
    ]
    return lines


def _cell(share: dict[str, Any]) -> str:
    if not share["n"]:
        return "-"
    return f"{100 * share['share']:.1f} % ({100 * share['low']:.0f} to {100 * share['high']:.0f}, n {share['n']})"


def _version() -> str:
    done = subprocess.run(["tesseract", "--version"], capture_output=True, text=True, check=False)
    return f"Tesseract {done.stdout.split()[1]}" if done.returncode == 0 else "no Tesseract"


LEFT_OUT = [
    "## What it does not show",
    "",
    "- Real pages: brokers change them, members move columns, themes and languages differ. A page with other column names is read by the general rules (a table by its heads, else titles with labels).",
    "- Photographs of a monitor, slanted or blurred pictures: they are mostly answered by fewer positions and low confidence, which is not measured here.",
    "- Futures and options on them, positions in another currency, contracts of other than 100 shares.",
]


if __name__ == "__main__":
    run_main(main)
