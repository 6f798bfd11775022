"""`make plugin-zip`: the plugin as wordpress.org takes it, from a list of what may be in it.

The same sources make the same bytes: names are sorted, times fixed, modes plain.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from scripts.console import Refusal, run_main, say
from scripts.settings import ROOT

PLUGIN = ROOT / "wp-plugin"
BUILD = ROOT / "build"
SLUG = "trading-robot-service"
# What the plugin needs to run, and what its readers and its licences need; nothing else goes in.
ALLOWED = (
    f"{SLUG}.php",
    "uninstall.php",
    "readme.txt",
    "LICENSE.txt",
    "THIRD_PARTY.txt",
    "assets/*.css",
    "assets/*.js",
    "assets/fonts/*.woff2",
    "assets/vendor/*.js",
    "blocks/*/block.json",
    "blocks/*/*.js",
    "blocks/*/*.css",
    "blocks/*/*.php",
    "blocks/*.js",
    "blocks/*.php",
    f"languages/{SLUG}.pot",
    f"languages/{SLUG}-*.po",
    f"languages/{SLUG}-*.mo",
    f"languages/{SLUG}-*.l10n.php",
    f"languages/{SLUG}-*.json",
    "patterns/*.php",
    "src/**/*.php",
    "templates/**/*.php",
)
LICENCE = "LICENSE.txt"
# The first day that a zip can name.
TIME = (1980, 1, 1, 0, 0, 0)
MODE = 0o644 << 16


def files_of(plugin: Path = PLUGIN) -> dict[str, bytes]:
    """Return the content of the zip, by path inside the plugin's folder, sorted."""
    found = {
        path.relative_to(plugin).as_posix(): path.read_bytes()
        for pattern in ALLOWED
        for path in plugin.glob(pattern)
        if path.is_file()
    }
    # One licence for the whole project; the zip stands alone.
    found[LICENCE] = (ROOT / "LICENSE").read_bytes()
    return dict(sorted(found.items()))


def left_out(plugin: Path = PLUGIN) -> list[str]:
    """Return the files of the plugin's folder that the list does not name."""
    every = {path.relative_to(plugin).as_posix() for path in plugin.rglob("*") if path.is_file()}
    return sorted(every - set(files_of(plugin)))


def version_of(plugin: Path = PLUGIN) -> str:
    """Return the version that the plugin's header states."""
    found = re.search(r"^ \* Version: +(\S+)$", (plugin / f"{SLUG}.php").read_text(), re.MULTILINE)
    if found is None:
        raise Refusal("the plugin's header names no version")
    return found[1]


def build(folder: Path = BUILD, plugin: Path = PLUGIN) -> Path:
    """Write the zip and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{SLUG}-{version_of(plugin)}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, content in files_of(plugin).items():
            entry = zipfile.ZipInfo(f"{SLUG}/{name}", TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # Said on every system alike, or the bytes would tell where it was made.
            entry.create_system = 3
            entry.external_attr = MODE
            file.writestr(entry, content)
    return path


def main() -> None:
    """Build, and say what came of it."""
    if others := left_out():
        raise Refusal(f"not in the list of scripts/plugin_zip.py: {', '.join(others)}")
    path = build()
    files = files_of()
    whole = sum(map(len, files.values()))
    say(
        f"{path.relative_to(ROOT)}: {path.stat().st_size / 1024:.0f} KB, {len(files)} files, {whole / 1024:.0f} KB unpacked"
    )


if __name__ == "__main__":
    run_main(main)
