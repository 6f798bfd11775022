"""`make translations`: the template anew, every translation merged and compiled."""

from __future__ import annotations

import re
from pathlib import Path

from babel import Locale
from babel.messages import Catalog

from scripts.console import run_main, say
from scripts.settings import ROOT
from scripts.translations import catalogs
from scripts.translations.extract import messages_of, plugin_slug

PLUGIN = ROOT / "wp-plugin"
# One full translation ships with the plugin; a new .po file in the folder is found by itself.
LOCALES = ("de_DE",)


def main() -> None:
    """Update languages/ from the sources and say what is still to translate."""
    folder = PLUGIN / "languages"
    folder.mkdir(exist_ok=True)
    slug = plugin_slug(PLUGIN)
    new = template_of(PLUGIN)
    if catalogs.write(folder / f"{slug}.pot", new):
        say(f"{slug}.pot: {len(new)} texts")
    for locale in LOCALES:
        path = folder / f"{slug}-{locale}.po"
        if not path.exists():
            path.write_bytes(b"")
    for path in sorted(folder.glob(f"{slug}-*.po")):
        update(path, new)


def template_of(plugin: Path) -> Catalog:
    """Return the catalog of all texts of a plugin."""
    header = (plugin / f"{plugin_slug(plugin)}.php").read_text()
    name, version = (
        re.search(rf"^ \* {field}: +(.+)$", header, re.MULTILINE)
        for field in ("Plugin Name", "Version")
    )
    if name is None or version is None:
        raise ValueError(plugin)
    return catalogs.template(messages_of(plugin), name[1], version[1])


def update(path: Path, new: Catalog) -> None:
    """Merge one translation with the template and compile it."""
    locale = path.stem.split("-")[-1]
    catalog = catalogs.read(path, locale)
    catalog.locale = Locale.parse(locale)
    catalogs.merge(catalog, new)
    catalogs.write(path, catalog)
    wanted = catalogs.compile_all(path)
    for old in path.parent.glob(f"{path.stem}-*.json"):
        if old not in wanted:
            old.unlink()
    for file, content in wanted.items():
        if not file.exists() or file.read_bytes() != content:
            file.write_bytes(content)
    left = catalogs.untranslated(catalog)
    say(f"{path.name}: {len(new) - len(left)} of {len(new)} texts")
    for text in left:
        say(f"  {text}")


if __name__ == "__main__":
    run_main(main)
