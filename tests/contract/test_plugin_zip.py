"""The zip: what the list names and nothing else, the same bytes each time, and it installs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import zipfile
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel import Locale

from scripts import plugin_zip
from scripts.settings import NEWEST_WORDPRESS, OLDEST_WORDPRESS
from scripts.translations import catalogs
from scripts.translations.__main__ import template_of
from scripts.wordpress.download import ensure_core

HERE = Path(__file__).resolve().parent / "php"
FOLDER = f"{plugin_zip.SLUG}/"


@pytest.fixture(scope="module")
def parcel(tmp_path_factory) -> Path:
    path = plugin_zip.build(tmp_path_factory.mktemp("build"))
    print(f"{path.name}: {path.stat().st_size} bytes")
    return path


def test_the_list_names_every_file_of_the_plugin_and_the_zip_holds_them(parcel):
    assert plugin_zip.left_out() == []
    with zipfile.ZipFile(parcel) as file:
        assert file.testzip() is None
        names = file.namelist()
        content = {name.removeprefix(FOLDER): file.read(name) for name in names}
    assert all(name.startswith(FOLDER) for name in names)
    assert names == sorted(names)
    assert content == plugin_zip.files_of()
    assert {"readme.txt", "LICENSE.txt", "THIRD_PARTY.txt"} <= set(content)
    assert parcel.name == f"trading-robot-service-{plugin_zip.version_of()}.zip"
    assert parcel.stat().st_size < 1024 * 1024


@pytest.mark.parametrize(
    "stray", ["src/notes.md", ".github/x.yml", "tests/a.php", "assets/a.map", "a.php"]
)
def test_a_stray_file_is_left_out_and_named(stray, tmp_path):
    plugin = tmp_path / "plugin"
    shutil.copytree(plugin_zip.PLUGIN, plugin)
    (plugin / stray).parent.mkdir(exist_ok=True)
    (plugin / stray).write_text("<?php")

    path = plugin_zip.build(tmp_path, plugin)

    assert plugin_zip.left_out(plugin) == [stray]
    with zipfile.ZipFile(path) as file:
        assert FOLDER + stray not in file.namelist()


def test_the_same_sources_make_the_same_bytes(parcel, tmp_path):
    plugin = tmp_path / "plugin"
    shutil.copytree(plugin_zip.PLUGIN, plugin)
    for path in plugin.rglob("*"):
        os.utime(path, (time.time(), 1_000_000_000))
        path.chmod(0o700)

    again = plugin_zip.build(tmp_path / "again", plugin)

    assert again.read_bytes() == parcel.read_bytes()


def _link(source: str, target: str) -> None:
    """Link a file, or copy it where the two lie on different disks."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture(params=[NEWEST_WORDPRESS, OLDEST_WORDPRESS])
def site(request, parcel, tmp_path) -> Site:
    """Return a fresh WordPress with the zip unpacked in it."""
    core = tmp_path / "wordpress"
    # Links make the copy quick; nothing of WordPress is written to.
    shutil.copytree(ensure_core(request.param), core, copy_function=_link)
    with zipfile.ZipFile(parcel) as file:
        file.extractall(core / "wp-content/plugins")
    (tmp_path / "database").mkdir()
    return Site(core, tmp_path / "database")


@dataclass
class Site:
    """A WordPress to call scripts in."""

    core: Path
    database: Path

    def run(self, *step: str, place: str = "") -> str:
        """Run a step of installed.php, or the installation itself; return what it printed."""
        environment = {
            **os.environ,
            "WORDPRESS_CORE": str(self.core),
            "WORDPRESS_TEST_DIR": str(self.database),
            "WORDPRESS_PLUGIN": "installed",
            "WORDPRESS_PLACE": place,
        }
        bootstrap = str(HERE / "bootstrap.php")
        script = ["php", "-d", f"auto_prepend_file={bootstrap}", str(HERE / "installed.php"), *step]
        done = subprocess.run(
            script if step else ["php", bootstrap],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), step
        return done.stdout


@pytest.mark.req("S4-80")
def test_it_installs_into_a_fresh_wordpress_and_speaks_german_without_a_fault(site):
    said = [site.run(), site.run("activate"), site.run("render")]
    said += [site.run("speak", "de_DE"), site.run("german")]

    assert said == [""] * 5


def test_every_word_on_its_screens_can_be_translated(site):
    """A language that only puts brackets around each text: a word outside them was not marked."""
    folder = site.core / "wp-content/plugins/trading-robot-service/languages"
    pseudo = template_of(plugin_zip.PLUGIN)
    pseudo.locale = Locale.parse("fr_FR")
    for entry in catalogs.entries(pseudo):
        one = isinstance(entry.id, str)
        entry.string = f"⟦{entry.id}⟧" if one else tuple(f"⟦{text}⟧" for text in entry.id)
    po = folder / "trading-robot-service-fr_FR.po"
    catalogs.write(po, pseudo)
    for path, content in catalogs.compile_all(po).items():
        path.write_bytes(content)
    for step in ((), ("activate",), ("speak", "fr_FR")):
        site.run(*step)

    words = Words()
    words.feed(site.run("screens", place="admin"))

    assert len(words.screens) >= 8, words.screens
    assert words.outside == []
    assert words.inside > 40


class Words(HTMLParser):
    """Sorts the words of a page into those inside the brackets and those outside."""

    SHOWN = ("aria-label", "title", "alt", "placeholder", "data-trp-lost", "data-trp-offline")
    # Names of things and what WordPress itself prints: not for translators of ours.
    ASIDE = re.compile(r"^(?:https?:|flask |UTC$|Test site$|admin$|\d)|^[\W\d]*$|^Save Changes$")

    def __init__(self) -> None:
        super().__init__()
        self.screens: list[str] = []
        self.outside: list[str] = []
        self.inside = 0
        self._open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self._open.append(tag)
        for name, value in attrs:
            if name in self.SHOWN and value:
                self._take(value)

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            continue

    def handle_data(self, data):
        tag = self._open[-1] if self._open else ""
        if tag == "h6":
            self.screens.append(data)
        # The text for support is in English on purpose: who answers reads it.
        elif tag not in {"script", "style", "code", "textarea"}:
            self._take(data)

    def _take(self, text: str) -> None:
        self.inside += text.count("⟦")
        for rest in re.sub(r"⟦.*?⟧", "\n", text, flags=re.DOTALL).splitlines():
            if not self.ASIDE.search(rest.strip()):
                self.outside.append(f"{self.screens[-1:]}: {rest.strip()}")
