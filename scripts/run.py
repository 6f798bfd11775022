"""`make run`: everything on one machine, from an empty folder to a line that says ready."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import IO

from scripts import child, commands
from scripts.console import Refusal, run_main, say
from scripts.install import install_for_run
from scripts.settings import HOST, Settings, read_settings, require_free_ports
from scripts.supervisor import Spec, Supervisor
from scripts.wordpress.site import DEMO_MEMBER, LOGINS, Site

READY_SECONDS = 90.0
# After a kill -9 of the supervisor its children still need a moment to end.
HANDOVER_SECONDS = 20.0
END_WITH_PARENT = "--end-with-parent"


def main() -> None:
    """Install, start, say ready, and look after the children until told to stop."""
    stop = _StopRequest(end_with_parent=END_WITH_PARENT in sys.argv)
    settings = read_settings(os.environ)
    lock = _take_folder(settings.data_dir)
    require_free_ports(settings)
    install_for_run(settings.wp_version if settings.wordpress else None)
    child.adopt_orphans()
    supervisor = Supervisor(settings.logs, (lock.fileno(),), stop.requested)
    try:
        _start(settings, supervisor)
        supervisor.watch(until=lambda: False)
    except KeyboardInterrupt:
        say("stopping")
    finally:
        supervisor.stop()
    say("stopped")


class _StopRequest:
    """Set by a signal, or by the end of `make` when we were started by it."""

    def __init__(self, *, end_with_parent: bool) -> None:
        self._signalled = False
        self._parent = os.getppid() if end_with_parent else None
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._note)
        # nohup asks us to outlive the terminal.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._note)

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        if not self._signalled:
            self._signalled = True
            # Whatever is being waited for, an install say, is cut here; a second signal during
            # the orderly end is not, so that no child can be left behind.
            raise KeyboardInterrupt

    def requested(self) -> bool:
        """Tell whether we should stop."""
        return self._parent is not None and os.getppid() != self._parent


def _take_folder(data_dir: Path) -> IO[str]:
    """Lock DATA_DIR for us and our children; the lock ends with the last of them."""
    try:
        (data_dir / "logs").mkdir(parents=True, exist_ok=True)
        file = (data_dir / "run.lock").open("a+")
    except OSError as error:
        message = f"DATA_DIR {data_dir} cannot be used: {error.strerror}"
        raise Refusal(message, 2) from None
    deadline = time.monotonic() + HANDOVER_SECONDS
    while not _lock(file):
        owner = _owner(file)
        if owner is not None or time.monotonic() > deadline:
            by = f" (process {owner})" if owner else ""
            message = f"DATA_DIR {data_dir} is in use by another run{by}: stop it, or set DATA_DIR"
            raise Refusal(message)
        time.sleep(0.1)
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner(file: IO[str]) -> int | None:
    file.seek(0)
    text = file.read().strip()
    if not text.isdigit():
        return None
    command = Path(f"/proc/{text}/cmdline")
    try:
        return int(text) if b"scripts.run" in command.read_bytes() else None
    except OSError:
        return None


def _start(settings: Settings, supervisor: Supervisor) -> None:
    site = Site(settings) if settings.wordpress else None
    _start_service(settings, supervisor)
    if site:
        site.prepare(supervisor)
    _fill(settings, supervisor)
    _wait(supervisor, "the service", lambda: _is_healthy(settings), settings)
    _wait(supervisor, "the edge", lambda: _has_edge(settings), settings)
    ready = f"service={settings.service_url}"
    if site:
        supervisor.start(site.server())
        site.connect(supervisor, lambda: _connect_code(settings, supervisor))
        _wait(supervisor, "WordPress", lambda: _answers(settings.wordpress_url + "/"), settings)
        ready = f"wordpress={settings.wordpress_url} {ready}"
    say(f"ready {ready}")
    if not os.environ.get("SMTP_URL"):
        say(
            f"  mail is kept on this machine: {settings.service_url}/mail/box (SMTP_URL names a server)"
        )
    if settings.till:
        say(f"  test till {settings.till_url}: no money moves; its clock is at /test-clock")
    if site:
        for login in LOGINS:
            say(f"  {login}")


def _fill(settings: Settings, supervisor: Supervisor) -> None:
    """Put in what a new installation shows: robots, plans that can be bought, the demo."""
    # Keeps the code of each robot, so that no page waits for it to be looked at.
    _flask(settings, supervisor, "robots", "sync", "--demo" if settings.demo else "--no-demo")
    if settings.till:
        # What can be bought: a till that has just begun knows no plan.
        _flask(settings, supervisor, "billing", "sync-plans")
    if settings.demo:
        sample = ("--for", DEMO_MEMBER) if settings.wordpress else ()
        _flask(settings, supervisor, "seed-demo", *sample)


def _start_service(settings: Settings, supervisor: Supervisor) -> None:
    if settings.redis_url is None:
        supervisor.start(commands.redis(settings))
        _wait(supervisor, "redis", lambda: _listens(settings.redis_socket), settings)
    if settings.till:
        supervisor.start(commands.till(settings))
        _wait(supervisor, "the test till", lambda: _answers(settings.till_url), settings)
    _flask(settings, supervisor, "db-upgrade")
    for make_spec in (commands.web, commands.worker, commands.clock, commands.feed):
        supervisor.start(make_spec(settings))
    if settings.edge_url:
        supervisor.start(commands.edge(settings))


def _flask(settings: Settings, supervisor: Supervisor, *arguments: str) -> str:
    name = f"flask {arguments[0]}"
    spec = Spec(name, commands.flask(*arguments), settings.environment())
    return supervisor.run_once(spec)


def _connect_code(settings: Settings, supervisor: Supervisor) -> str:
    arguments = ("--own", "--name", "Harbor Street Trading", "--url", settings.wordpress_url)
    return _flask(settings, supervisor, "sites", "create-code", *arguments).split()[-1]


def _wait(supervisor: Supervisor, what: str, is_up: Callable[[], bool], settings: Settings) -> None:
    if not supervisor.watch(is_up, READY_SECONDS):
        message = f"{what} is not up after {READY_SECONDS:.0f} s: see {settings.logs}"
        raise Refusal(message)


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
            probe.sendall(b"PING\r\n")
            # While it reads its files it answers -LOADING.
            return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _is_healthy(settings: Settings) -> bool:
    body = _fetch(f"{settings.service_url}/healthz")
    return body is not None and json.loads(body).get("status") == "ok"


def _has_edge(settings: Settings) -> bool:
    return not settings.edge_url or _answers(f"http://{HOST}:{settings.edge_port}/healthz")


def _answers(url: str) -> bool:
    return _fetch(url) is not None


def _fetch(url: str) -> bytes | None:
    # No proxy of the environment stands between us and our own machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as response:
            body: bytes = response.read()
            return body
    except (urllib.error.URLError, OSError, ValueError):
        return None


if __name__ == "__main__":
    run_main(main)
