"""Runs Tesseract on a prepared picture: words, where they stand, how sure it is of each.

A process of its own and not a library in ours: a picture of a stranger that breaks a C++ program
must break nothing else, and only a process can be held to time and memory.
"""

from __future__ import annotations

import csv
import io
import os
import resource
import shutil
import subprocess
from typing import NamedTuple

from PIL import Image

from app.core.i18n import gettext
from app.screenshots.errors import ReaderAwayError

SECONDS = 30
"""Of computing; on the clock twice as many, since others compute too."""
MEMORY = 1_500_000_000
PROGRAM = "tesseract"
SPARSE, BLOCK = 11, 6
"""How it looks for text: words wherever they stand, or lines of one block."""
OPTIONS = ("-l", "eng", "--oem", "1")


class Word(NamedTuple):
    """A word on the picture."""

    text: str
    left: int
    top: int
    width: int
    height: int
    confidence: float
    """0 to 1."""

    @property
    def right(self) -> int:
        """Its right edge."""
        return self.left + self.width

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return self.top + self.height / 2


def is_there() -> bool:
    """Whether pictures can be read on this machine."""
    return shutil.which(PROGRAM) is not None


def words(picture: Image.Image, psm: int = SPARSE) -> list[Word]:
    """Return the words of a grey picture; `psm` is how Tesseract looks for them.

    Raises:
        ReaderAwayError: Tesseract is not installed, takes too long or too much, or fails.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise ReaderAwayError(
            gettext("Pictures cannot be read here: Tesseract is not installed (tesseract-ocr).")
        )
    file = io.BytesIO()
    picture.save(file, "PPM")
    try:
        done = subprocess.run(
            [program, "stdin", "stdout", "--psm", str(psm), *OPTIONS, "tsv"],
            input=file.getvalue(),
            capture_output=True,
            timeout=2 * SECONDS,
            check=True,
            env={"PATH": os.environ.get("PATH", ""), "OMP_THREAD_LIMIT": "1"},
            preexec_fn=_limited,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise ReaderAwayError(gettext("The picture could not be read in time.")) from error
    return parsed(done.stdout.decode("utf-8", "replace"))


def parsed(table: str) -> list[Word]:
    """Return the words of Tesseract's table."""
    rows = csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE)
    found = []
    for row in rows:
        text = (row.get("text") or "").strip()
        if row.get("level") != "5" or not text:
            continue
        left, top, width, height = (int(row[name]) for name in ("left", "top", "width", "height"))
        sure = max(0.0, float(row["conf"]) / 100)
        found.append(Word(text, left, top, width, height, sure))
    return found


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
