"""The documents say what is there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_tree_of_the_architecture_page_is_the_tree():
    text = (ROOT / "docs" / "architecture.md").read_text()
    block = text.split("```")[1]
    named = set(re.findall(r"^(\S+/|wsgi\.py)\s", block, re.MULTILINE))
    assert all((ROOT / name).exists() for name in named)
    folders = {
        f"{path.relative_to(ROOT)}/"
        for base in (ROOT, ROOT / "app")
        for path in base.iterdir()
        if path.is_dir()
        and not path.name.startswith((".", "__"))
        and path.name not in {"var", "lab", "build"}
    }
    assert folders - named == set()


def test_the_floors_of_the_page_are_the_linter_s():
    import tomllib

    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = config["tool"]["importlinter"]["contracts"][0]["layers"][1:]
    linted = [
        sorted(part.strip().removeprefix("app.") for part in layer.split("|")) for layer in layers
    ]
    text = (ROOT / "docs" / "architecture.md").read_text().split("## Floors")[1].split("```")[1]
    drawn = [
        sorted(re.match(r"\d+\s+(.+?)\s{2,}", line)[1].split(" · "))
        for line in text.strip().splitlines()
    ]
    assert drawn == linted


def test_every_setting_and_command_of_operations_exists(app):
    text = (ROOT / "docs" / "operations.md").read_text()
    commands = set()

    def walk(group, prefix):
        for name, command in group.commands.items():
            path = f"{prefix} {name}".strip()
            commands.add(path)
            if hasattr(command, "commands"):
                walk(command, path)

    walk(app.cli, "")
    for named in re.findall(r"`flask ([a-z -]+?)(?= [A-Z\[]|`| ma_cross)", text):
        assert named.strip() in commands, named


def test_decisions_are_numbered_and_short():
    files = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [path.name[:4] for path in files] == [f"{n:04d}" for n in range(1, len(files) + 1)]
    for path in files:
        text = path.read_text()
        assert all(word in text for word in ("**Context.**", "**Decision.**", "**Consequence.**"))
        assert len(text.split()) < 500, path.name


def test_every_table_says_how_long_it_is_kept(app):
    from app.core.db import db

    text = (ROOT / "docs" / "operations.md").read_text()
    listed = text.split("## What is kept, and for how long")[1].split("\n## ")[0]
    named = set(re.findall(r"`([a-z_]+)`", listed))
    assert set(db.metadata.tables) - named == set()


def test_no_two_files_of_tests_have_one_name():
    """pytest knows a file by its name alone: a second one of the name ends the whole run."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
