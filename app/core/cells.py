"""Cells of CSV files that we give out: no spreadsheet may take one for a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; numbers stay numbers."""
    if text.startswith(FORMULA) and not NUMBER.fullmatch(text):
        return "'" + text
    return text


def safe_row(cells: Iterable[Any]) -> list[Any]:
    """Return cells for a CSV writer, the texts among them made safe."""
    return [safe_cell(cell) if isinstance(cell, str) else cell for cell in cells]
