"""The plugin in a real WordPress (PHPUnit), and its token read by another library."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import jwt
import pytest

from app.accounts.rules import address_hash
from scripts.settings import NEWEST_WORDPRESS, OLDEST_WORDPRESS
from scripts.wordpress.download import ensure_core

TESTS = Path(__file__).resolve().parent / "php"
PLUGIN = TESTS.parents[2] / "wp-plugin"
CASES = sorted(TESTS.glob("*Test.php"))

pytestmark = pytest.mark.skipif(
    shutil.which("php") is None or not Path("/usr/bin/phpunit").exists(),
    reason="needs php and phpunit",
)


@pytest.fixture(scope="session", params=[NEWEST_WORDPRESS, OLDEST_WORDPRESS])
def installed(request, tmp_path_factory) -> dict[str, str]:
    """Return the environment of a WordPress that has just been installed."""
    environment = {
        **os.environ,
        "WORDPRESS_CORE": str(ensure_core(request.param)),
        "WORDPRESS_TEST_DIR": str(tmp_path_factory.mktemp("wordpress")),
    }
    subprocess.run(["php", str(TESTS / "bootstrap.php")], env=environment, check=True, timeout=60)
    return environment


@pytest.mark.req("S4-83", "S4-84", "S4-85", "S4-86", "S4-87", "S4-104")
@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_plugin_does_in_wordpress_what_its_tests_say(case, installed, tmp_path):
    # Each in a WordPress and a process of its own: what one leaves behind is no business of another.
    folder = tmp_path / "wordpress"
    shutil.copytree(installed["WORDPRESS_TEST_DIR"], folder)
    command = ["php", "-d", f"auto_prepend_file={TESTS / 'bootstrap.php'}", "/usr/bin/phpunit"]
    command += ["--no-configuration", "--do-not-cache-result"]
    command += ["--fail-on-warning", "--fail-on-risky", str(case)]
    environment = {**installed, "WORDPRESS_TEST_DIR": str(folder)}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.req("S4-107")
def test_another_library_accepts_the_token_of_the_plugin():
    code = (
        "define( 'ABSPATH', '/' );"
        "function wp_json_encode( $data, $flags = 0 ) { return json_encode( $data, $flags ); }"
        "function home_url() { return 'https://Site.Example/'; }"
        "function wp_parse_url( $url, $part ) { return parse_url( $url, $part ); }"
        "function untrailingslashit( $text ) { return rtrim( $text, '/' ); }"
        f"require {json.dumps(str(PLUGIN / 'src/Connection.php'))};"
        f"require {json.dumps(str(PLUGIN / 'src/Token.php'))};"
        "$token = new TradingRobotService\\Token( 'site-1', 'key-1', 'secrét-of-thirty-two-bytes-or-more' );"
        "echo $token->sign( 'GET', '/embed/robot/a?x=%20y', '', TradingRobotService\\Token::of_visitor() );"
    )
    token = subprocess.run(
        ["php", "-r", code], capture_output=True, text=True, check=True, timeout=20
    ).stdout
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT", "kid": "key-1"}
    claims = jwt.decode(
        token,
        "secrét-of-thirty-two-bytes-or-more".encode(),
        algorithms=["HS256"],
        audience="trading-robot-service",
        issuer="site-1",
    )
    assert claims["htu"] == "/embed/robot/a?x=%20y"
    assert claims["surl"] == address_hash("https://site.example")
    assert (claims["sub"], claims["caps"], claims["sid"]) == ("site-1:0", [], "")
