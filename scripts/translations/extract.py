"""Finds the texts of the plugin: in PHP, in scripts, in block.json and in the plugin's header."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages import extract as babel

from scripts import phpcode

# Where an argument stands: text, plural, context; the domain is the last one.
PHP_FUNCTIONS: dict[str, tuple[int, int | None, int | None, int]] = {
    **dict.fromkeys(
        ("__", "_e", "esc_html__", "esc_html_e", "esc_attr__", "esc_attr_e"), (0, None, None, 1)
    ),
    **dict.fromkeys(("_x", "_ex", "esc_html_x", "esc_attr_x"), (0, None, 1, 2)),
    "_n": (0, 1, None, 3),
    "_nx": (0, 1, 3, 4),
    "_n_noop": (0, 1, None, 2),
    "_nx_noop": (0, 1, 2, 3),
}
JS_FUNCTIONS = {"__": None, "_x": (1, (2, "c")), "_n": (1, 2), "_nx": (1, 2, (4, "c"))}
BLOCK_FIELDS = {
    "title": "block title",
    "description": "block description",
    "keywords": "block keyword",
}
HEADER_FIELDS = ("Plugin Name", "Description")
# A comment for translators stands on the line of the text or at most this many lines above it.
COMMENT_REACH = 3
# Compiled or not ours.
LEFT_OUT = ("languages", "vendor")


@dataclass(frozen=True)
class Message:
    """One text at one place."""

    text: str
    file: str
    plural: str | None = None
    context: str | None = None
    comment: str | None = None

    @property
    def key(self) -> tuple[str | None, str]:
        """What two texts must share to be one message."""
        return self.context, self.text


def messages_of(plugin: Path) -> list[Message]:
    """Return every text of the plugin, file by file."""

    def files(pattern: str) -> list[Path]:
        found = sorted(plugin.rglob(pattern))
        return [path for path in found if not set(path.parts) & set(LEFT_OUT)]

    def name(path: Path) -> str:
        return path.relative_to(plugin).as_posix()

    found = list(from_header((plugin / f"{plugin_slug(plugin)}.php").read_text(), plugin))
    sources = phpcode.read({name(path): path.read_text() for path in files("*.php")})
    for source in sources.values():
        found += from_php(source)
    for path in files("*.js"):
        found += from_script(path, name(path))
    for path in files("block.json"):
        found += from_block(json.loads(path.read_text()), name(path))
    return found


def plugin_slug(plugin: Path) -> str:
    """Return the name of the file that holds the plugin's header, which is also the domain."""
    for path in sorted(plugin.glob("*.php")):
        if "Plugin Name:" in path.read_text():
            return path.stem
    raise FileNotFoundError(plugin)


def from_header(text: str, plugin: Path) -> Iterator[Message]:
    """Yield the fields of the header that the list of plugins shows in the reader's language."""
    for field in HEADER_FIELDS:
        if found := re.search(rf"^ \* {field}: +(.+)$", text, re.MULTILINE):
            yield Message(
                found[1].strip(), f"{plugin_slug(plugin)}.php", comment=f"{field} of the plugin"
            )


def from_php(source: phpcode.Source) -> Iterator[Message]:
    """Yield the texts of one file of PHP."""
    for call in source.called(*PHP_FUNCTIONS):
        text_at, plural_at, context_at, _domain = PHP_FUNCTIONS[call.name]
        text = call.literal(text_at)
        if text is None:
            continue
        yield Message(
            text,
            source.name,
            None if plural_at is None else call.literal(plural_at),
            None if context_at is None else call.literal(context_at),
            translators_comment(source.comments, call.line, COMMENT_REACH if "%" in text else 0),
        )


def translators_comment(
    comments: Iterable[phpcode.Token], line: int, reach: int = COMMENT_REACH
) -> str | None:
    """Return the nearest comment for translators above a line."""
    nearest = None
    for comment in comments:
        last = comment.line + comment.text.rstrip("\n").count("\n")
        if "translators:" in comment.text and 0 <= line - last <= reach:
            nearest = comment.text
    if nearest is None:
        return None
    return " ".join(
        re.sub(r"^\s*(/\*+|\*+/|\*|//)|\*/\s*$", "", nearest.strip(), flags=re.MULTILINE).split()
    )


def from_script(path: Path, name: str) -> Iterator[Message]:
    """Yield the texts of one script."""
    with path.open("rb") as file:
        rows = babel.extract("javascript", file, JS_FUNCTIONS, ["translators:"])
        for _line, said, comments, context in rows:
            text, plural = said if isinstance(said, tuple) else (said, None)
            yield Message(text, name, plural, context, " ".join(comments) or None)


def from_block(block: dict[str, object], name: str) -> Iterator[Message]:
    """Yield what the editor shows of a block."""
    for field, context in BLOCK_FIELDS.items():
        value = block.get(field, [])
        for text in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
            yield Message(str(text), name, context=context)
