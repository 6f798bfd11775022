"""Temporary files of tests in memory, where there is room: databases are made of hundreds of them.

A copy of the migrated PostgreSQL takes 0.41 s on a disk and 0.03 s in memory.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 6 * 1024**3
"""What has to be free, in the folder and in the machine."""


def use() -> None:
    """Let everything below pytest make its temporary files in memory, unless TMPDIR says where."""
    if "TMPDIR" in os.environ or not _has_room():
        return
    os.environ["TMPDIR"] = str(MEMORY)
    # What the module has found out before counts no more.
    tempfile.tempdir = None


def _has_room() -> bool:
    try:
        told = Path("/proc/meminfo").read_text()
        free = int(told.partition("MemAvailable:")[2].split()[0]) * 1024
        return os.access(MEMORY, os.W_OK) and min(free, shutil.disk_usage(MEMORY).free) > ROOM
    except (OSError, ValueError, IndexError):
        return False
