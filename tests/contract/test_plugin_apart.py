"""The plugin in a network of sites, and against a real service: each in a WordPress of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from scripts.wordpress.download import ensure_core

TESTS = Path(__file__).resolve().parent / "php"
CODES = 7

pytestmark = pytest.mark.skipif(
    shutil.which("php") is None or not Path("/usr/bin/phpunit").exists(),
    reason="needs php and phpunit",
)


def run(folder: Path, name: str, **own: str) -> None:
    """Install a WordPress in `folder` and run one file of tests in it."""
    environment = {
        **os.environ,
        **own,
        "WORDPRESS_CORE": str(ensure_core()),
        "WORDPRESS_TEST_DIR": str(folder),
    }
    bootstrap = str(TESTS / "bootstrap.php")
    subprocess.run(["php", bootstrap], env=environment, check=True, timeout=60, capture_output=True)
    command = ["php", "-d", f"auto_prepend_file={bootstrap}", "/usr/bin/phpunit"]
    command += ["--no-configuration", "--fail-on-warning", "--fail-on-risky"]
    done = subprocess.run(
        [*command, str(TESTS / "apart" / name)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "OK (" in done.stdout


@pytest.fixture
def wordpress(tmp_path):
    """Return an empty folder for the database of a WordPress."""
    folder = tmp_path / "wordpress"
    folder.mkdir()
    return folder


def test_each_site_of_a_network_is_by_itself(wordpress):
    run(wordpress, "Network.php", WORDPRESS_NETWORK="1")


@pytest.fixture
def service(app):
    """Return the address of the application, listening."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.mark.req("S4-107")
def test_a_connection_lives_as_both_sides_say(wordpress, service):
    from app.accounts import service as accounts
    from app.core.db import transaction

    with transaction():
        codes = [accounts.create_connect_code(f"Site {number}") for number in range(CODES)]
    run(wordpress, "RealService.php", SERVICE_URL=service, SERVICE_CODES=",".join(codes))
