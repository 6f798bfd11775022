"""Places at which a test may kill the process: where being cut would hurt most.

`TRP_FAILPOINT=outbox.committed:0.2` kills it there one time in five. Without it nothing happens.
"""

from __future__ import annotations

import os
import random
import signal


def read_chances(text: str) -> dict[str, float]:
    """Return the chance of each place that `text` names: "place:0.2,other:1"."""
    pairs = (part.partition(":") for part in text.split(",") if part.strip())
    return {name.strip(): float(chance or 1) for name, _, chance in pairs}


chances = read_chances(os.environ.get("TRP_FAILPOINT", ""))


def failpoint(name: str) -> None:
    """Die here, as by a power cut, if the environment says so."""
    if chances and random.random() < chances.get(name, 0.0):  # noqa: S311 - no secret depends on it
        os.kill(os.getpid(), signal.SIGKILL)
