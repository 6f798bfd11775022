"""`make run` for real, the service alone: it starts, restarts what dies, and leaves nothing."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from scripts.child import descendants
from scripts.settings import ROOT
from tests.services import free_ports, wordpress_stack


def below(pid: int) -> dict[int, str]:
    """Return the processes below `pid`, with their command lines."""
    return {child: command for child in descendants(pid) if (command := command_of(child))}


def command_of(pid: int) -> str:
    """Return the command line of a process, empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def wait_until(condition, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def health(service: str) -> dict:
    with urllib.request.urlopen(f"{service}/healthz", timeout=5) as response:
        return json.load(response)


def is_healthy(service: str) -> bool:
    try:
        return health(service)["status"] == "ok"
    except OSError:
        return False


def run_refused(**variables: str) -> tuple[int, list[str]]:
    """Run `make run` where it must not start; return its exit code and the lines it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts.run"],
        cwd=ROOT,
        env={**os.environ, "WORDPRESS": "0", "DEMO": "0", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    with wordpress_stack(tmp_path_factory.mktemp("run"), wordpress=False) as running:
        yield running


def pids_of(stack, part: str) -> set[int]:
    return {pid for pid, command in below(stack.process.pid).items() if part in command}


def test_it_says_ready_when_every_part_is_up(stack):
    parts = health(stack.service)

    assert f"ready service={stack.service}" in stack.output.read_text().splitlines()
    assert {parts[name] for name in ("database", "redis", "worker", "clock")} == {"ok"}


def test_a_second_run_on_the_same_folder_is_refused_in_one_line(stack):
    (port,) = free_ports(1)
    code, lines = run_refused(DATA_DIR=str(stack.data_dir), PORT=str(port))

    assert code == 1
    assert len(lines) == 1
    assert f"is in use by another run (process {stack.process.pid})" in lines[0]


def test_a_taken_port_is_one_clear_line(stack, tmp_path):
    port = stack.service.rpartition(":")[2]
    code, lines = run_refused(DATA_DIR=str(tmp_path), PORT=port)

    assert code == 1
    assert lines == [
        f"port {port} is taken on 127.0.0.1: stop what listens there, or set PORT",
    ]
    assert not (tmp_path / "service.sqlite3").exists()


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"PORT": "http"}, "PORT=http is not a port number (1 to 65535)"),
        ({"PORT": "70000"}, "PORT=70000 is not a port number (1 to 65535)"),
        ({"PORT": "80", "WP_PORT": "80", "WORDPRESS": "1"}, "PORT and WP_PORT are both 80"),
        ({"PORT": "5001"}, "PORT and EDGE_PORT are both 5001: choose two"),
        ({"DATA_DIR": "/proc/nowhere"}, "DATA_DIR /proc/nowhere cannot be used"),
        ({"DATA_DIR": "/tmp/" + "x" * 120}, "DATA_DIR is too long for a socket in it"),
    ],
)
def test_a_variable_that_cannot_work_is_one_clear_line(variables, line):
    code, lines = run_refused(**variables)

    assert code == 2
    assert len(lines) == 1
    assert line in lines[0]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("clock", "workers.clock"),
        ("worker", "workers.run"),
        ("web", "wsgi:app"),
        ("edge", "app.edge"),
        ("feed", "app.market.feed"),
        ("till", "tests.fakes.stripe"),
        ("redis", "redis.sock"),
    ],
)
def test_a_child_that_is_killed_comes_back(stack, name, part):
    before = pids_of(stack, part)
    os.kill(min(before), signal.SIGKILL)

    wait_until(lambda: f"{name} ended (killed by SIGKILL)" in stack.output.read_text())
    wait_until(lambda: pids_of(stack, part) - before)
    wait_until(lambda: is_healthy(stack.service))
    assert not before & pids_of(stack, part)


def test_a_child_whose_watcher_is_killed_comes_back(stack):
    before = pids_of(stack, "granian")
    watcher = next(pid for pid in pids_of(stack, "child.py") if before & {*below(pid)})
    os.kill(watcher, signal.SIGKILL)

    wait_until(lambda: pids_of(stack, "granian") - before)
    wait_until(lambda: is_healthy(stack.service))
    assert not before & pids_of(stack, "granian")


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_supervisor(tmp_path, name):
    with wordpress_stack(tmp_path, wordpress=False) as running:
        children = below(running.process.pid)
        assert len(children) > 8
        running.process.send_signal(name)
        running.process.wait(30)

        wait_until(lambda: not any(command_of(pid) == text for pid, text in children.items()))
        assert "Traceback" not in running.output.read_text()
