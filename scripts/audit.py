"""`make audit`: ask whether a pinned package has a known weakness; not being able to ask is no pass."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COULD_NOT = 2


def main() -> int:
    """Return 0 when nothing is known, 1 when something is, 2 when nobody could be asked."""
    if importlib.util.find_spec("pip_audit") is None:
        print("Not audited: pip-audit is not installed. Install it with: pip install pip-audit")
        return COULD_NOT
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off"]
    done = subprocess.run(
        [*command, "-r", str(ROOT / "requirements.txt"), "--no-deps", "--disable-pip"],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    print(done.stdout, end="")
    if done.returncode == 0:
        print("Audited: no known weakness in requirements.txt.")
        return 0
    if "vulnerabilit" in done.stderr:
        print(done.stderr, end="")
        return 1
    last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    print(f"Not audited: the service of known weaknesses could not be asked ({last[:200]}).")
    return COULD_NOT


if __name__ == "__main__":
    sys.exit(main())
