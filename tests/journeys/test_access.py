"""Everybody can use every page and every state: no axe violation of any weight, and a keyboard."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

HEADER = "external_id,executed_at,symbol,side,qty,price,fee,currency\n"
PUBLIC = (
    "/",
    "/performance/",
    "/marketplace/",
    "/marketplace/?trp_view=list",
    "/marketplace/?trp_robot=slow_crossing",
    "/marketplace/?trp_robot=ma_cross",
    "/marketplace/?trp_robot=none_such",
    "/marketplace/?trp_strategy=pairs&trp_result=loss",
    "/pricing/",
    "/pricing/?trp_ladder=coach&trp_interval=year",
    "/how-it-works/",
    "/getting-started/",
    "/dashboard/",
)
TABS = ("overview", "robots", "journal", "accounts", "plan", "settings")
THEMES = ("dark", "light")
FRAGMENTS = "**/fragment/**"
SMALL = 24
# WCAG 2.0, 2.1 and 2.2 A and AA, and what axe calls good practice: all of it, at any impact.
FOCUSED = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const at = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 12));
  return {
    ours: !!one.closest('.trp'), name: one.outerHTML.slice(0, 110), path: one.id || one.textContent.trim().slice(0, 30),
    width: box.width, height: box.height,
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    seen: !!at && (one === at || one.contains(at) || at.contains(one)),
    inline: style.display === 'inline', end: one === document.body,
  };
}"""


def violations(page, theme="dark") -> list[tuple[str, str, str]]:
    page.evaluate(
        "t => document.querySelectorAll('[data-trp-rest]').forEach(one => one.dataset.theme = t)",
        theme,
    )
    # Transitions of colour would be measured half-way.
    page.wait_for_timeout(200)
    # The bar of WordPress, and the skip link that it puts beside the bar, are not ours.
    found = (
        Axe()
        .run(page, context={"exclude": [["#wpadminbar"], [".skip-link"]]})
        .response["violations"]
    )
    return [
        (one["id"], one["impact"], node["html"][:200]) for one in found for node in one["nodes"]
    ]


def open_tab(open_page, stack, tab, login=None, **options):
    page = open_page(f"/dashboard/?trp_tab={tab}", login=login or stack.member, **options)
    page.wait_for_selector(f"#dashboard-{tab}")
    return page


def both(page) -> list[tuple[str, str, str]]:
    return [fault for theme in THEMES for fault in violations(page, theme)]


@pytest.mark.parametrize("path", PUBLIC)
def test_no_public_page_has_a_violation(open_page, path):
    page = open_page(path)
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert both(page) == []


@pytest.mark.parametrize("tab", TABS)
def test_no_tab_of_the_dashboard_has_a_violation(open_page, stack, tab):
    page = open_tab(open_page, stack, tab)
    for summary in page.locator(".trp details:not([open]) > summary").all():
        summary.click()
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert both(page) == []


@pytest.mark.parametrize("tab", TABS)
def test_no_empty_tab_has_a_violation(open_page, stack, tab):
    assert both(open_tab(open_page, stack, tab, login=stack.other_member)) == []


def test_the_loading_dashboard_has_no_violation_and_says_that_it_loads(open_page, stack):
    page = open_page("/", login=stack.member)
    page.route(FRAGMENTS, lambda route: None)
    page.goto(f"{stack.wordpress}/dashboard/")
    page.wait_for_selector("section[aria-busy=true]")
    assert page.locator("[role=status]").first.inner_text() == "Loading your dashboard"
    assert both(page) == []
    page.unroute_all(behavior="ignoreErrors")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (503, "No connection to the service"),
        (429, "Too many"),
        (401, "Sign in"),
        (500, "connection"),
    ],
)
def test_a_fault_is_said_above_what_is_shown_and_has_no_violation(open_page, stack, status, said):
    """As the proxy answers: the words of 401 and 429 come with it, of the others from the page."""
    words = {401: "Sign in again.", 429: "Too many requests at once."}
    body = f'<div class="trp-alert" data-tone="bad" role="alert"><span>{words.get(status, "")}</span></div>'
    page = open_tab(open_page, stack, "overview")
    before = page.locator("#dashboard-overview .trp-tile").count()
    page.route(
        FRAGMENTS,
        lambda route: route.fulfill(
            status=status, body=body if status in words else "", content_type="text/html"
        ),
    )
    page.locator("#range-3m").click()
    page.wait_for_selector(f"[data-trp-said] [role=alert] >> text={said}")
    assert page.locator("#dashboard-overview .trp-tile").count() == before
    assert both(page) == []


def test_offline_is_said_and_taken_back(open_page, stack):
    page = open_tab(open_page, stack, "overview")
    page.context.set_offline(True)
    page.locator("#range-3m").click()
    page.wait_for_selector("[data-trp-said] [role=alert]")
    assert both(page) == []
    page.context.set_offline(False)
    page.locator("#range-1m").click()
    page.wait_for_selector("[data-trp-said]", state="detached", timeout=30_000)


def test_the_forms_say_what_is_wrong_beside_the_field(open_page, stack, tmp_path):
    """The message is tied to its field, and every state of every form is without a violation."""
    photo = tmp_path / "photo.csv"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff\xfe")
    page = open_tab(open_page, stack, "journal", login=stack.other_member)
    page.set_input_files("#import-file", photo)
    page.get_by_role("button", name="Preview").click()
    page.wait_for_selector("#import-file[aria-invalid=true]")
    tied_to_its_error(page, "#import-file")
    assert both(page) == []
    page = open_tab(open_page, stack, "settings", login=stack.other_member)
    page.get_by_label("Name of the program").fill("x")
    for box in page.locator("input[name=scopes]").all():
        box.uncheck()
    page.get_by_role("button", name="Make a key").click()
    page.wait_for_selector("#api-keys [role=alert]")
    assert both(page) == []


def tied_to_its_error(page, field: str) -> None:
    ids = page.get_attribute(field, "aria-describedby").split()
    texts = [page.locator(f"#{name}").inner_text() for name in ids]
    assert any(text.strip() for text in texts)
    assert page.locator(f"#{ids[0]}[role=alert], #{ids[-1]}[role=alert]").count()


def test_each_step_of_an_import_has_no_violation_and_takes_the_focus(open_page, stack, tmp_path):
    rows = [
        "a1,2026-03-04T15:00:00Z,MSFT,buy,10,100,1,USD",
        "a2,2026-03-04T16:00:00Z,MSFT,sell,10,103,1,USD",
        "a3,2026-03-04T16:00:00Z,MSFT,sell,-4,103,1,USD",
    ]
    file = tmp_path / "fills.csv"
    file.write_text(HEADER + "\n".join(rows) + "\n")
    page = open_tab(open_page, stack, "journal", login=stack.other_member)
    page.set_input_files("#import-file", file)
    page.get_by_role("button", name="Preview").click()
    page.wait_for_selector("#import-status")
    page.wait_for_function("document.activeElement.id === 'import-status'")
    assert both(page) == []
    page.get_by_role("button", name=re.compile("^Import 2")).click()
    page.wait_for_selector("#import-status >> text=See the figures", timeout=30_000)
    assert both(page) == []


def test_a_new_key_has_no_violation_and_is_announced(open_page, stack):
    page = open_tab(open_page, stack, "settings", login=stack.other_member)
    page.get_by_label("Name of the program").fill("access")
    page.get_by_role("button", name="Make a key").click()
    page.wait_for_selector("[role=status] .trp-hash")
    assert both(page) == []


def walk(page, most: int = 400) -> list[dict]:
    """Press Tab from the top to the end and return every stop."""
    page.evaluate("window.scrollTo(0, 0); document.activeElement.blur()")
    stops = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop["end"]:
            # A part that was swapped this moment gives the focus back when it has settled.
            page.wait_for_timeout(200)
            if page.evaluate(FOCUSED)["end"]:
                return stops
            continue
        stops.append(stop)
    raise AssertionError("the keyboard never leaves the page")


@pytest.mark.parametrize(
    ("path", "tab"),
    [
        ("/performance/", None),
        ("/marketplace/", None),
        ("/marketplace/?trp_robot=slow_crossing", None),
        ("/pricing/", None),
        ("/dashboard/", "overview"),
        ("/dashboard/?trp_tab=journal", "journal"),
        ("/dashboard/?trp_tab=settings", "settings"),
    ],
)
def test_the_keyboard_reaches_everything_and_always_sees_where_it_is(open_page, stack, path, tab):
    page = open_page(path, login=stack.member if tab else None, width=390)
    if tab:
        page.wait_for_selector(f"#dashboard-{tab}")
        # A poll that swaps meanwhile keeps the focus; another test proves that.
        page.route(FRAGMENTS, lambda route: route.fulfill(status=304))
    stops = [stop for stop in walk(page) if stop["ours"]]
    wanted = page.evaluate(
        """() => [...document.querySelectorAll('.trp :is(a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"])')]
          .filter(one => !one.disabled && one.checkVisibility()).length"""
    )
    assert len(stops) >= wanted
    assert [stop["name"] for stop in stops if not stop["ring"]] == []
    assert [stop["name"] for stop in stops if not stop["seen"]] == []
    # A link within a sentence is as high as its line; everything else has 24 px each way.
    assert [
        (stop["name"], stop["width"], stop["height"])
        for stop in stops
        if not stop["inline"] and min(stop["width"], stop["height"]) < SMALL - 0.5
        # A box is pressed by its whole label; the library's logo has 24 px free around it.
        and not re.search("checkbox|tradingview", stop["name"])
    ] == []  # fmt: skip


def test_every_chart_has_its_sentence_and_its_table(open_page, stack):
    pages = [open_page(path) for path in ("/performance/", "/marketplace/?trp_robot=slow_crossing")]
    dashboard = open_tab(open_page, stack, "overview")
    dashboard.wait_for_selector("#equity-figure canvas")
    for page in (*pages, dashboard):
        for figure in page.locator(".trp-chart").all():
            said = figure.get_attribute("aria-label") or figure.locator(
                "> [role=img]"
            ).first.get_attribute("aria-label")
            assert re.search(r"from .+ to .+", said), said
            assert figure.locator("details table caption").count() == 1
    assert "<canvas" in dashboard.inner_html("#equity-figure")


def test_no_gain_or_loss_is_told_by_colour_alone(open_page):
    for path in PUBLIC[1:6]:
        signed = open_page(path).locator(".trp-pl").all_text_contents()
        for text in map(str.strip, signed):
            assert text[0] in "+\u2212" or re.fullmatch(r"\D?0[.,]0+%?", text), (path, text)
            assert "-" not in text


def test_every_public_page_is_usable_without_a_script_or_a_style(open_page):
    for path in PUBLIC[1:4]:
        page = open_page(path, java_script_enabled=False)
        assert page.locator("main h2").first.is_visible()
        assert page.get_by_role("button", name="Apply").first.is_visible()


@pytest.mark.parametrize("path", ["/api/docs", "/no/such/page"])
def test_the_service_s_own_pages_have_no_violation_either(browser, stack, path):
    for theme in THEMES:
        for width in (320, 1280):
            page = browser.new_page(
                color_scheme=theme,
                viewport={"width": width, "height": 900},
                extra_http_headers={"Accept": "text/html"},
            )
            page.goto(stack.service + path)
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.close()
