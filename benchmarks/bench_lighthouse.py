"""Lighthouse on every public page, mobile preset: performance, accessibility, best practices.

Our own stack on free ports. The figures of performance are simulated on a slow phone, but the
time that the server needs is real, so a busy machine shows in them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import print_ratio

from scripts import lighthouse
from tests.services import wordpress_stack

PAGES = {
    "home": "/",
    "performance": "/performance/",
    "marketplace": "/marketplace/",
    "robot": "/marketplace/?trp_robot=slow_crossing",
    "pricing": "/pricing/",
    "how-it-works": "/how-it-works/",
    "getting-started": "/getting-started/",
}
GOAL = 95


def main() -> None:
    names = {path: name for name, path in PAGES.items()}
    worst = dict.fromkeys(lighthouse.CATEGORIES, 100)
    with (
        tempfile.TemporaryDirectory(prefix="trp-lighthouse-") as folder,
        wordpress_stack(Path(folder), demo=True) as stack,
    ):
        for score in lighthouse.measure(stack.wordpress, list(PAGES.values())):
            shown = ", ".join(f"{name} {value}" for name, value in score.measures.items())
            print(f"{names[score.path]}: {shown} {' '.join(score.faults)}".rstrip(), flush=True)
            for category, value in score.scores.items():
                worst[category] = min(worst[category], value)
                print_ratio(
                    f"lighthouse-{names[score.path]}-{category}", value, GOAL, at_least=True
                )
    for category, value in worst.items():
        print_ratio(f"lighthouse-worst-{category}", value, GOAL, at_least=True)


if __name__ == "__main__":
    main()
