"""`make test` runs in parts that load a few files each: no test is in a file that its part leaves out."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]


def those_with(pattern):
    return {path for path in FILES if re.search(pattern, path.read_text())}


def test_whoever_runs_alone_says_so_in_the_words_that_the_makefile_looks_for():
    asked = re.search(r'grep -rl "([^"]+)" tests --include="test_\*\.py"', makefile())[1]
    found = {path for path in those_with(asked) if path.match("test_*.py")}
    assert found == those_with(r"mark\.alone\b|[\"']alone[\"']") != set()


def test_journeys_are_made_by_their_folder_alone():
    assert '-m "journey and not alone" tests/journeys' in makefile()
    assert those_with(r"mark\.journey\b") == {ROOT / "tests/journeys/conftest.py"}


def makefile():
    return (ROOT / "Makefile").read_text()
