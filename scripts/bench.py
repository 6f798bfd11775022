"""Runs every benchmarks/bench_*.py in turn, each with an empty DATA_DIR, and sums up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile

from scripts.console import Refusal, run_main, say
from scripts.settings import ROOT

RESULT = re.compile(r"^[\w-]+ ratio=\S+ goal[<>]=\S+ (ok|short)$")


def main() -> None:
    """Run all benchmarks, or those whose names contain the first argument."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    scripts = [path for path in sorted(ROOT.glob("benchmarks/bench_*.py")) if wanted in path.name]
    if not scripts:
        message = f"no benchmark is named like {wanted!r}"
        raise Refusal(message, 2)
    results: list[str] = []
    broken: list[str] = []
    for script in scripts:
        say(f"== {script.name}")
        with tempfile.TemporaryDirectory(prefix="trp-bench-") as folder:
            code = _run([sys.executable, str(script)], folder, results)
        if code != 0:
            broken.append(script.name)
    say("== results")
    for line in results:
        say(line)
    if broken:
        message = f"failed: {', '.join(broken)}"
        raise Refusal(message)


def _run(command: list[str], folder: str, results: list[str]) -> int:
    environment = {**os.environ, "DATA_DIR": folder, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout or ():
            say(line.rstrip("\n"))
            if RESULT.match(line.strip()):
                results.append(line.strip())
    return process.returncode


if __name__ == "__main__":
    run_main(main)
