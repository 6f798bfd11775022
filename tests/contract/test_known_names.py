"""Every function, class and method that the plugin uses is there in both versions of WordPress."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from scripts import php74
from scripts.settings import NEWEST_WORDPRESS, OLDEST_WORDPRESS
from scripts.wordpress.download import ensure_core
from tests.contract.rules.base import Plugin

HERE = Path(__file__).resolve().parent / "php"
BOTH = [OLDEST_WORDPRESS, NEWEST_WORDPRESS]
# Of WP-CLI, which brings its own; and of classes of PHP that have no such function to ask.
FOREIGN = ("WP_CLI", "parent", "self", "static")
# Extensions that the PHP 7.4 in WebAssembly leaves out, and that WordPress itself brings or asks for.
ELSEWHERE = re.compile(r"^(?:curl_|sodium_|mb_|finfo_|ctype_|iconv)")


class Used:
    """What one plugin uses that is not its own."""

    def __init__(self, plugin: Plugin) -> None:
        self.plugin = plugin
        sources = list(plugin.sources)
        own = {name for source in sources for name in source.functions}
        own |= {name for s in sources for name in re.findall(r"function &?(\w+)\(", s.text)}
        classes = {
            name for s in sources for name in re.findall(r"(?:class|interface) (\w+)", s.text)
        }
        self.functions: set[str] = set()
        self.classes: set[str] = set()
        self.statics: set[tuple[str, str]] = set()
        self.methods: set[str] = set()
        for source in sources:
            asked = set(re.findall(r"(?:function|class)_exists\( '\\*([\w\\]+)'", source.text))
            for call in source.calls:
                owner, name = call.owner.split("\\")[-1], call.name.split("\\")[-1]
                if call.name in asked or call.name.startswith("WP_CLI") or name == "__construct":
                    continue
                if call.kind == "function" and name not in own:
                    self.functions.add(name)
                elif call.kind == "new" and name not in {*classes, *FOREIGN}:
                    self.classes.add(name)
                elif call.kind == "static" and owner not in {*classes, *FOREIGN}:
                    self.statics.add((owner, name))
                elif call.kind == "method" and name not in own:
                    self.methods.add(name)

    def unknown_to(self, core: Path, folder: Path) -> dict[str, list[str]]:
        """Ask a WordPress."""
        environment = {
            **os.environ,
            "WORDPRESS_CORE": str(core),
            "WORDPRESS_TEST_DIR": str(folder),
        }
        prepend = ["php", "-d", f"auto_prepend_file={HERE / 'bootstrap.php'}"]
        subprocess.run([*prepend[:1], str(HERE / "bootstrap.php")], env=environment, check=True)
        question = {
            "functions": sorted(self.functions),
            "classes": sorted(self.classes),
            "statics": sorted(self.statics),
            "methods": sorted(self.methods),
        }
        done = subprocess.run(
            [*prepend, str(HERE / "known.php")],
            input=json.dumps(question),
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        answer: dict[str, list[str]] = json.loads(done.stdout)
        return answer


@pytest.mark.parametrize("version", BOTH)
def test_wordpress_knows_every_name_that_the_plugin_uses(version, tmp_path):
    used = Used(Plugin.real())
    assert len(used.functions) > 100

    answer = used.unknown_to(ensure_core(version), tmp_path)

    assert answer["missing"] == []


def test_php_7_4_or_wordpress_brings_every_function_of_php(tmp_path):
    used = Used(Plugin.real())
    core = ensure_core(OLDEST_WORDPRESS)
    internal = used.unknown_to(core, tmp_path)["internal"]
    brought = set(re.findall(r"function (\w+)", (core / "wp-includes/compat.php").read_text()))

    missing = php74.missing_functions([name for name in internal if name not in brought])

    assert [name for name in missing if not ELSEWHERE.match(name)] == []


@pytest.mark.parametrize(
    ("code", "version", "missing"),
    [
        ("wp_register_block_metadata_collection( $a, $b );", "6.5", True),
        ("wp_register_block_metadata_collection( $a, $b );", "6.8", False),
        ("wp_interactivity_state( 'a' );", "6.5", False),
        ("WP_HTML_Processor::create_full_parser( $a );", "6.5", True),
        ("$tags->set_modifiable_text( 'a' );", "6.5", True),
        ("$tags->set_modifiable_text( 'a' );", "6.8", False),
        ("new WP_Block_Processor();", "6.8", True),
        ("if ( function_exists( 'wp_of_tomorrow' ) ) { wp_of_tomorrow(); }", "6.5", False),
    ],
)
def test_it_finds_a_name_that_came_later(code, version, missing, tmp_path):
    used = Used(Plugin.sample({"src/Sample.php": code}, "sample"))

    assert bool(used.unknown_to(ensure_core(version), tmp_path)["missing"]) is missing
