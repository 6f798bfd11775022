"""`make audit`: unsafe code (bandit), and known weaknesses of the pinned packages (pip-audit).

Not being able to ask is no pass.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("app", "workers", "scripts", "wsgi.py")
PASSED, FOUND, COULD_NOT = 0, 1, 2


def main() -> int:
    """Return 0 when nothing is known, 1 when something is, 2 when nobody could be asked."""
    return max(_unsafe_code(), _known_weaknesses(), key=lambda code: (code == FOUND, code))


def _unsafe_code() -> int:
    wrong = list(unjustified(findings()))
    for finding in wrong:
        print(f"{finding['filename']}:{finding['line_number']}: {finding['issue_text']}")
    print("Unsafe code: " + (f"{len(wrong)} places." if wrong else "none without a reason."))
    return FOUND if wrong else PASSED


def findings(root: Path = ROOT, folders: tuple[str, ...] = FOLDERS) -> list[dict[str, Any]]:
    """Return what bandit finds in our code."""
    command = [sys.executable, "-m", "bandit", "-q", "-f", "json", "-r", *folders]
    command += ["-c", str(ROOT / "pyproject.toml")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    found: list[dict[str, Any]] = json.loads(done.stdout)["results"]
    return found


def unjustified(found: list[dict[str, Any]], root: Path = ROOT) -> Iterator[dict[str, Any]]:
    """Yield findings beside which no reason stands.

    Ruff knows the same rules under the letter S and wants a reason for each exception; where one
    stands, bandit need not hear it again. `nosec` is for what only bandit finds.
    """
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    for finding in found:
        rule = "S" + finding["test_id"][1:]
        name, ignores = finding["filename"].removeprefix("./"), lint["per-file-ignores"]
        if any(fnmatch(name, where) and rule in rules for where, rules in ignores.items()):
            continue
        lines = (root / finding["filename"]).read_text(encoding="utf-8").splitlines()
        first, last = min(finding["line_range"]), max(finding["line_range"])
        if not any("noqa:" in line and rule in line for line in lines[first - 1 : last + 1]):
            yield finding


def _known_weaknesses() -> int:
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "-f", "json"]
    done = subprocess.run(
        [*command, "-r", str(ROOT / "requirements.txt"), "--no-deps", "--disable-pip"],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    code, lines = judge(done.stdout, done.stderr)
    print("\n".join(lines))
    return code


def judge(said: str, errors: str) -> tuple[int, list[str]]:
    """Return what an answer of pip-audit means: the exit code, and what to tell."""
    try:
        packages = json.loads(said)["dependencies"]
    except ValueError:
        last = (errors.strip().splitlines() or ["no reason given"])[-1]
        return COULD_NOT, [f"Not audited: nobody could be asked ({last[:200]})."]
    weak = [
        f"{one['name']} {one['version']}: {fault['id']}, mended in {fault['fix_versions']}"
        for one in packages
        for fault in one.get("vulns", [])
    ]
    skipped = [one["name"] for one in packages if "skip_reason" in one]
    if weak:
        return FOUND, weak
    if skipped or not packages:
        # pip-audit itself calls this a success.
        told = f"Not audited: {len(skipped)} of {len(packages)} packages are unknown to the index"
        return COULD_NOT, [f"{told} that was asked."]
    return PASSED, [f"Audited: no known weakness in {len(packages)} packages."]


if __name__ == "__main__":
    sys.exit(main())
