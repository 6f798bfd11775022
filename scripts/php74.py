"""PHP 7.4 itself, to say whether the plugin's code is read by it.

Debian has no such old PHP; the makers of WordPress publish one for Node, compiled to WebAssembly.
It is only asked to compile files: nothing of them runs.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.console import Refusal, say
from scripts.settings import CACHE

VERSION = "3.1.56"
PACKAGES = (f"@php-wasm/universal@{VERSION}", f"@php-wasm/node-7-4@{VERSION}")
FOLDER = CACHE / f"php74-{VERSION}"
SCRIPT = Path(__file__).with_name("php74.mjs")


def ensure_php74() -> Path:
    """Return the folder with PHP 7.4, fetching it on first use.

    Raises:
        Refusal: npm is missing or the download failed.
    """
    if FOLDER.exists():
        return FOLDER
    if shutil.which("npm") is None:
        raise Refusal("npm is missing: it is needed to fetch PHP 7.4 for the tests", 2)
    say("fetching PHP 7.4")
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="php74-") as name:
        work = Path(name) / "whole"
        work.mkdir()
        (work / "package.json").write_text('{"private": true}\n')
        command = ["npm", "install", "--no-audit", "--no-fund", "--silent", *PACKAGES]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
            raise Refusal(f"fetching PHP 7.4 failed: {lines[-1]}", 2)
        # The rename makes it whole or absent, whenever this is cut.
        work.rename(FOLDER)
    return FOLDER


def complaints(sources: Mapping[str, str]) -> dict[str, str]:
    """Return what PHP 7.4 says against each of `sources`, by name; nothing for what it takes."""
    complaints: dict[str, str] = _ask({"sources": dict(sources)})["complaints"]
    return complaints


def missing_functions(names: list[str]) -> list[str]:
    """Return those of `names` that PHP 7.4 with its usual extensions does not bring."""
    missing: list[str] = _ask({"functions": names})["missing"]
    return missing


def _ask(question: dict[str, object]) -> dict[str, Any]:
    done = subprocess.run(
        ["node", "--no-warnings", str(SCRIPT), str(ensure_php74())],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
