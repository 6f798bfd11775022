"""The plugin in a real WordPress (PHPUnit), and its token read by another library."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import jwt
import pytest

from scripts.wordpress.download import ensure_core

TESTS = Path(__file__).resolve().parent / "php"
PLUGIN = TESTS.parents[2] / "wp-plugin"

pytestmark = pytest.mark.skipif(
    shutil.which("php") is None or not Path("/usr/bin/phpunit").exists(),
    reason="needs php and phpunit",
)


@pytest.fixture(scope="session")
def wordpress(tmp_path_factory) -> dict[str, str]:
    environment = {
        **os.environ,
        "WORDPRESS_CORE": str(ensure_core()),
        "WORDPRESS_TEST_DIR": str(tmp_path_factory.mktemp("wordpress")),
    }
    subprocess.run(["php", str(TESTS / "bootstrap.php")], env=environment, check=True, timeout=60)
    return environment


@pytest.mark.req("S4-83", "S4-84", "S4-85", "S4-86", "S4-87", "S4-104")
def test_the_plugin_does_in_wordpress_what_its_tests_say(wordpress):
    command = ["php", "-d", f"auto_prepend_file={TESTS / 'bootstrap.php'}", "/usr/bin/phpunit"]
    command += ["--no-configuration", "--fail-on-warning", "--fail-on-risky", str(TESTS)]
    done = subprocess.run(
        command, env=wordpress, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.req("S4-107")
def test_another_library_accepts_the_token_of_the_plugin():
    code = (
        "define( 'ABSPATH', '/' );"
        "function wp_json_encode( $data, $flags = 0 ) { return json_encode( $data, $flags ); }"
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
    assert (claims["sub"], claims["caps"], claims["sid"]) == ("site-1:0", [], "")
