"""No cell that goes out is a formula."""

from __future__ import annotations

import csv
import io

import pytest

from app.core.cells import safe_cell, safe_row
from tests.factories.bad_inputs import FORMULAS


@pytest.mark.parametrize("text", FORMULAS)
def test_no_formula_begins_a_cell(text):
    out = io.StringIO()
    csv.writer(out).writerow(safe_row([text, 1, None]))
    cell = next(csv.reader(io.StringIO(out.getvalue())))[0]
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_numbers_and_plain_texts_stay_as_they_are():
    for text in ("-1", "+2.5", "-1e-7", "AAPL", "/ESZ6", "", "a=b"):
        assert safe_cell(text) == text
