"""Our web server and Flask's hello world, started as `make run` starts them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from processes import Connections, cpu_seconds, family

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(target: str, port: int, *options: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start a server as `make run` does, and wait until it answers."""
    from scripts.commands import WEB_THREADS

    command = [sys.executable, "-m", "granian", "--interface", "wsgi", target]
    command += ["--host", "127.0.0.1", "--port", str(port), "--blocking-threads", WEB_THREADS]
    is_hello = target.startswith("hello")
    process = subprocess.Popen(
        [*command, *options],
        cwd=ROOT / "benchmarks/references" if is_hello else ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
    )
    for _ in range(300):
        try:
            path = "/hello" if is_hello else "/healthz"
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
        except urllib.error.HTTPError:
            return process
        except OSError:
            time.sleep(0.1)
        else:
            return process
    message = f"{target} did not start"
    raise SystemExit(message)


def spent(server: subprocess.Popen[bytes], port: int, requests: list[bytes]) -> float:
    """Return CPU seconds of the server for all requests, each of which must succeed."""

    def check(answer: bytes) -> None:
        if b" 200 " not in answer[:15]:
            raise SystemExit(answer[:200].decode("latin-1"))

    connections = Connections(port, 8)
    connections.send(requests[:50], check)
    pids = family(server.pid)
    before = cpu_seconds(pids)
    connections.send(requests, check)
    after = cpu_seconds(pids)
    connections.close()
    return after - before


def stop(*servers: subprocess.Popen[bytes]) -> None:
    """End servers."""
    for server in servers:
        server.terminate()
    for server in servers:
        server.wait(20)
