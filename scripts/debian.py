"""Debian packages: which are missing, and how to install them as root or by sudo."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from scripts.console import Refusal, say

PHP_EXTENSIONS = ("curl", "gd", "intl", "mbstring", "sqlite3", "xml", "zip")
# A missing package is told from the file that it brings: quicker than asking dpkg, and right
# also where the tool was installed in another way.
FILES = {
    "chromium": "bin/chromium",
    "nginx-light": "sbin/nginx",
    "phpunit": "bin/phpunit",
    "postgresql": "lib/postgresql/*/bin/initdb",
    "prometheus": "bin/promtool",
    "tesseract-ocr": "bin/tesseract",
    "tesseract-ocr-eng": "share/tesseract-ocr/*/tessdata/eng.traineddata",
}
READER = ("tesseract-ocr", "tesseract-ocr-eng")
# What the look-alikes of brokers' pages are set in: only their report draws them.
FONTS = {
    "fonts-inter": "*/*nter*/*nter*",
    "fonts-liberation": "*/liberation*/*",
    "fonts-open-sans": "*/open-sans/*",
    "fonts-roboto-unhinted": "*/roboto/*",
}


def missing_php() -> list[str]:
    """Return the packages that a WordPress on SQLite still needs."""
    php = shutil.which("php")
    if php is None:
        return ["php-cli", *(f"php-{name}" for name in PHP_EXTENSIONS)]
    listing = subprocess.run([php, "-m"], capture_output=True, text=True, check=False).stdout
    loaded = listing.lower().split()
    return [f"php-{name}" for name in PHP_EXTENSIONS if name not in loaded]


def missing_tools(names: Sequence[str]) -> list[str]:
    """Return those of `names` (keys of FILES) that are not installed."""
    return [name for name in names if not any(Path("/usr").glob(FILES[name]))]


def missing_fonts() -> list[str]:
    """Return those of FONTS that are not installed."""
    folder = Path("/usr/share/fonts")
    return [name for name, path in FONTS.items() if not any(folder.glob(path))]


def install(packages: Sequence[str]) -> None:
    """Install Debian packages.

    Raises:
        Refusal: this is no Debian, nobody here may install, or apt said no.
    """
    if not packages:
        return
    wanted = " ".join(packages)
    if shutil.which("apt-get") is None:
        message = f"missing: {wanted} (no apt-get here, install them by hand)"
        raise Refusal(message, 2)
    prefix: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            message = f"missing: {wanted} (needs root or sudo: apt-get install {wanted})"
            raise Refusal(message, 2)
        prefix = ["sudo"]
    say(f"installing Debian packages: {wanted}")
    # RUNLEVEL=1: packages that bring a server (PostgreSQL) must not start it on its usual port.
    settings = ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1"]
    apt = [*prefix, *settings, "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    for step in (["update"], ["install", "--no-install-recommends", *packages]):
        done = subprocess.run([*apt, *step], capture_output=True, text=True, check=False)
        if done.returncode != 0 and step[0] == "install":
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            message = f"apt-get could not install {wanted}: {reason}"
            raise Refusal(message, 2)
