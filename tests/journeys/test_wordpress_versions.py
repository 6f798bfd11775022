"""Both versions of WordPress that the plugin claims: its pages load, and leave no warning behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.settings import NEWEST_WORDPRESS, OLDEST_WORDPRESS
from tests.services import Stack, wordpress_stack

# The editor is large, and the oldest WordPress sends its scripts one by one.
SLOW = 60_000


# Not a parameter of `stack` itself: pytest would make the shared product anew for each version.
@pytest.fixture(scope="module", params=[NEWEST_WORDPRESS, OLDEST_WORDPRESS])
def version(request) -> str:
    """Return the newest version, then the oldest."""
    return request.param


@pytest.fixture(scope="module")
def stack(version, stack, tmp_path_factory) -> Iterator[Stack]:
    """Return the product on the newest WordPress, then on the oldest."""
    if version == NEWEST_WORDPRESS:
        yield stack
        return
    with wordpress_stack(tmp_path_factory.mktemp("oldest"), demo=True, version=version) as running:
        yield running


def warnings_of(stack: Stack) -> list[str]:
    log = stack.data_dir / "logs/wordpress-debug.log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [line for line in lines if "trading-robot-service" in line]


@pytest.mark.req("S4-66")
def test_public_pages_render(open_page, stack):
    for path, text in (("/performance/", "Leaderboard"), ("/pricing/", "Free")):
        page = open_page(path)
        assert page.locator(".trading-robot-service").first.is_visible()
        # Where the service is still busy with its first figures, the part loads a moment later.
        page.wait_for_selector(f"main >> text={text}", timeout=SLOW)
    assert warnings_of(stack) == []


def test_a_member_sees_the_dashboard(open_page, stack):
    page = open_page("/dashboard/", login=stack.member)
    page.wait_for_selector("#dashboard-overview:not([aria-busy])", timeout=SLOW)
    assert "paper accounts" in page.inner_text("main")
    assert warnings_of(stack) == []


def test_the_settings_and_every_screen_of_ours_load(open_page, stack):
    page = open_page("/wp-admin/", login=stack.admin)
    links = page.eval_on_selector_all(
        "#adminmenu a[href*='trading-robot-service']", "all => all.map( one => one.href )"
    )
    assert any("options-general.php?page=trading-robot-service" in link for link in links)
    for link in sorted(set(links)):
        answer = page.goto(link)
        assert answer.status == 200, link
        assert page.locator("#wpbody h1").first.is_visible(), link
        assert "critical error" not in page.inner_text("body"), link
    assert warnings_of(stack) == []


def test_the_editor_opens_a_page_of_ours(open_page, stack):
    page = open_page("/wp-admin/edit.php?post_type=page", login=stack.admin)
    page.goto(page.get_attribute("a.row-title[aria-label*='Pricing']", "href"))
    page.wait_for_selector(".editor-visual-editor, .edit-post-visual-editor", timeout=SLOW)
    # A block that cannot be read says so in the place where it stands.
    page.wait_for_timeout(1500)
    frames = [page, *page.frames[1:]]
    assert not any(one.locator(".block-editor-warning").count() for one in frames)
    assert warnings_of(stack) == []
