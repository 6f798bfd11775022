"""Eight PHP processes ask at the same moment: the service sees what one of them would ask."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from scripts.wordpress.download import ensure_core

TESTS = Path(__file__).resolve().parent / "php"
PROCESSES = 8

pytestmark = pytest.mark.skipif(shutil.which("php") is None, reason="needs php")


@contextmanager
def service(status: int = 200, seconds: float = 0.15) -> Iterator[tuple[str, list[str]]]:
    """Answer every request in the same way and note its address."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            time.sleep(seconds)
            body = b"<p>new</p>"
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("X-TRP-Service", "1")
            self.send_header("ETag", '"new"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_arguments):
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> dict[str, str]:
    environment = {
        **os.environ,
        "WORDPRESS_CORE": str(ensure_core()),
        "WORDPRESS_TEST_DIR": str(tmp_path_factory.mktemp("crowd")),
    }
    subprocess.run(["php", str(TESTS / "bootstrap.php")], env=environment, check=True, timeout=60)
    return environment


def crowd(site: dict[str, str], url: str, **options: str) -> list[dict]:
    """Let all processes ask from the same moment on, and return what each of them saw."""
    command = [
        "php",
        "-d",
        f"auto_prepend_file={TESTS / 'bootstrap.php'}",
        str(TESTS / "crowd.php"),
    ]
    environment = {**site, "SERVICE_URL": url, **options}
    subprocess.run(command, env={**environment, "STEP": "prepare"}, check=True, timeout=60)
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    running = [
        subprocess.Popen(command, env=environment, text=True, **pipes) for _ in range(PROCESSES)
    ]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60) for process in running]
    assert all(process.returncode == 0 for process in running), outputs
    return [json.loads(out) for out, _errors in outputs]


@pytest.mark.parametrize("object_cache", ["", "1"])
@pytest.mark.parametrize("age", ["40", "4000", ""])
def test_an_expired_copy_is_asked_for_once(site, age, object_cache):
    with service(seconds=1.0) as (url, asked):
        saw = crowd(site, url, COPY_AGE=age, OBJECT_CACHE=object_cache)
    assert asked == ["/embed/pricing"]
    assert all("200<p>new</p>" in one["seen"] for one in saw)
    if age:
        # While one asks, the others show the copy and wait for nobody.
        assert sum(one["seen"].get("200<p>old</p>", 0) for one in saw) > PROCESSES
        assert sorted(one["slowest"] for one in saw)[-2] < 1.0


def test_a_failure_is_remembered_by_all(site):
    with service(status=500) as (url, asked):
        saw = crowd(site, url, COPY_AGE="40")
    assert asked == ["/embed/pricing"]
    assert all(list(one["seen"]) == ["200<p>old</p>"] for one in saw)


def test_one_request_tries_a_service_that_did_not_answer(site):
    with service(status=500, seconds=0.3) as (url, asked):
        crowd(site, url, BREAKER="open", APART="1")
    assert len(asked) == 1
    with service(seconds=0.3) as (url, asked):
        saw = crowd(site, url, BREAKER="open", APART="1")
    # After the one that went well all others may ask, each its own question once.
    assert sorted(asked) == sorted(set(asked))
    assert len(asked) == PROCESSES
    assert all(one["breaker"] is None for one in saw)


def test_no_failure_of_a_crowd_is_lost_or_counted_twice(site):
    with service(status=500) as (url, asked):
        saw = crowd(site, url, APART="1")
    assert 3 <= len(asked) <= PROCESSES
    assert int(saw[-1]["breaker"].split()[0]) == len(asked)
