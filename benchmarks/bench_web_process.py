"""web-import, web-memory: what a web process costs before it has done anything, and after a while.

The CPU time until `wsgi` is imported, the least of several runs (what else the machine does only
adds), beside that of the libraries alone; with bytecode, as an installed program has it. And the
resident memory of the largest web process after
some thousand requests for figures, boards, the API's description, and refused ones.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from harness import print_ratio  # noqa: E402
from processes import Connections, family, request  # noqa: E402
from servers import ROOT, free_port, serve, stop  # noqa: E402

from tests.services import redis_server  # noqa: E402

RUNS = int(os.environ.get("RUNS", "7"))
IMPORT_SECONDS = 1.2
MEGABYTES = 200
LIBRARIES = "flask, flask_login, flask_sqlalchemy, pydantic, sqlalchemy.orm, redis, structlog, jwt"
PATHS = (
    "/api/performance/public/leaderboard",
    "/api/openapi.json",
    "/api/docs",
    "/api/performance/1/all-time",
    "/api/ledger/accounts",
    "/healthz",
)


def import_seconds(names: str) -> float:
    """Return the least CPU time of a Python that imports some modules, without Python's own."""
    code = f"import time; a = time.process_time(); import {names}; print(time.process_time() - a)"
    found = [
        float(
            subprocess.run(
                [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
            ).stdout.split()[-1]
        )
        for _ in range(RUNS)
    ]
    return min(found)


def make_key() -> str:
    """Return a member's key, on a fresh database."""
    for arguments in (
        ("db-upgrade",),
        ("accounts", "create-user", "web@example.test", "--tier", "mid"),
        ("accounts", "create-key", "web@example.test"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
    return done.stdout.split()[-1]


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    """Print both."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.monotonic()
    key = make_key()
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as redis_url:
        port = free_port()
        server = serve("wsgi:app", port, REDIS_URL=redis_url, RATE_LIMITS="*=off")
        try:
            connections = Connections(port, 8)
            for headers in ({"Authorization": f"Bearer {key}"}, {}):
                asked = [request(path, headers) for path in PATHS for _ in range(300)]
                connections.send(asked, lambda _answer: None)
            connections.close()
            memory = max(memory_mb(pid) for pid in family(server.pid))
        finally:
            stop(server)
    ours, libraries = import_seconds("wsgi"), import_seconds(LIBRARIES)
    print(f"import of the application {ours:.2f} s CPU, of its libraries alone {libraries:.2f} s")
    print(f"largest web process {memory:.0f} MB")
    print(f"all of it took {time.monotonic() - began:.0f} s")
    print_ratio("web-memory", memory, MEGABYTES)
    print_ratio("web-import", ours, IMPORT_SECONDS)


if __name__ == "__main__":
    main()
