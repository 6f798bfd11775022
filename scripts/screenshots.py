"""`make screenshots`: pictures of every page into docs/images, and docs/screens.md that shows them.

Runs the whole product with the demo on free ports. Each picture is what a browser window shows,
in few colours, so that it stays small.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from scripts.console import Refusal, run_main, say
from scripts.lighthouse import CHROMIUM, FLAGS
from scripts.settings import ROOT
from tests.services import Stack, wordpress_stack

FOLDER = ROOT / "docs/images"
PAGE = ROOT / "docs/screens.md"
MOST_BYTES, MOST_IN_ALL = 40_000, 1_500_000
DESKTOP, PHONE = (1280, 900), (390, 844)
COLOURS = (128, 64, 32, 24, 16, 12)
SETTLE_MS = 700


@dataclass(frozen=True)
class Shot:
    """A page to take: who is signed in, what must be there first, in which forms."""

    name: str
    title: str
    path: str
    login: str = ""
    wait: str = "main"
    light: bool = True
    phone: bool = False


SHOTS = (
    Shot("home", "Home", "/", phone=True),
    Shot("performance", "Performance", "/performance/", wait="#performance", phone=True),
    Shot("marketplace", "Marketplace", "/marketplace/", wait="#marketplace", phone=True),
    Shot("marketplace-list", "Marketplace as a list", "/marketplace/?trp_view=list", light=False),
    Shot("robot", "A robot", "/marketplace/?trp_robot=slow_crossing", wait="#robot", phone=True),
    Shot("pricing", "Pricing", "/pricing/", wait="#pricing", phone=True),
    Shot("how-it-works", "How it works", "/how-it-works/", light=False),
    Shot("getting-started", "Getting started", "/getting-started/", light=False),
    Shot("desk", "Desk", "/desk/", "member", ".trp-canvas", light=False, phone=True),
    Shot("coach", "Coach", "/coach/", "member", "#coach-question", light=False, phone=True),
    Shot("dashboard", "Dashboard", "/dashboard/", "member", "#equity-figure canvas", phone=True),
    *(
        Shot(
            f"dashboard-{tab}",
            f"Dashboard, {tab}",
            f"/dashboard/?trp_tab={tab}",
            "member",
            f"#dashboard-{tab}",
            light=tab == "journal",
        )
        for tab in ("robots", "journal", "accounts", "settings")
    ),
    *(
        Shot(name, title, f"/dashboard/?trp_tab=robots&{query}", "member", wait, light=False)
        for name, title, query, wait in (
            ("robot-at-work", "A robot at work", "trp_deployment=1", "#deployment"),
            ("backtest-form", "Backtest, form", "trp_test=ma_cross", "#backtest-form"),
            ("backtest", "Backtest, result", "trp_run=1", "#backtest-figure"),
        )
    ),
    Shot(
        "admin-settings",
        "WordPress admin: settings",
        "/wp-admin/options-general.php?page=trading-robot-service",
        "admin",
        ".wrap",
        light=False,
    ),
)


def main() -> None:
    """Take all pictures, or only those whose names contain the first argument."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="trp-screens-") as folder,
        wordpress_stack(Path(folder), demo=True) as stack,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        shots = [shot for shot in (*SHOTS, *_admin_shots(browser, stack)) if wanted in shot.name]
        for shot in shots:
            _take(browser, stack, shot)
        browser.close()
    if not wanted:
        PAGE.write_text(_document(shots))
    total = sum(path.stat().st_size for path in FOLDER.glob("*.png"))
    say(f"{len(shots)} pages, {total / 1000:.0f} kB in {time.monotonic() - started:.0f} s")
    if total > MOST_IN_ALL:
        raise Refusal(f"the pictures weigh {total} bytes, more than {MOST_IN_ALL}")


def _admin_shots(browser: Browser, stack: Stack) -> list[Shot]:
    """Return the screens of our own menu in wp-admin, as the menu names them, and the editor."""
    context = _context(browser, stack, "admin", DESKTOP)
    page = context.new_page()
    page.goto(f"{stack.wordpress}/wp-admin/")
    links: list[tuple[str, str]] = page.eval_on_selector_all(
        "#adminmenu .wp-submenu a[href*='page=trading-robot-service']",
        "all => all.map(one => [one.getAttribute('href'), one.textContent.trim()])",
    )
    pages = page.request.get(f"{stack.wordpress}/wp-json/wp/v2/pages?slug=performance").json()
    context.close()
    found = []
    for href, title in links:
        slug = re.sub(r"^trading-robot-service-?", "", href.rpartition("page=")[2]) or "overview"
        if not href.startswith("options-general.php") and "settings" not in slug:
            path = f"/wp-admin/{href.removeprefix('/wp-admin/')}"
            text = f"WordPress admin: {re.sub(r'[0-9]+$', '', title).strip().lower()}"
            found.append(Shot(f"admin-{slug}", text, path, "admin", ".wrap", light=False))
    editor = f"/wp-admin/post.php?post={pages[0]['id']}&action=edit"
    found.append(
        Shot("editor", "The block editor", editor, "admin", ".edit-post-layout", light=False)
    )
    return found


def _take(browser: Browser, stack: Stack, shot: Shot) -> None:
    for theme, size, suffix in _forms(shot):
        context = _context(browser, stack, shot.login, size)
        page = context.new_page()
        page.goto(stack.wordpress + shot.path)
        # A screen without figures asks again every 15 seconds.
        page.wait_for_selector(shot.wait, timeout=50_000)
        page.evaluate(
            "t => document.querySelectorAll('[data-trp-rest]').forEach(one => one.dataset.theme = t)",
            theme,
        )
        _clear(page)
        page.wait_for_timeout(SETTLE_MS)
        (FOLDER / f"{shot.name}{suffix}.png").write_bytes(_small(page.screenshot()))
        context.close()


def _forms(shot: Shot) -> list[tuple[str, tuple[int, int], str]]:
    forms = [("dark", DESKTOP, "")]
    forms += [("light", DESKTOP, "-light")] if shot.light else []
    forms += [("dark", PHONE, "-phone")] if shot.phone else []
    return forms


def _clear(page: Page) -> None:
    """Close what the editor greets newcomers with, and take the bar of WordPress off our pages."""
    for name in ("Close", "Close dialog"):
        button = page.get_by_role("dialog").get_by_role("button", name=name, exact=True)
        if button.count():
            button.first.click()
    if "/wp-admin/" not in page.url:
        page.add_style_tag(
            content="#wpadminbar { display: none } html { margin-top: 0 !important }"
        )


def _context(browser: Browser, stack: Stack, login: str, size: tuple[int, int]) -> BrowserContext:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce"
    )
    if login:
        name, password = stack.admin if login == "admin" else stack.member
        address = f"{stack.wordpress}/wp-login.php"
        context.request.get(address)
        form: dict[str, str | float | bool] = {"log": name, "pwd": password, "testcookie": "1"}
        context.request.post(address, form=form, max_redirects=0)
    return context


def _small(picture: bytes) -> bytes:
    """Return the picture in as many colours as the limit of bytes allows."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    packed = b""
    for colours in COLOURS:
        file = io.BytesIO()
        few = image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(file, "PNG", optimize=True)
        packed = file.getvalue()
        if len(packed) <= MOST_BYTES:
            break
    return packed


def _document(shots: list[Shot]) -> str:
    lines = [
        "# Screens",
        "",
        "Each page with the demo in Twenty Twenty-Five, made by `make screenshots`. All is simulated.",
    ]
    for shot in shots:
        lines += ["", f"## {shot.title}", ""]
        for theme, size, suffix in _forms(shot):
            where = "phone" if size == PHONE else theme
            lines.append(f"![{shot.title}, {where}](images/{shot.name}{suffix}.png)")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    run_main(main)
