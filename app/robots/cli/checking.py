"""`flask robots check`: which files of bars, and what is found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app

from app.core.errors import ValidationError
from app.robots.service.checking import Finding, check_folder
from app.robots.service.plugins import BUILTIN

if TYPE_CHECKING:
    from app.quant.bars import BarColumns


def folder_of(text: str) -> Path:
    """Return the folder of a robot: by its place, or by its name among those that are looked at.

    Raises:
        ValidationError: there is no such folder.
    """
    if (here := Path(text)).is_dir():
        return here
    ours = Path(current_app.config["ROBOTS_DIR"])
    for place in (ours, BUILTIN):
        if (Path(text).name == text) and (place / text).is_dir():
            return place / text
    message = f"FOLDER {text}: there is no such folder, neither here nor in {ours}"
    raise ValidationError(message)


def check(folder: Path, files: Sequence[str]) -> Iterator[Finding]:
    """Look at a robot, on files of bars where there are any.

    Raises:
        ValidationError: a file cannot be read or holds a bad bar; the message names it.
    """
    return check_folder(folder, dict(map(_read, files)) or None)


def _read(text: str) -> tuple[str, BarColumns]:
    # Here because numpy comes with it.
    from app.robots.service.bars_in import parse_file

    symbol, found, path = text.partition("=")
    if not found:
        message = f"--bars {text}: write SYMBOL=FILE.csv"
        raise ValidationError(message)
    try:
        content = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"--bars {path}: cannot be read ({error})"
        raise ValidationError(message) from error
    timeframe = "M1" if "opened_at" in content.partition("\n")[0].lower() else "D1"
    return symbol, parse_file(symbol, content, timeframe)
