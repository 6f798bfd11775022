"""What the program knows in words: the terms of the coach, and passages of the documentation.

The documents are those of the release that runs: docs/ lies beside app/ and is read once. Where it
is missing, the terms alone are known.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

TERMS_PATH = Path(__file__).parents[1] / "terms.toml"
DOCS_PATH = Path(__file__).parents[3] / "docs"
SHOWN = ("glossary.md", "metrics.md", "coach.md")
LONGEST = 600
_STOP_WORDS = (
    "a an and are as at be by can do does for from how i in is it its me my of on or tell the this "
    "to what when where which who why with you your explain define mean means meaning please"
)
_STOP = frozenset(_STOP_WORDS.split())


class Term(BaseModel):
    """A word with what it means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    names: tuple[str, ...]
    statements: tuple[str, ...] = Field(min_length=1)

    @property
    def all_names(self) -> tuple[str, ...]:
        """Every way to say it, in small letters."""
        return (self.name, *self.names)


class Passage(NamedTuple):
    """A row or paragraph of the documentation."""

    document: str
    heading: str
    text: str


@lru_cache(maxsize=1)
def terms(path: Path = TERMS_PATH) -> tuple[Term, ...]:
    """Return the terms."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))["term"]
    return tuple(Term.model_validate(one) for one in found)


def find_terms(question: str) -> list[Term]:
    """Return the terms that a text names, the longest name first; a name within another counts not."""
    text, found = question.lower().replace("\u2019", "'"), []
    named = sorted(
        ((name, term) for term in terms() for name in term.all_names),
        key=lambda one: len(one[0]),
        reverse=True,
    )
    for name, term in named:
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        if pattern.search(text):
            text = pattern.sub(" ", text)
            if term not in found:
                found.append(term)
    return found


@lru_cache(maxsize=1)
def passages(folder: Path = DOCS_PATH) -> tuple[Passage, ...]:
    """Return the rows and paragraphs of the documents that members may read."""
    found: list[Passage] = []
    for name in SHOWN:
        path = folder / name
        if path.is_file():
            found += _read(name, path.read_text(encoding="utf-8"))
    return tuple(found)


def search(question: str, most: int = 3) -> list[Passage]:
    """Return the passages that share the most words with a text; those that share none never."""
    words = _words(question)
    scored = [
        (_score(words, passage), -number, passage) for number, passage in enumerate(passages())
    ]
    best = sorted((one for one in scored if one[0] > 0), key=lambda one: one[:2], reverse=True)
    return [passage for _, _, passage in best[:most]]


def _read(document: str, text: str) -> Iterator[Passage]:
    heading = ""
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ").strip()
            continue
        # The glossary's last column is what not to say.
        last = 2 if document == "glossary.md" else None
        plain = _row(line, last) if line.startswith("|") else _plain(line.lstrip("-*0123456789. "))
        if plain and len(plain) <= LONGEST:
            yield Passage(document, heading, plain)


def _row(line: str, last: int | None) -> str:
    """Return a row of a table as a sentence: its name, and what stands beside it."""
    cells = [_plain(cell) for cell in line.strip().strip("|").split("|")]
    if len(cells) < 2 or set("".join(cells)) <= set("-: ") or cells[0] in {"word", "figure", ""}:  # noqa: PLR2004 - a name and a meaning
        return ""
    said = [cell for cell in cells[1:last] if cell and cell != "-"]
    return f"{cells[0]}: {'; '.join(said)}" if said else ""


def _plain(text: str) -> str:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return " ".join(re.sub(r"[*`]", "", text).split())


def _words(text: str) -> set[str]:
    found = re.findall(r"[a-z0-9&]+", text.lower().replace("_", " "))
    return {word.removesuffix("s") if len(word) > 3 else word for word in found} - _STOP  # noqa: PLR2004 - "is" has no plural


def _score(words: set[str], passage: Passage) -> float:
    """Weigh words of a passage's name above those of the rest; short ones win."""
    name, _, rest = passage.text.partition(":")
    beside = words & _words(rest)
    score = 3 * len(words & _words(name)) + len(beside)
    return score / (1 + len(passage.text) / 2_000)
