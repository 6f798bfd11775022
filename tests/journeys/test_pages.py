"""Pages: the owner makes them by the wizard, an editor places a block, and two screens share a page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests

from tests.services import Stack, wordpress_stack

WIZARD = "/wp-admin/admin.php?page=trading-robot-service-pages"
NAMES = (
    "Home",
    "Performance",
    "Marketplace",
    "Pricing",
    "How it works",
    "Getting started",
    "Desk",
    "Coach",
    "Dashboard",
)
PATHS = ("/", *("/" + name.lower().replace(" ", "-") + "/" for name in NAMES[1:]))
# The editor is large, and the machine may be busy.
SLOW = 90_000
READY = """() => window.wp && wp.data && wp.data.select( 'core/editor' )
  && wp.data.select( 'core/editor' ).getCurrentPostId()
  && wp.blocks.getBlockType( 'trading-robot-service/robot' )"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Iterator[Stack]:
    """Return a product of its own: pages are thrown away here."""
    with wordpress_stack(tmp_path_factory.mktemp("pages"), demo=True) as running:
        yield running


def states(page) -> dict[str, str]:
    """Return what the wizard says of each page."""
    rows = page.locator("table.trp-table tbody tr")
    return {
        row.locator("th").inner_text().strip(): row.locator("td").nth(1).inner_text().split("\n")[0]
        for row in rows.all()
    }


def api(page, path: str, method: str = "GET", data: dict | None = None):
    """Call WordPress as the owner, from a page of wp-admin."""
    nonce = page.request.get(
        page.url.split("/wp-admin")[0] + "/wp-admin/admin-ajax.php?action=rest-nonce"
    )
    answer = page.request.fetch(
        page.url.split("/wp-admin")[0] + "/wp-json/wp/v2/" + path,
        method=method,
        headers={"X-WP-Nonce": nonce.text()},
        data=data,
    )
    assert answer.ok, answer.text()
    return answer.json()


def remove_everything(page) -> None:
    for kind in ("pages", "navigation"):
        for one in api(page, f"{kind}?per_page=100&status=publish,draft,trash"):
            api(page, f"{kind}/{one['id']}?force=true", "DELETE")


@pytest.mark.req("S4-66", "S4-77", "S4-78")
@pytest.mark.parametrize("width", [1280, 390])
def test_the_owner_makes_the_pages_by_the_wizard(open_page, stack, width):
    page = open_page(WIZARD, login=stack.admin, width=width)
    remove_everything(page)
    page.goto(stack.wordpress + WIZARD)
    assert states(page) == dict.fromkeys(NAMES, "Not made")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Make what is ticked").click()
    page.wait_for_load_state()
    assert f"{len(NAMES)} pages are there now" in page.inner_text("[role=status]")
    assert states(page) == dict.fromkeys(NAMES, "Made")
    for path in PATHS:
        answer = requests.get(stack.wordpress + path, timeout=20)
        assert answer.status_code == 200
        assert '<meta name="description"' in answer.text
    # Nothing twice, and what the owner changed or threw away stays that way.
    ids = {one["slug"]: one["id"] for one in api(page, "pages?per_page=100")}
    assert len(ids) == len(NAMES)
    api(page, f"pages/{ids['pricing']}", "POST", {"content": "<p>My own words</p>"})
    api(page, f"pages/{ids['how-it-works']}", "DELETE")
    page.goto(stack.wordpress + WIZARD)
    assert "changed by you" in page.locator("tr", has_text="Pricing").first.inner_text()
    assert states(page)["How it works"] == "In the trash"
    page.get_by_role("checkbox", name="How it works").check()
    page.get_by_role("button", name="Make what is ticked").click()
    page.wait_for_load_state()
    assert states(page) == dict.fromkeys(NAMES, "Made")
    assert {one["slug"]: one["id"] for one in api(page, "pages?per_page=100")} == ids
    assert "My own words" in requests.get(f"{stack.wordpress}/pricing/", timeout=20).text


def open_editor(open_page, stack, faults: list[str]):
    """Return the editor of a new page, without its greetings; faults collects what it complains of."""
    page = open_page("/wp-admin/", login=stack.admin)
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto(stack.wordpress + "/wp-admin/post-new.php?post_type=page")
    page.wait_for_function(READY, timeout=SLOW)
    page.evaluate(
        """() => {
          for ( const scope of [ 'core/edit-post', 'core/edit-page', 'core' ] ) {
            wp.data.dispatch( 'core/preferences' ).set( scope, 'welcomeGuide', false );
            wp.data.dispatch( 'core/preferences' ).set( scope, 'enableChoosePatternModal', false );
          }
        }"""
    )
    return page


def canvas_of(page):
    """Return where the editor draws: a frame of its own."""
    page.wait_for_selector("iframe[name=editor-canvas]", timeout=SLOW)
    return page.frame_locator("iframe[name=editor-canvas]")


def test_an_editor_places_a_block_sees_a_sample_and_publishes(open_page, stack):
    faults: list[str] = []
    page = open_editor(open_page, stack, faults)
    page.evaluate(
        """() => {
          wp.data.dispatch( 'core/editor' ).editPost( { title: 'The board', slug: 'the-board' } );
          const shortcode = wp.blocks.createBlock( 'core/shortcode', { text: '[trading_robot_pricing theme="light"]' } );
          const block = wp.blocks.createBlock( 'trading-robot-service/performance', { part: 'leaderboard' } );
          wp.data.dispatch( 'core/block-editor' ).insertBlocks( [ block, wp.blocks.switchToBlockType( shortcode, 'trading-robot-service/pricing' )[ 0 ] ] );
          wp.data.dispatch( 'core/block-editor' ).selectBlock( block.clientId );
        }"""
    )
    page.keyboard.press("Escape")
    canvas = canvas_of(page)
    # Each block asks for its own; which comes first is chance.
    sample = canvas.locator("[data-trp-sample]", has_text="Part: Leaderboard alone").first
    sample.wait_for(timeout=SLOW)
    assert "Sample" in sample.inner_text()
    # The styles reached the frame: our own ground, not the theme's.
    ground = canvas.locator(".trp").first.evaluate("one => getComputedStyle( one ).backgroundColor")
    assert ground not in {"rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"}
    # A setting of the inspector changes the sample.
    page.evaluate(
        "wp.data.dispatch( 'core/block-editor' ).selectBlock( wp.data.select( 'core/block-editor' ).getBlocks()[ 0 ].clientId )"
    )
    page.get_by_label("Period").first.select_option("week")
    canvas.locator("[data-trp-sample]", has_text="Period: Week").first.wait_for(timeout=SLOW)
    page.evaluate(
        """async () => {
          wp.data.dispatch( 'core/editor' ).editPost( { status: 'publish' } );
          await wp.data.dispatch( 'core/editor' ).savePost();
        }"""
    )
    saved = page.evaluate("wp.data.select( 'core/editor' ).getEditedPostContent()")
    assert (
        '<!-- wp:trading-robot-service/performance {"part":"leaderboard","period":"week"} /-->'
        in saved
    )
    assert '<!-- wp:trading-robot-service/pricing {"theme":"light"} /-->' in saved
    # Opened again, every block is as it was kept, and so is each block of our patterns.
    invalid = page.evaluate(
        """async () => {
          const bad = [];
          const walk = ( blocks ) => blocks.forEach( ( one ) => {
            if ( ! one.isValid || one.name === 'core/missing' ) { bad.push( one.originalContent || one.name ); }
            walk( one.innerBlocks );
          } );
          walk( wp.blocks.parse( wp.data.select( 'core/editor' ).getEditedPostContent() ) );
          const patterns = await wp.apiFetch( { path: '/wp/v2/block-patterns/patterns' } );
          const ours = patterns.filter( ( one ) => one.name.startsWith( 'trading-robot-service/' ) );
          ours.forEach( ( one ) => walk( wp.blocks.parse( one.content ) ) );
          return [ ours.length, bad ];
        }"""
    )
    assert invalid == [len(NAMES), []]
    assert faults == []
    visitor = open_page("/the-board/")
    text = visitor.inner_text("main")
    assert "Minimum trades" in text
    assert "Sample" not in text.replace("See a sample", "")
    assert visitor.locator("#leaderboard-table").count() == 1
    assert visitor.locator("[data-theme=light] #pricing--2").count() == 1


def make_page(page, slug: str, content: str) -> str:
    """Publish a page and return its path."""
    api(
        page,
        "pages",
        "POST",
        {"title": slug, "slug": slug, "status": "publish", "content": content},
    )
    return f"/{slug}/"


def test_two_of_the_same_on_a_page_keep_apart(open_page, stack):
    owner = open_page(WIZARD, login=stack.admin)
    path = make_page(
        owner,
        "two-boards",
        '<!-- wp:trading-robot-service/performance {"part":"leaderboard"} /-->'
        '<!-- wp:trading-robot-service/performance {"part":"leaderboard","kind":"paper"} /-->',
    )
    page = open_page(path)
    ids = page.eval_on_selector_all("[id]", "all => all.map( one => one.id )")
    assert len(ids) == len(set(ids))
    first, second = page.locator("#leaderboard-table"), page.locator("#leaderboard-table--2")
    second.get_by_role("link", name="Trades", exact=True).click()
    page.wait_for_selector("#leaderboard-table--2 th[aria-sort]:has-text('Trades')")
    assert first.locator("th[aria-sort]:has-text('Trades')").count() == 0
    assert "trp_n=2" in page.url
    # Its form goes on with the same part, and so does the address in another browser.
    second.get_by_label("Minimum trades").select_option("100")
    page.wait_for_url(re.compile("trp_min_trades=100"))
    page.wait_for_function(
        "document.querySelector( '#leaderboard-table--2 [name=trp_min_trades]' ).value === '100'"
    )
    again = open_page(page.url.replace(stack.wordpress, ""))
    assert again.locator("#leaderboard-table--2 [name=trp_min_trades]").input_value() == "100"
    assert again.locator("#leaderboard-table [name=trp_min_trades]").input_value() == "30"
    ids = again.eval_on_selector_all("[id]", "all => all.map( one => one.id )")
    assert len(ids) == len(set(ids))


def test_a_copy_that_a_page_builder_makes_works_and_harms_nothing(open_page):
    page = open_page("/performance/")
    page.wait_for_selector("#leaderboard-table")
    page.evaluate(
        """() => {
          const root = document.querySelector( '.trading-robot-service' ), copy = root.cloneNode( true );
          copy.setAttribute( 'data-copy', '' );
          root.after( copy );
          htmx.process( copy );
        }"""
    )
    copy = page.locator("[data-copy]")
    copy.get_by_role("link", name="Trades", exact=True).first.click()
    page.wait_for_selector("[data-copy] th[aria-sort]:has-text('Trades')")
    original = page.locator(".trading-robot-service:not([data-copy])")
    assert original.locator("th[aria-sort]:has-text('Trades')").count() == 0
    original.get_by_role("link", name="Sharpe", exact=True).first.click()
    page.wait_for_selector(
        ".trading-robot-service:not([data-copy]) th[aria-sort]:has-text('Sharpe')"
    )
    assert copy.locator("th[aria-sort]:has-text('Sharpe')").count() == 0


def test_a_screen_outside_the_content_brings_its_styles(open_page, stack):
    """In a synced pattern the page's own text names no block of ours."""
    owner = open_page(WIZARD, login=stack.admin)
    pattern = api(
        owner,
        "blocks",
        "POST",
        {
            "title": "Plans",
            "status": "publish",
            "content": "<!-- wp:trading-robot-service/pricing /-->",
        },
    )
    path = make_page(owner, "synced", f'<!-- wp:block {{"ref":{pattern["id"]}}} /-->')
    html = requests.get(stack.wordpress + path, timeout=20).text
    assert "assets/trp.css" in html
    assert "htmx.min.js" in html
    assert "trp-charts.js" not in html
    plain = make_page(owner, "plain", "<p>We like trading robots.</p>")
    html = requests.get(stack.wordpress + plain, timeout=20).text
    assert "trading-robot-service/assets" not in html
    assert "htmx" not in html


def test_a_robots_own_page_has_its_name_and_an_unknown_one_is_404(stack):
    html = requests.get(f"{stack.wordpress}/marketplace/", timeout=20).text
    robot = re.search(r'href="[^"]*\?trp_robot=([a-z0-9_-]+)"[^>]*>([^<]+)</a>', html)
    answer = requests.get(f"{stack.wordpress}/marketplace/?trp_robot={robot[1]}", timeout=20)
    assert answer.status_code == 200
    assert re.search(r"<title>(.*?)</title>", answer.text)[1].startswith(robot[2])
    assert re.search(r'rel="canonical" href="[^"]*trp_robot=' + robot[1], answer.text)
    answer = requests.get(f"{stack.wordpress}/marketplace/?trp_robot=none_such", timeout=20)
    assert answer.status_code == 404
    assert "There is no such robot" in answer.text
    assert "noindex" in answer.text
