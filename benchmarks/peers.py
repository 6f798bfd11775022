"""An environment of their own for the engines that the backtests are measured against."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".cache" / "backtest-peers"
PACKAGES = ("vectorbt", "backtrader", "backtesting")
SCRIPT = Path(__file__).resolve().parent / "references" / "backtest_peers.py"


def find_python() -> str | None:
    """Return the interpreter that has the engines, made on first use; None: it cannot be made."""
    python, ready = FOLDER / "bin" / "python", FOLDER / "ready"
    if not ready.exists():
        try:
            _call(sys.executable, "-m", "venv", str(FOLDER))
            _call(str(python), "-m", "pip", "install", "-q", *PACKAGES)
        except subprocess.CalledProcessError as error:
            print(f"the other engines cannot be installed: {error.stderr.strip()[-300:]}")
            return None
        ready.touch()
    return str(python)


def time_peer(python: str, engine: str, columns: object, runs: int = 3) -> tuple[float, int]:
    """Return the median CPU seconds of an engine over the bars, and its number of trades."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bars.npz"
        np.savez(path, **columns._asdict())
        done = _call(python, str(SCRIPT), engine, str(path), str(runs))
    seconds, _, trades = done.stdout.split()[-3:]
    return float(seconds), int(trades)


def _call(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=True)
