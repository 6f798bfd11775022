"""Catalogs: the template, the translations, and what WordPress and its scripts read of them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from scripts.translations.extract import Message

HEADER = """\
# Translations of the WordPress plugin PROJECT.
# Distributed under GPL-3.0-or-later, as the plugin is."""
WIDTH = 100


def template(messages: Iterable[Message], project: str, version: str) -> Catalog:
    """Return the catalog of all texts, without translations."""
    catalog = Catalog(
        project=project,
        version=version,
        header_comment=HEADER,
        copyright_holder="",
        msgid_bugs_address="",
        last_translator="",
        language_team="",
        fuzzy=False,
        charset="utf-8",
    )
    for message in messages:
        text = (message.text, message.plural) if message.plural else message.text
        catalog.add(
            text,
            locations=[(message.file, 1)],
            auto_comments=[message.comment] if message.comment else [],
            context=message.context,
        )
    return catalog


def read(path: Path, locale: str | None = None) -> Catalog:
    """Read a .pot or .po file."""
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def write(path: Path, catalog: Catalog) -> bool:
    """Write a .pot or .po file if its messages differ from what it holds; tell whether."""
    if path.exists() and _body(read(path, _locale(path))) == _body(catalog):
        return False
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    if catalog.locale is None:
        catalog.creation_date = now
    else:
        catalog.revision_date = now
    with path.open("wb") as file:
        _write(file, catalog)
    return True


def _locale(path: Path) -> str | None:
    return None if path.suffix == ".pot" else path.stem.split("-")[-1]


def _write(file: io.BufferedIOBase | io.BytesIO, catalog: Catalog, *, bare: bool = False) -> None:
    # Without line numbers: an edit of a file must not touch each reference after it.
    options = {"include_lineno": False, "sort_by_file": True, "ignore_obsolete": True}
    write_po(file, catalog, width=WIDTH, omit_header=bare, **options)


def _body(catalog: Catalog) -> bytes:
    sink = io.BytesIO()
    _write(sink, catalog, bare=True)
    return sink.getvalue() + str(catalog.version).encode()


def merge(catalog: Catalog, new: Catalog) -> None:
    """Bring a translation to the texts of `new`; what nobody has translated yet stays empty."""
    catalog.update(new, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    catalog.project, catalog.version = new.project, new.version
    catalog.header_comment, catalog.fuzzy = HEADER, False
    catalog.msgid_bugs_address = ""
    catalog.last_translator = new.project
    catalog.language_team = catalog.locale.english_name if catalog.locale else ""


def entries(catalog: Catalog) -> list[Entry]:
    """Return the messages, without the header."""
    return [entry for entry in catalog if entry.id]


def untranslated(catalog: Catalog) -> list[str]:
    """Return the texts that have no translation, or one that nobody confirmed."""
    return [str(entry.id) for entry in entries(catalog) if entry.fuzzy or not all(said(entry))]


def said(entry: Entry) -> Sequence[str]:
    """Return a message's translation: one text for each plural form."""
    if isinstance(entry.string, (list, tuple)):
        return [text or "" for text in entry.string]
    return [entry.string or ""]


def compile_all(po: Path) -> dict[Path, bytes]:
    """Return what WordPress reads of a translation, by file: .mo, .l10n.php and one JSON a script."""
    catalog = read(po, _locale(po))
    done = [entry for entry in entries(catalog) if not entry.fuzzy and all(said(entry))]
    files = {po.with_suffix(".mo"): _mo(catalog), po.with_suffix(".l10n.php"): _php(catalog, done)}
    scripts = {name for entry in done for name, _line in entry.locations if name.endswith(".js")}
    for script in sorted(scripts):
        own = [entry for entry in done if script in {name for name, _line in entry.locations}]
        # WordPress looks for the hash of the script's path inside the plugin.
        digest = hashlib.md5(script.encode(), usedforsecurity=False).hexdigest()
        files[po.with_name(f"{po.stem}-{digest}.json")] = _json(catalog, own, script)
    return files


def _mo(catalog: Catalog) -> bytes:
    sink = io.BytesIO()
    write_mo(sink, catalog)
    return sink.getvalue()


def _key(entry: Entry) -> str:
    text = entry.id[0] if isinstance(entry.id, (list, tuple)) else entry.id
    return f"{entry.context}\4{text}" if entry.context else str(text)


def _php(catalog: Catalog, done: list[Entry]) -> bytes:
    # On one line, as WordPress writes such files itself: the .po beside it is for readers.
    rows = " ".join(
        f"{_php_string(_key(entry))} => {_php_string(chr(0).join(said(entry)))}," for entry in done
    )
    head = {
        "project-id-version": f"{catalog.project} {catalog.version}",
        "language": str(catalog.locale),
        "plural-forms": catalog.plural_forms,
    }
    fields = "".join(f"\t'{name}' => {_php_string(value)},\n" for name, value in head.items())
    guard = "defined( 'ABSPATH' ) || exit;\n"
    return f"<?php\n{guard}return array(\n{fields}\t'messages' => array( {rows} ),\n);\n".encode()


def _php_string(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + quoted.replace("\0", "' . \"\\0\" . '").replace("\4", "' . \"\\4\" . '") + "'"


def _json(catalog: Catalog, done: list[Entry], script: str) -> bytes:
    head = {
        "domain": "messages",
        "lang": str(catalog.locale),
        "plural-forms": catalog.plural_forms,
    }
    messages = {"": head, **{_key(entry): list(said(entry)) for entry in done}}
    data = {"source": script, "domain": "messages", "locale_data": {"messages": messages}}
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()
