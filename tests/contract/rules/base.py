"""What a rule is, and what it looks at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from scripts import phpcode
from scripts.plugin_zip import PLUGIN as FOLDER
from scripts.plugin_zip import files_of

SLUG = "trading-robot-service"
PREFIX = "trading_robot_service_"
MAIN = f"{SLUG}.php"


@dataclass
class Plugin:
    """The files of a plugin, real or planted, as its zip would hold them."""

    files: dict[str, bytes]
    name: str = "the plugin"

    @classmethod
    def real(cls) -> Plugin:
        """Return our own."""
        return cls(files_of(FOLDER))

    @classmethod
    def sample(cls, files: Mapping[str, str], name: str) -> Plugin:
        """Return a planted one; code of PHP may leave its opening tag out."""
        return cls(
            {
                path: (
                    f"<?php\n{text}"
                    if path.endswith(".php") and not text.lstrip().startswith("<")
                    else text
                ).encode()
                for path, text in files.items()
            },
            name,
        )

    @cached_property
    def php(self) -> dict[str, phpcode.Source]:
        """Return the sources that run, cut into tokens; translations are data."""
        names = [n for n in self.files if n.endswith(".php") and not n.endswith(".l10n.php")]
        return phpcode.read({name: self.text(name) for name in names})

    @property
    def sources(self) -> Iterable[phpcode.Source]:
        """Return the sources of PHP."""
        return self.php.values()

    def text(self, name: str) -> str:
        """Return a file as text; an absent one is empty."""
        return self.files.get(name, b"").decode(errors="replace")

    def matching(self, pattern: str) -> dict[str, str]:
        """Return the text of the files whose path matches."""
        return {name: self.text(name) for name in self.files if re.search(pattern, name)}

    @cached_property
    def constants(self) -> dict[str, str]:
        """Return the plugin's constants that hold one literal text: by "Class::NAME" and by NAME."""
        found = {}
        for source in self.sources:
            cls = Path(source.name).stem
            pattern = r"const (\w+)\s*= '([^']*)';"
            for name, value in re.findall(pattern, source.text):
                found[f"{cls}::{name}"] = found[name] = value
        return found

    def resolve(self, tokens: tuple[phpcode.Token, ...], source: phpcode.Source) -> str | None:
        """Return the text, or the beginning of the text, that an argument has; None if unknown."""
        first = next(phpcode.split(tokens, "."), ())
        if len(first) == 1 and first[0].kind == phpcode.STRING:
            return phpcode.unquoted(first[0].text)
        if len(first) == 3 and first[1].text == "::":
            cls = Path(source.name).stem if first[0].text in {"self", "static"} else first[0].text
            name = first[2].text
            return self.constants.get(f"{cls}::{name}", self.constants.get(name))
        if len(first) == 1 and first[0].kind == "T_STRING":
            return self.constants.get(first[0].text)
        return None


Check = Callable[[Plugin], Iterator[str]]


@dataclass(frozen=True)
class Rule:
    """One rule with files that break it and files that keep it."""

    name: str
    check: Check
    bad: tuple[Mapping[str, str], ...]
    good: tuple[Mapping[str, str], ...] = field(default=())

    def broken_by(self, plugin: Plugin) -> list[str]:
        """Return every breach, one line each."""
        return list(self.check(plugin))


def one(code: str, name: str = "src/Sample.php") -> dict[str, str]:
    """Return a planted plugin of one file."""
    return {name: code}


def many(*codes: str, name: str = "src/Sample.php") -> tuple[dict[str, str], ...]:
    """Return planted plugins of one file each."""
    return tuple(one(code, name) for code in codes)
