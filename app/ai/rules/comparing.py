"""Pure: what a version of a text changed."""

from __future__ import annotations

import difflib

CONTEXT = 3
"""So many unchanged lines are told around a change."""


def changed_lines(before: str, after: str) -> list[str]:
    """Return the changes of a text as lines with " ", "-" or "+" before them; "@" begins each place.

    Two texts that are the same have none.
    """
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=CONTEXT)
    # The first two lines name files, of which there are none.
    return list(found)[2:]
