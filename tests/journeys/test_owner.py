"""A site owner: nothing leaves before connecting; connects, tests, rotates, disconnects, in wp-admin."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.services import Stack, wordpress_stack

SETTINGS = "/wp-admin/options-general.php?page=trading-robot-service"
HEALTH = "/wp-admin/site-health.php"
# Notes every call that our plugin makes; WordPress' own (updates, news) are not ours to judge.
LISTENER = """<?php
add_filter( 'pre_http_request', static function ( $before, $args, $url ) {
	foreach ( debug_backtrace( DEBUG_BACKTRACE_IGNORE_ARGS ) as $step ) {
		if ( false !== strpos( (string) ( $step['file'] ?? '' ), 'wp-plugin/' ) ) {
			file_put_contents( WP_CONTENT_DIR . '/calls.txt', $url . "\\n", FILE_APPEND );
			break;
		}
	}
	return $before;
}, 10, 3 );
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Iterator[Stack]:
    """Return a product of its own: what an owner breaks here is nobody else's."""
    with wordpress_stack(tmp_path_factory.mktemp("owner")) as running:
        content = running.data_dir / "wordpress/wp-content"
        (content / "mu-plugins").mkdir(exist_ok=True)
        (content / "mu-plugins/listener.php").write_text(LISTENER)
        yield running


def content(stack) -> Path:
    return stack.data_dir / "wordpress/wp-content"


def calls(stack) -> list[str]:
    path = content(stack) / "calls.txt"
    return path.read_text().splitlines() if path.exists() else []


def site_state(stack) -> str:
    rows = json.loads(stack.flask("sites", "list", "--format", "json"))
    assert len(rows) == 1
    return rows[0]["state"]


def press(page, step: str) -> str:
    """Press a button of the settings and return what the page says then."""
    page.click(f"button[name=step][value={step}]")
    page.wait_for_load_state()
    return page.inner_text(".wrap > .notice[role=status]")


def link_of(stack) -> str:
    """Return a connect link as the operator's command prints it."""
    lines = stack.flask("sites", "create-code", "--url", stack.wordpress).splitlines()
    return next(line for line in lines if "Connect link" in line).split()[-1]


def disconnect(page) -> str:
    page.click("summary:has-text('Disconnect')")
    return press(page, "disconnect")


def connect(page, link: str) -> str:
    page.fill("#trs-code", link)
    return press(page, "connect")


def test_nothing_leaves_before_the_owner_connects(open_page, stack):
    page = open_page(SETTINGS, login=stack.admin)
    said = disconnect(page)
    assert "here and at the service" in said
    assert site_state(stack) == "disconnected"
    (content(stack) / "calls.txt").unlink()
    plugins = f"{stack.wordpress}/wp-admin/plugins.php"
    row = "tr[data-plugin*='trading-robot-service']"
    for step in ("deactivate", "activate"):
        page.goto(plugins)
        page.click(f"{row} .{step} a")
        page.wait_for_load_state()
    links = page.eval_on_selector_all("#adminmenu a", "all => all.map( one => one.href )")
    assert len(links) > 25
    for link in {*links, f"{stack.wordpress}{HEALTH}", f"{stack.wordpress}{HEALTH}?tab=debug"}:
        assert page.context.request.get(link).status in {200, 403}, link
    page.goto(stack.wordpress + HEALTH)
    page.wait_for_selector(".site-status-has-issues", timeout=60_000)
    page.wait_for_selector(".site-health-progress:not(.loading)", timeout=60_000)
    paths = ("/", "/performance/", "/marketplace/", "/pricing/", "/dashboard/")
    for path in paths:
        assert page.context.request.get(stack.wordpress + path).status == 200
        answer = requests.get(stack.wordpress + path, timeout=20)
        assert answer.status_code == 200
        assert not answer.cookies
    ours = [call for call in calls(stack) if not call.startswith(stack.wordpress)]
    assert ours == []


def test_an_owner_pastes_one_line_and_is_done(open_page, stack):
    page = open_page(SETTINGS, login=stack.admin)
    assert "Nothing is sent" in page.inner_text(".wrap")
    assert "wrong, used or expired" in connect(page, f"{stack.service}/#connect=wrong-code-12")
    link = link_of(stack)
    assert "Connected" in connect(page, link)
    assert site_state(stack) == "active"
    assert "accepts this site" in press(page, "test")
    assert "answer in" in page.inner_text(".wrap")
    assert "no longer accepted" in press(page, "rotate")
    assert "accepts this site" in press(page, "test")
    page.click("input[name=trading_robot_service_charts]")
    page.click("text=Save")
    page.wait_for_load_state()
    assert page.is_checked("input[name=trading_robot_service_charts]")
    assert "there" in press(page, "pages")
    page.goto(stack.wordpress + "/performance/")
    assert "not connected" not in page.inner_text("body")


def test_site_health_says_how_it_is(open_page, stack):
    page = open_page(HEALTH, login=stack.admin)
    page.wait_for_selector(".site-health-progress:not(.loading)", timeout=60_000)
    page.wait_for_timeout(3000)
    page.click(".site-health-view-passed")
    passed = page.inner_text("#health-check-issues-good")
    for said in ("is connected", "answers", "clocks", "REST API", "No cache keeps"):
        assert said in passed, (said, passed[-1500:])


@pytest.mark.parametrize("width", [1280, 360])
def test_the_settings_fit_every_width(open_page, stack, width, tmp_path):
    page = open_page(SETTINGS, login=stack.admin, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=tmp_path / "settings.png", full_page=True)


def signed_in_with_new_keys(open_page, stack):
    """Return wp-admin once every process of PHP has seen the new keys.

    PHP looks every few seconds whether a file that it has compiled was changed; until all have
    looked, one of them does not know the session that another began.
    """
    for _ in range(10):
        time.sleep(2.1)
        page = open_page("/wp-admin/", login=stack.admin, ends_session=True)
        answers = [page.context.request.get(f"{stack.wordpress}/wp-admin/") for _ in range(12)]
        if all("wp-login" not in answer.url for answer in answers):
            page.goto(f"{stack.wordpress}/wp-admin/")
            return page
    pytest.fail("PHP does not see the new keys")


def test_new_keys_in_wp_config_ask_to_connect_again(open_page, stack):
    salts = stack.data_dir / "wordpress/wp-salts.php"
    salts.write_text(salts.read_text().replace("'AUTH_SALT', '", "'AUTH_SALT', 'changed-"))
    page = signed_in_with_new_keys(open_page, stack)
    assert "cannot read its secret" in page.inner_text("#wpbody")
    page.goto(stack.wordpress + SETTINGS)
    assert "Connected" in connect(page, link_of(stack))
    assert site_state(stack) == "active"


def test_an_owner_disconnects_though_the_service_is_away(open_page, stack):
    page = open_page(SETTINGS, login=stack.admin, ends_session=True)
    away = content(stack) / "mu-plugins/away.php"
    away.write_text(
        "<?php add_filter( 'pre_http_request', static function () "
        "{ return new WP_Error( 'http_request_failed', 'away' ); } );"
    )
    try:
        said = disconnect(page)
    finally:
        away.unlink()
    assert "could not be told" in said
    assert "Nothing is sent" in page.inner_text(".wrap")
    assert site_state(stack) == "active"
    log = stack.data_dir / "logs/wordpress-debug.log"
    lines = log.read_text().splitlines() if log.exists() else []
    assert [line for line in lines if "wp-plugin" in line] == []
