"""Real servers for tests: Redis, PostgreSQL, and the whole stack with WordPress.

Each runs behind the watcher of `make run` (scripts/child.py), so none outlives pytest, however
that ends.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts import commands
from scripts.settings import HOST, NEWEST_WORDPRESS, ROOT, TILL_KEY
from scripts.supervisor import Child, Spec

START_SECONDS = 30.0
STACK_SECONDS = 280.0
# `make run`, but what is killed again and again does not wait ever longer for its next start.
EAGER = """
from scripts import run, supervisor
supervisor.LONGEST_DELAY_SECONDS = supervisor.FIRST_DELAY_SECONDS
run.run_main(run.main)
"""
DATABASE_USER = "postgres"


class ServerNotUpError(Exception):
    """A server did not come up; the message holds what it said."""


@contextlib.contextmanager
def redis_server(tmp: Path) -> Iterator[str]:
    """Run a Redis with its data in `tmp` and yield its URL."""
    # Not in `tmp`: the path of a socket is limited to 107 bytes.
    with tempfile.TemporaryDirectory(prefix="trp-redis-") as folder:
        path = Path(folder) / "redis.sock"
        with _running("redis", commands.redis_command(tmp, path), tmp):
            _wait_until(path.is_socket, tmp / "redis.log")
            yield f"unix://{path}"


# What a test server saves: nothing of it outlives the tests.
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# What is acknowledged is in the log when the server dies; that the machine dies is not tried.
CRASH_SAFE = {"fsync": "off", "synchronous_commit": "on", "full_page_writes": "on"}


@contextlib.contextmanager
def postgres_server(tmp: Path) -> Iterator[str]:
    """Run a PostgreSQL on a socket of its own and yield the URL of its first database."""
    with postgres_cluster(tmp, QUICK) as cluster:
        yield cluster.url


@contextlib.contextmanager
def postgres_cluster(tmp: Path, settings: dict[str, str] = CRASH_SAFE) -> Iterator[Cluster]:
    """Run a PostgreSQL that a test may let die and start again."""
    # Not in `tmp`, which only we may enter: the server refuses to run as root.
    folder = Path(tempfile.mkdtemp(prefix="trp-postgres-"))
    cluster = Cluster(folder, tmp / "postgres.log", settings)
    try:
        cluster.make()
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Cluster:
    """The files of a PostgreSQL, and its server while it runs."""

    def __init__(self, folder: Path, log: Path, settings: dict[str, str]) -> None:
        self._folder, self._log, self._settings = folder, log, settings
        self._binaries = max(Path("/usr/lib/postgresql").glob("*/bin/initdb")).parent
        self._prefix = _as_database_user(folder)
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """The URL of its first database."""
        return f"postgresql://{DATABASE_USER}@/postgres?host={self._folder}"

    def make(self) -> None:
        """Make its files."""
        initdb = [str(self._binaries / "initdb"), "-D", str(self._folder / "data"), "-A", "trust"]
        subprocess.run(
            [*self._prefix, *initdb, "-U", DATABASE_USER, "-N", "-E", "UTF8", "--locale=C.UTF-8"],
            check=True,
            capture_output=True,
            cwd=self._folder,
        )

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._folder),
            "max_connections": "200",
            **self._settings,
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        server = [str(self._binaries / "postgres"), "-D", str(self._folder / "data"), *flags]
        with self._log.open("ab") as log:
            self._child = Child(Spec("postgres", [*self._prefix, *server], os.environ), log, log)
        _wait_until(_is_ready(self._binaries, self._folder), self._log)

    def die(self) -> None:
        """End the server as `pg_ctl stop -m immediate` does: at once, without writing anything."""
        process = int((self._folder / "data/postmaster.pid").read_text().split()[0])
        os.kill(process, signal.SIGQUIT)
        self.stop()

    def stop(self) -> None:
        """End the server, or see it off."""
        if self._child is not None:
            self._child.stop()


@dataclass
class Stack:
    """A running product: the service and, unless left out, a WordPress connected to it."""

    service: str
    wordpress: str
    edge: str
    data_dir: Path
    process: subprocess.Popen[bytes]
    output: Path
    environment: dict[str, str] = field(repr=False)
    till: str = ""
    """Where the test till listens, which stands in for Stripe."""
    admin: tuple[str, str] = ("admin", "admin-demo")
    member: tuple[str, str] = ("demo", "demo")
    other_member: tuple[str, str] = ("demo2", "demo2")

    def flask(self, *arguments: str) -> str:
        """Run a flask command on the data of this stack and return what it printed."""
        done = subprocess.run(
            commands.flask(*arguments),
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        return done.stdout

    def clear_charts(self, login: tuple[str, str]) -> None:
        """Delete every chart of somebody, so that the desk opens without what others drew there."""
        path = self.data_dir / "service.sqlite3"
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as database, database:
            database.execute(
                "UPDATE charts SET deleted_at = changed_at WHERE deleted_at IS NULL"
                " AND user_id = (SELECT id FROM users WHERE email = ?)",
                (f"{login[0]}@harborstreet.example",),
            )

    def give_plan(self, login: tuple[str, str], tier: str) -> None:
        """Put somebody who has been on the dashboard once on a plan, as the operator may."""
        code = (
            "import sys; from app import create_app; from app.accounts import service as accounts;"
            "from app.billing import service as billing; from app.core.db import transaction;"
            "app = create_app(); context = app.app_context(); context.push();"
            "user = accounts.find_user_by_email(sys.argv[1]);\n"
            "with transaction(): billing.subscribe(user.id, sys.argv[2], source='operator')"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, f"{login[0]}@harborstreet.example", tier],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)


@contextlib.contextmanager
def wordpress_stack(
    tmp: Path,
    *,
    demo: bool = False,
    wordpress: bool = True,
    version: str = NEWEST_WORDPRESS,
    eager: bool = False,
    options: Sequence[str] = (),
) -> Iterator[Stack]:
    """Run what `make run` runs, on free ports and throwaway data, until it says ready.

    With `eager` each process that dies starts again after half a second, however often it dies.
    """
    data_dir = Path(tempfile.mkdtemp(prefix="trp-stack-"))
    port, wp_port, edge_port, till_port = free_ports(4)
    environment = {
        **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
        "PORT": str(port),
        "WP_PORT": str(wp_port),
        "EDGE_PORT": str(edge_port),
        "TILL_PORT": str(till_port),
        "DATA_DIR": str(data_dir),
        "DEMO": "1" if demo else "0",
        "WORDPRESS": "1" if wordpress else "0",
        "WP_VERSION": version,
        "WEBHOOKS_ALLOW_LOCAL": "1",
        # A second process for long jobs only takes from the machine what the test needs.
        "BULK_WORKERS": os.environ.get("BULK_WORKERS", "1"),
        # Tests ask more often than programs; the limits of a site's pages stay as they are.
        "RATE_LIMITS": os.environ.get("RATE_LIMITS", "key=1000000/60 anonymous=1000000/60"),
    }
    till = f"http://{HOST}:{till_port}"
    output = tmp / "run.out"
    program = ("-c", EAGER) if eager else ("-m", "scripts.run")
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, *program, "--end-with-parent", *options],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until(
            lambda: "\nready " in "\n" + output.read_text() or process.poll() is not None,
            output,
            STACK_SECONDS,
        )
        if process.poll() is not None:
            raise ServerNotUpError(output.read_text())
        yield Stack(
            service=f"http://{HOST}:{port}",
            edge=f"http://{HOST}:{edge_port}",
            wordpress=f"http://{HOST}:{wp_port}" if wordpress else "",
            data_dir=data_dir,
            process=process,
            output=output,
            environment={
                **environment,
                "REDIS_URL": f"unix://{data_dir}/redis.sock",
                **_till(till),
            },
            till=till,
        )
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(data_dir, ignore_errors=True)


def _till(url: str) -> dict[str, str]:
    """What a command needs that asks the till."""
    return {"STRIPE_API_KEY": TILL_KEY, "STRIPE_API_BASE": url, "STRIPE_IS_TEST_TILL": "1"}


def free_ports(count: int) -> list[int]:
    """Return ports on which nobody listens."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


@contextlib.contextmanager
def _running(name: str, command: Sequence[str], tmp: Path) -> Iterator[Child]:
    with (tmp / f"{name}.log").open("ab") as log:
        child = Child(Spec(name, command, os.environ), log, log)
    try:
        yield child
    finally:
        child.stop()


def _wait_until(is_up: Callable[[], bool], log: Path, seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_up():
        if time.monotonic() > deadline:
            raise ServerNotUpError(log.read_text())
        time.sleep(0.05)


def _as_database_user(folder: Path) -> list[str]:
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam(DATABASE_USER)
    os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o700)
    identity = ["--reuid", DATABASE_USER, "--regid", str(user.pw_gid), "--init-groups"]
    return ["setpriv", *identity]


def _is_ready(binaries: Path, folder: Path) -> Callable[[], bool]:
    command = [str(binaries / "pg_isready"), "-q", "-h", str(folder)]
    return lambda: subprocess.run(command, check=False).returncode == 0
