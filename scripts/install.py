"""Installs what is missing, and nothing else: `python3 -m scripts.install run|test`.

Runs on the machine's own Python with the standard library alone. Each step leaves a stamp that
names what it was made from, so a second call takes a moment.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path

from scripts import debian, php74
from scripts.console import Refusal, run_main, say
from scripts.settings import CACHE, NEWEST_WORDPRESS, ROOT, VENV
from scripts.wordpress import download

OLDEST_PYTHON = (3, 11)
USAGE = "usage: python3 -m scripts.install run|test"


def install_for_run(wordpress: str | None) -> None:
    """Install what `make run` needs; `wordpress` is the version wanted, or None for no WordPress."""
    with _one_at_a_time():
        _install_python("requirements.txt")
        if wordpress:
            debian.install(debian.missing_php())
            download.ensure_core(wordpress)
        _install_reader()


def _install_reader() -> None:
    """Install what reads pictures without a model; all else runs where that cannot be had."""
    try:
        debian.install(debian.missing_tools(debian.READER))
    except Refusal as refusal:
        say(f"pictures of positions cannot be read without a model: {refusal}")


def install_for_test() -> None:
    """Install what `make test` needs."""
    with _one_at_a_time():
        _install_python("requirements.txt", "requirements-dev.txt")
        debian.install(debian.missing_php() + debian.missing_tools(sorted(debian.FILES)))
        for version in download.CORES:
            download.ensure_core(version)
        php74.ensure_php74()


class _one_at_a_time:  # noqa: N801 - reads as the context manager it is
    """Two runs that start at once must not both write .venv or .cache."""

    def __enter__(self) -> None:
        CACHE.mkdir(exist_ok=True)
        self._file = (CACHE / "install.lock").open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_error: object) -> None:
        self._file.close()


def _install_python(*files: str) -> None:
    if sys.version_info < OLDEST_PYTHON:
        message = f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}"
        raise Refusal(message, 2)
    stamp = VENV / f".stamp-{'-'.join(Path(name).stem for name in files)}"
    wanted = _digest([ROOT / name for name in files])
    if stamp.exists() and stamp.read_text() == wanted and (VENV / "bin/python").exists():
        return
    if not (VENV / "bin/pip").exists():
        if importlib.util.find_spec("ensurepip") is None:
            debian.install(["python3-venv"])
        _call("making .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)])
    arguments = [part for name in files for part in ("-r", name)]
    command = [str(VENV / "bin/python"), "-m", "pip", "install", "-q", *arguments]
    _call(f"installing {' and '.join(files)} into .venv", command)
    stamp.write_text(wanted)


def _call(what: str, command: list[str]) -> None:
    say(what)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        message = f"{what} failed: {lines[-1]}"
        raise Refusal(message, 2)


def _digest(files: list[Path]) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


def main() -> None:
    """Install for the use that the command line names."""
    match sys.argv[1:]:
        case ["run"]:
            install_for_run(NEWEST_WORDPRESS)
        case ["test"]:
            install_for_test()
        case _:
            raise Refusal(USAGE, 2)


if __name__ == "__main__":
    run_main(main)
