"""How our screens sit in somebody else's site: themes, widths, directions, text sizes, weight."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from pathlib import Path

import pytest

from scripts.settings import OLDEST_WORDPRESS
from scripts.wordpress import download

THEMES = Path(__file__).parent / "themes"
PUBLIC = ("/performance/", "/marketplace/", "/marketplace/?trp_view=list", "/pricing/")
ROBOT = "/marketplace/?trp_robot=slow_crossing"
TABS = ("overview", "robots", "journal", "accounts", "settings")
LOOKS = (
    "loud",
    "twentytwentytwo",
    "twentytwentythree",
    "twentytwentyfour",
    ":styles/01-evening.json",
    ":styles/08-midnight.json",
)
MOST_BYTES = 120 * 1024
# What our own look says of itself, whatever the theme says of elements.
OURS = """() => {
  const of = (name, ...props) => {
    const one = document.querySelector('.trp ' + name);
    if (!one) return null;
    const style = getComputedStyle(one);
    return props.map(prop => style[prop]).join(' | ');
  };
  const box = ['marginTop', 'marginBottom', 'paddingLeft', 'borderBottomWidth'];
  return {
    h2: of('h2', 'fontSize', 'textTransform', 'textAlign', 'fontStyle', 'letterSpacing', ...box),
    p: of('p', 'fontSize', 'textIndent', 'lineHeight', ...box),
    dt: of('dt', 'fontSize', 'fontWeight', ...box),
    dd: of('dd', 'fontSize', ...box),
    li: of('li', 'listStyleType', 'marginBottom'),
    table: of('.trp-table', 'borderCollapse', 'borderTopWidth', ...box),
    th: of('.trp-table thead th:last-child', 'fontSize', 'textAlign', 'textTransform', 'backgroundColor', 'color', 'paddingTop'),
    td: of('.trp-table tbody td:last-child', 'fontSize', 'textAlign', 'paddingTop', 'borderTopWidth'),
    link: of('a:not([class])', 'borderBottomWidth', 'backgroundColor', 'boxShadow'),
    button: of('.trp-btn', 'fontSize', 'textTransform', 'borderRadius', 'minHeight', 'marginTop', 'paddingLeft'),
    select: of('select.trp-input', 'fontSize', 'borderTopWidth', 'borderRadius', 'marginTop'),
    label: of('.trp-field label', 'fontSize', 'display', 'fontStyle', 'textTransform'),
    summary: of('.trp-alt > summary', 'fontSize', 'color'),
    small: of('small', 'fontSize', 'color'),
  };
}"""


@pytest.fixture(scope="module")
def dressed(stack):
    """Give the site of the tests more themes and a way to ask for one by a header."""
    content = stack.data_dir / "wordpress/wp-content"
    (content / "mu-plugins").mkdir(exist_ok=True)
    shutil.copyfile(THEMES / "dress.php", content / "mu-plugins/dress.php")
    shutil.copytree(THEMES / "loud", content / "themes/loud", dirs_exist_ok=True)
    older = download.ensure_core(OLDEST_WORDPRESS) / "wp-content/themes"
    for name in ("twentytwentytwo", "twentytwentythree", "twentytwentyfour"):
        shutil.copytree(older / name, content / "themes" / name, dirs_exist_ok=True)
    yield
    (content / "mu-plugins/dress.php").unlink()


@pytest.fixture
def open_page(open_page):
    """Return a factory of pages that show what they are made for, however late that came."""

    def make(path, **options):
        page = open_page(path, **options)
        page.wait_for_function("!document.querySelector('[data-trp-missing]')")
        return page

    return make


def in_look(look):
    return {"extra_http_headers": {"X-Look": look}}


def is_wide(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def spills(page) -> list[str]:
    """Return what of ours sticks out of the root that it stands in."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.trp')].flatMap(root => {
          const edge = root.getBoundingClientRect();
          return [...root.querySelectorAll('*')].filter(one => {
            const box = one.getBoundingClientRect();
            const hidden = one.closest('.trp-vh, thead, svg svg, [aria-hidden]') || getComputedStyle(one).clipPath !== 'none';
            return box.width && !hidden && (box.right > edge.right + 1 || box.left < edge.left - 1);
          }).map(one => one.outerHTML.slice(0, 90));
        })"""
    )


@pytest.fixture(scope="module")
def plain() -> dict[str, dict]:
    """Keep what our look is in the site's own theme, by path."""
    return {}


@pytest.mark.parametrize("look", LOOKS)
def test_our_look_holds_in_every_theme(open_page, dressed, plain, look):
    for path in (*PUBLIC, ROBOT):
        if path not in plain:
            plain[path] = open_page(path).evaluate(OURS)
        page = open_page(path, **in_look(look))
        assert page.evaluate(OURS) == plain[path], path
        for width in (320, 768):
            page.set_viewport_size({"width": width, "height": 900})
            assert spills(page) == [], (path, width)


def test_no_width_of_a_column_makes_anything_stick_out(open_page, stack):
    """A block stands in columns, side bars and full width: the screen follows its own column."""
    paths = [(path, None) for path in (*PUBLIC, ROBOT)]
    paths += [(f"/dashboard/?trp_tab={tab}", stack.member) for tab in TABS]
    for path, login in paths:
        page = open_page(path, login=login)
        if login:
            page.wait_for_selector(f"#dashboard-{path.rpartition('=')[2]}")
        for width in (*range(240, 900, 60), 619, 721, 801, 1000, 1161, 1300):
            page.evaluate(
                """width => document.querySelectorAll('[data-trp-rest]').forEach(one => {
                  one.style.setProperty('width', width + 'px', 'important');
                  one.style.setProperty('max-width', 'none', 'important');
                })""",
                width,
            )
            assert spills(page) == [], (path, width)


def test_the_themes_of_this_test_are_really_other_themes(open_page, dressed):
    plain = open_page("/pricing/")
    loud = open_page("/pricing/", **in_look("loud"))
    assert "Georgia" in loud.evaluate("getComputedStyle(document.body).fontFamily")
    assert "Georgia" not in plain.evaluate("getComputedStyle(document.body).fontFamily")
    evening = open_page("/pricing/", **in_look(":styles/01-evening.json"))
    ground = "getComputedStyle(document.body).backgroundColor"
    assert evening.evaluate(ground) != plain.evaluate(ground)


def test_right_to_left_pages_mirror(open_page, stack):
    paths = [(path, None) for path in (*PUBLIC, ROBOT)]
    paths += [(f"/dashboard/?trp_tab={tab}", stack.member) for tab in TABS]
    for path, login in paths:
        page = open_page(path, login=login)
        if login:
            page.wait_for_selector(f"#dashboard-{path.rpartition('=')[2]}")
        page.evaluate("document.documentElement.dir = 'rtl'")
        for width in (320, 360, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert spills(page) == [], (path, width)
            assert not is_wide(page), (path, width)


@pytest.mark.parametrize("width", [320, 1280])
def test_right_to_left_pages_keep_time_and_minus(open_page, width):
    page = open_page(ROBOT, width=width)
    page.evaluate("document.documentElement.dir = 'rtl'")
    labels = page.eval_on_selector_all(
        ".trp-xaxis span", "all => all.map(one => one.getBoundingClientRect().left).filter(Boolean)"
    )
    assert labels == sorted(labels)
    # The first letter of a negative figure stands left of its last: the minus leads.
    order = page.evaluate(
        """() => {
          const cell = [...document.querySelectorAll('.trp-fig, .trp-table td')]
            .find(one => one.textContent.trim().startsWith('\\u2212'));
          const text = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
          let node = text.nextNode();
          while (!node.data.trim()) node = text.nextNode();
          const at = (from) => { const range = document.createRange(); range.setStart(node, from); range.setEnd(node, from + 1); return range.getBoundingClientRect().left; };
          const first = node.data.search(/\\S/);
          return [at(first), at(first + 2)];
        }"""
    )
    assert order[0] < order[1]


@pytest.mark.parametrize("path", [*PUBLIC, ROBOT])
def test_twice_the_text_size_fits_without_loss(open_page, path):
    page = open_page(path)
    page.add_style_tag(content="html { font-size: 200% }")
    assert spills(page) == []
    assert (
        page.evaluate("parseFloat(getComputedStyle(document.querySelector('.trp')).fontSize)") == 26
    )
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.trp :is(.trp-btn, .trp-tag, .trp-input, td, dd)')]
          .filter(one => one.scrollHeight > one.clientHeight + 2 && getComputedStyle(one).display !== 'inline' && one.clientHeight)
          .map(one => one.outerHTML.slice(0, 90))"""
    )
    assert cut == []


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_jumps_while_a_page_loads(open_page, stack, width):
    """Layout shift of the whole page, ours and the theme's, from the first byte on."""
    seen = """() => new Promise(done => {
      let sum = 0;
      new PerformanceObserver(list => list.getEntries().forEach(one => { if (!one.hadRecentInput) sum += one.value; }))
        .observe({ type: 'layout-shift', buffered: true });
      setTimeout(() => done(sum), 200);
    })"""
    # All are opened first: what moves late is waited for once, and each page tells of all its time.
    pages = {path: open_page(path, width=width) for path in (*PUBLIC, ROBOT)}
    page = open_page("/dashboard/", login=stack.member, width=width)
    page.wait_for_selector("#equity-figure canvas") if width > 320 else page.wait_for_selector(
        "#dashboard-overview"
    )
    page.wait_for_timeout(1500)
    for path, public in pages.items():
        assert public.evaluate(seen) < 0.1, path
    shift = page.evaluate(seen)
    print(f"layout shift of the dashboard at {width}: {shift:.3f}")
    assert shift < 0.1


def test_scripts_and_styles_of_ours_weigh_under_120_kb(open_page, stack):
    """What a member's dashboard loads from the plugin, the chart library included, compressed."""
    loaded: dict[str, int] = {}

    def note(response) -> None:
        if "/trading-robot-service/" in response.url and re.search(r"\.(js|css)\?", response.url):
            loaded[response.url.rpartition("/")[2]] = len(gzip.compress(response.body(), 9))

    page = open_page("/", login=stack.member)
    page.on("response", note)
    page.goto(f"{stack.wordpress}/dashboard/")
    page.wait_for_selector("#equity-figure canvas")
    # A small style that WordPress writes into the page counts too.
    inline = page.eval_on_selector_all(
        "style[id^=trading-robot-service]", "all => all.map(one => one.textContent).join('')"
    )
    total = sum(loaded.values()) + len(gzip.compress(inline.encode(), 9))
    print(json.dumps(loaded), total)
    assert any("lightweight-charts" in name for name in loaded)
    assert total < MOST_BYTES


@pytest.mark.req("S3-73")
def test_dark_is_the_default_and_an_author_may_say_otherwise(open_page):
    page = open_page("/pricing/", color_scheme="light")
    ground = "getComputedStyle(document.querySelector('.trp')).backgroundColor"
    assert page.evaluate(ground) == "rgb(6, 8, 24)"
    page.evaluate("document.querySelector('[data-trp-rest]').dataset.theme = 'light'")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


def test_the_presets_of_theme_json_are_taken(open_page):
    page = open_page("/pricing/")
    style = "getComputedStyle(document.querySelector('.trp-btn[data-kind=primary]'))"
    page.add_style_tag(
        content="""body { --wp--preset--color--trp-fill: rgb(90, 20, 120);
        --wp--preset--font-family--trp-text: Verdana; --wp--custom--trp--radius: 0px;
        --wp--preset--color--base: rgb(250, 240, 230); --wp--preset--color--contrast: rgb(30, 20, 10); }"""
    )
    assert page.evaluate(f"{style}.backgroundColor") == "rgb(90, 20, 120)"
    assert page.evaluate(f"{style}.borderRadius") == "0px"
    assert page.evaluate(f"{style}.fontFamily").startswith("Verdana")
    page.evaluate("document.querySelector('[data-trp-rest]').dataset.skin = 'theme'")
    root = "getComputedStyle(document.querySelector('.trp'))"
    assert page.evaluate(f"{root}.backgroundColor") == "rgb(250, 240, 230)"
    assert page.evaluate(f"{root}.color") == "rgb(30, 20, 10)"


def test_print_hides_what_cannot_be_pressed_and_needs_no_ink_for_a_ground(open_page):
    page = open_page("/performance/")
    page.emulate_media(media="print")
    assert page.locator(".trp-filters").first.is_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('.trp')).colorScheme") == "light"


def test_less_motion_stops_all_motion(open_page):
    page = open_page("/marketplace/", reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('.trp *')].filter(one => {
          const style = getComputedStyle(one);
          return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0;
        }).length"""
    )
    assert moving == 0


def test_forced_colours_keep_every_line_and_edge(open_page):
    page = open_page(ROBOT, forced_colors="active")
    for name in (".trp-plot .live, .trp-plot .paper", ".trp-plot .dd"):
        stroke = page.evaluate("n => getComputedStyle(document.querySelector(n)).stroke", name)
        ink = page.evaluate("getComputedStyle(document.querySelector('.trp')).color")
        assert stroke == ink, name
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.trp-tag')).borderTopWidth")
        == "1px"
    )
