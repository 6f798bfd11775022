"""`make sqlmap`: let sqlmap look for injections in the API of a service of its own on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.console import Refusal, run_main, say
from tests.services import wordpress_stack

LEVEL = os.environ.get("LEVEL", "1")
EMAIL = "sqlmap@example.test"
SCOPES = "performance:read,ledger:read,ledger:write,profile:write"
FOUND = "is vulnerable"
TARGETS = (
    ("GET", "/api/ledger/trades?account_id=1&limit=10", ""),
    ("GET", "/api/performance/1/daily?date=2026-05-20&kind=journal&currency=USD", ""),
    ("GET", "/api/performance/1/plugin/ma_cross*/daily", ""),
    ("GET", "/api/performance/public/leaderboard?period=all&plugin_id=ma_cross&sort=rank", ""),
    ("PUT", "/api/users/me", '{"username": "Ada"}'),
    ("POST", "/api/ledger/fills", '{"plugin_id": "ma_cross", "kind": "journal", "fills": []}'),
)


def main() -> None:
    """Attack each target; Refusal when one of them gives way."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RATE_LIMITS"] = "*=off"
        with wordpress_stack(Path(folder), wordpress=False) as stack:
            stack.flask("accounts", "create-user", EMAIL)
            key = stack.flask("accounts", "create-key", EMAIL, "--scopes", SCOPES).split()[-1]
            faults = [each for each in TARGETS if not _holds(stack.service, key, *each)]
    if faults:
        raise Refusal(f"{len(faults)} of {len(TARGETS)} targets gave way")
    say(f"{len(TARGETS)} targets, none gave way")


def _holds(service: str, key: str, method: str, path: str, body: str) -> bool:
    command = [
        str(Path(sys.executable).parent / "sqlmap"), "-u", service + path, "--batch",
        "--method", method, "--level", LEVEL, "--risk", "1", "--technique", "BEUST",
        "--time-sec", "2", "--flush-session", "--disable-coloring", "--ignore-code", "*",
        "-H", f"Authorization: Bearer {key}", *(["--data", body] if body else []),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # A run that was not let in proves nothing.
    was_in = "injectable" in done.stdout and "401 (Unauthorized)" not in done.stdout
    holds = was_in and FOUND not in done.stdout
    say(f"{'holds' if holds else 'GIVES WAY'}: {method} {path}")
    if not holds:
        say(done.stdout[-2000:])
    return holds


if __name__ == "__main__":
    run_main(main)
