"""The service's texts: found in its code, templates and data files, kept beside app/core/i18n.py.

`make translations` calls it after the plugin's. The compiled catalogues are committed, so that a
fresh clone speaks its languages without a build.
"""

from __future__ import annotations

import io
import json
import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from babel import Locale
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from scripts.console import run_main, say
from scripts.settings import ROOT
from scripts.translations.catalogs import untranslated

FOLDER = ROOT / "app" / "core" / "translations"
PROJECT = "trading-robot-plug"
HEADER = """\
# Translations of the service PROJECT.
# Distributed under GPL-3.0-or-later, as the service is."""
WIDTH = 100
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
}
COMMENTS = ["Translators:"]
METHODS = {
    "app": [
        ("**.py", "python"),
        ("**.toml", "scripts.translate_service:extract_data"),
        ("**.json", "scripts.translate_service:extract_data"),
    ],
    "templates": [("**.html", "jinja2.ext:babel_extract")],
}
OPTIONS = {
    "**.py": {"encoding": "utf-8"},
    "**.html": {
        "encoding": "utf-8",
        "trimmed": "true",
        "silent": "false",
        "newstyle_gettext": "true",
    },
}
# What people read of a data file: where it stands, and the context that tells its meaning.
DATA = {
    "plans.toml": {
        "ladders.plans.name": "plan",
        "ladders.plans.summary": "plan",
        "ladders.plans.cta": "plan",
        "ladders.plans.short": "short name of a plan",
        "ladders.name": "plan",
        "ladders.groups.name": "plan",
        "features.*.label": "plan",
    },
    "catalogue.toml": {"robots.description": "robot", "robots.market": "robot"},
    "metadata.json": {"description": "robot", "market": "robot"},
}


def extract_data(
    file: BinaryIO,
    keywords: Any,  # noqa: ARG001 - Babel calls each extractor alike
    comment_tags: Any,  # noqa: ARG001 - as above
    options: Any,  # noqa: ARG001 - as above
) -> Iterator[tuple[int, str, tuple[str, str], list[str]]]:
    """Yield the texts of a data file, as one of Babel's extractors."""
    fields = DATA.get(Path(file.name).name, {})
    data = tomllib.load(file) if file.name.endswith(".toml") else json.load(file)
    for path, context in fields.items():
        for text in _texts(data, path.split(".")):
            yield 1, "pgettext", (context, text), []


def _texts(node: Any, path: list[str]) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _texts(each, path)
    elif path and isinstance(node, dict):
        names = list(node) if path[0] == "*" else [path[0]]
        for name in names:
            if name in node:
                yield from _texts(node[name], path[1:])
    elif isinstance(node, str):
        yield node


def find_texts() -> Catalog:
    """Return the catalogue of all texts of the service, without translations."""
    catalog = Catalog(
        project=PROJECT,
        header_comment=HEADER,
        copyright_holder="",
        msgid_bugs_address="",
        last_translator="",
        language_team="",
        fuzzy=False,
        charset="utf-8",
    )
    for folder, methods in METHODS.items():
        found = extract_from_dir(ROOT / folder, methods, OPTIONS, KEYWORDS, COMMENTS)
        for name, _line, text, comments, context in sorted(found, key=_place):
            # Without line numbers: an edit of a file must not touch each reference after it.
            catalog.add(
                text, None, [(f"{folder}/{name}", 0)], auto_comments=comments, context=context
            )
    return catalog


def _place(found: tuple[Any, ...]) -> tuple[str, int]:
    return found[0], found[1]


def merged(old: Catalog, new: Catalog) -> Catalog:
    """Return a translation brought to the texts of `new`; what nobody translated stays empty."""
    old.update(new, no_fuzzy_matching=True, update_creation_date=False)
    old.obsolete.clear()
    old.project, old.header_comment, old.fuzzy = PROJECT, HEADER, False
    old.msgid_bugs_address, old.last_translator = "", PROJECT
    old.language_team = old.locale.english_name if old.locale else ""
    return old


def read(path: Path) -> Catalog:
    """Return the catalogue in a .pot or .po file."""
    with path.open("rb") as file:
        return read_po(file, locale=None if path.suffix == ".pot" else path.parts[-3])


def body(catalog: Catalog, *, bare: bool = True) -> bytes:
    """Return a catalogue as a file holds it; `bare` is without the header and its dates."""
    sink = io.BytesIO()
    write_po(
        sink,
        catalog,
        width=WIDTH,
        omit_header=bare,
        include_lineno=False,
        sort_by_file=True,
        ignore_obsolete=True,
    )
    return sink.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """Return what gettext reads of a translation."""
    sink = io.BytesIO()
    write_mo(sink, catalog)
    return sink.getvalue()


def _write(path: Path, catalog: Catalog) -> None:
    """Write a catalogue if its texts differ from those in the file."""
    if path.exists() and body(read(path)) == body(catalog):
        return
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    if catalog.locale is None:
        catalog.creation_date = now
    else:
        catalog.revision_date = now
    path.write_bytes(body(catalog, bare=False))


def languages() -> Iterable[Path]:
    """Return the files of the translations."""
    return sorted(FOLDER.glob("*/LC_MESSAGES/messages.po"))


def main() -> None:
    """Update the template and the translations, compile them, and say what is missing."""
    new = find_texts()
    _write(FOLDER / "messages.pot", new)
    say(f"messages.pot: {len(new)} texts")
    for path in languages():
        catalog = read(path)
        catalog.locale = Locale.parse(path.parts[-3])
        _write(path, merged(catalog, new))
        path.with_suffix(".mo").write_bytes(compiled(read(path)))
        left = untranslated(catalog)
        say(f"{path.relative_to(FOLDER)}: {len(new) - len(left)} of {len(new)} texts")
        for text in left:
            say(f"  {text}")


if __name__ == "__main__":
    run_main(main)
