"""The router of PHP's web server: what it serves, hands to WordPress, and refuses."""

import http.client
import subprocess
import time

import pytest

from scripts.settings import HOST, ROOT
from tests.services import free_ports

ROUTER = ROOT / "scripts/wordpress/router.php"
FILES = {
    "index.php": "<?php echo 'wordpress ', $_SERVER['REQUEST_URI'];",
    "style.css": "body{}",
    "wp-admin/index.php": "<?php echo 'admin';",
    "wp-login.php": "<?php echo 'login';",
    "wp-config.php": "<?php echo 'config';",
    "wp-salts.php": "<?php echo 'salts';",
    ".htaccess": "secret",
    "wp-content/database/wordpress.sqlite": "secret",
    "wp-content/debug.log": "secret",
    "wp-content/uploads/shell.php": "<?php echo 'shell';",
    "wp-content/uploads/chart.png": "picture",
}


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    root = tmp_path_factory.mktemp("site")
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (number,) = free_ports(1)
    command = ["php", "-S", f"{HOST}:{number}", "-t", str(root), str(ROUTER)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield number
        process.terminate()


def get(port: int, path: str) -> tuple[int, str]:
    """Ask for exactly this path: no client may tidy it up on the way."""
    deadline = time.monotonic() + 10
    while True:
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        finally:
            connection.close()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/style.css", "body{}"),
        ("/wp-login.php?action=logout", "login"),
        ("/wp-admin/", "admin"),
        ("/wp-content/uploads/chart.png", "picture"),
        ("/", "wordpress /"),
        ("/marketplace/?trp_sort=name", "wordpress /marketplace/?trp_sort=name"),
        ("/wp-json/trading-robot-service/v1/x", "wordpress /wp-json/trading-robot-service/v1/x"),
    ],
)
def test_it_serves_files_and_hands_the_rest_to_wordpress(port, path, body):
    assert get(port, path) == (200, body)


@pytest.mark.parametrize(
    "path",
    [
        "/.htaccess",
        "/wp-content/database/wordpress.sqlite",
        "/wp-content/database/",
        "/wp-content//database/wordpress.sqlite",
        "//wp-content/debug.log",
        "/wp-content/%64atabase/wordpress.sqlite",
        "/wp-content/uploads/../database/wordpress.sqlite",
        "/wp-content/uploads/%2e%2e/database/wordpress.sqlite",
        "/wp-content/debug.log",
        "/wp-content/uploads/shell.php",
        "/wp-content/uploads/shell.php/x",
        "/wp-config.php",
        "/wp-salts.php",
    ],
)
def test_it_refuses_what_is_private(port, path):
    assert get(port, path) == (403, "Forbidden\n")


def test_a_folder_gets_its_slash(port):
    assert get(port, "/wp-admin")[0] == 301
