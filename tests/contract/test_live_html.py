"""What a stream brings is cleaned by the page's script as PHP cleans what the proxy brings."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from app.admin import service as admin
from app.admin.rules import cast
from app.core.db import db
from scripts.wordpress.download import ensure_core
from tests.contract.attacks import ATTACKS
from tests.journeys.conftest import CHROMIUM, FLAGS

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests" / "contract" / "php"
ASSETS = ROOT / "wp-plugin" / "assets"
SCRIPTS = ("vendor/htmx.min.js", "trp.js", "trp-page.js", "trp-live.js")
FRAGMENTS = (
    "/embed/dashboard",
    *(f"/embed/dashboard?tab={tab}" for tab in ("robots", "journal", "accounts", "settings")),
    *(f"/embed/dashboard-overview?range={span}" for span in ("1m", "3m", "all")),
    "/embed/dashboard-overview", "/embed/import-form", "/embed/api-keys", "/embed/performance",
    "/embed/leaderboard-table", "/embed/marketplace", "/embed/marketplace?view=list",
    "/embed/robot/ma_cross", "/embed/pricing", "/embed/no-such-thing",
)  # fmt: skip

pytestmark = pytest.mark.skipif(
    shutil.which("php") is None or not Path(CHROMIUM).exists(), reason="needs php and Chromium"
)

EMPTY = "http://127.0.0.1:9/empty"
BODY = '<!doctype html><title>x</title><body><div id="box"></div>'
# Notes whatever would act, after everything that might set it off has happened.
JUDGE = r"""async ([text, isClean, names]) => {
    const box = document.getElementById('box'), faults = [];
    // Past the fields of a form, which stand before its own properties.
    const attributesOf = Object.getOwnPropertyDescriptor(Element.prototype, 'attributes').get;
    window.pwned = false;
    window.pwn = () => { window.pwned = true; };
    if (isClean) { box.innerHTML = text; } else { box.replaceChildren(trp.live.clean(text, names)); }
    htmx.process(box);
    const loose = /^(on|style$|srcdoc$|formaction$|hx-(on|ext|vars|headers|request|boost|swap-oob)|data-hx-|sse-)/;
    for (const element of box.querySelectorAll('*')) {
        if (/^(script|style|iframe|object|embed|link|meta|base|template|noscript|math|foreignobject|animate|set|use|frame|applet)$/i.test(element.localName)) { faults.push(element.outerHTML); }
        for (const { name, value } of attributesOf.call(element)) {
            const word = value.replace(/[\s\0-\x20]/g, '').toLowerCase();
            if (loose.test(name)) { faults.push(name); }
            if (/^(href|src|action|cite|xlink:href)$/.test(name) && /^(javascript|vbscript|data):/.test(word)) { faults.push(`${name}=${value}`); }
            if (/^hx-(get|post)$/.test(name) && !/^\/embed\/[a-z0-9_/-]+(\?|$)/.test(value)) { faults.push(`${name}=${value}`); }
            if (name === 'hx-trigger' && /[[\]]/.test(value)) { faults.push(`${name}=${value}`); }
            if (name === 'hx-vals' && !word.startsWith('{')) { faults.push(`${name}=${value}`); }
        }
        for (const kind of ['click', 'mouseover', 'focus', 'toggle']) {
            element.dispatchEvent(new Event(kind, { bubbles: true, cancelable: true }));
        }
    }
    await new Promise(done => setTimeout(done, 15));
    if (window.pwned) { faults.push('it ran'); }
    const again = document.createElement('div');
    again.append(trp.live.clean(box.innerHTML, names));
    if (!isClean && again.innerHTML !== box.innerHTML) { faults.push('cleaned twice it is another'); }
    box.replaceChildren();
    return faults;
}"""

# Both as trees without comments; where they part, the first difference.
COMPARE = r"""([theirs, raw, names]) => {
    const body = new DOMParser().parseFromString(theirs, 'text/html').body;
    const walker = document.createTreeWalker(body, NodeFilter.SHOW_COMMENT), comments = [];
    while (walker.nextNode()) { comments.push(walker.currentNode); }
    comments.forEach(one => one.remove());
    const left = document.createElement('div'), right = document.createElement('div');
    left.append(...body.childNodes);
    right.append(trp.live.clean(raw, names));
    left.normalize();
    right.normalize();
    if (left.isEqualNode(right)) { return ''; }
    const [a, b] = [left.innerHTML, right.innerHTML];
    const at = [...a].findIndex((sign, index) => sign !== b[index]);
    return `PHP: ${a.slice(Math.max(0, at - 80), at + 120)}\nJS:  ${b.slice(Math.max(0, at - 80), at + 120)}`;
}"""


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """Return what PHP makes of a list of texts, and the list of names that it gives to pages."""
    environment = {
        **os.environ,
        "WORDPRESS_CORE": str(ensure_core()),
        "WORDPRESS_TEST_DIR": str(tmp_path_factory.mktemp("wordpress")),
    }
    bootstrap = TESTS / "bootstrap.php"
    subprocess.run(["php", str(bootstrap)], env=environment, check=True, timeout=60)

    def run(texts: list[str]) -> dict:
        done = subprocess.run(
            ["php", "-d", f"auto_prepend_file={bootstrap}", str(TESTS / "clean.php")],
            env=environment, input=json.dumps(texts), capture_output=True, text=True, timeout=60,
            check=True,
        )  # fmt: skip
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="module")
def page():
    """Return an empty page with the plugin's scripts, from which nothing leaves."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        made = chromium.new_page()
        made.route("**/*", lambda route: route.abort())
        made.route(EMPTY, lambda route: route.fulfill(content_type="text/html", body=BODY))
        made.goto(EMPTY)
        for name in SCRIPTS:
            made.add_script_tag(content=(ASSETS / name).read_text())
        made.evaluate("window.trp = window.tradingRobotService")
        yield made
        chromium.close()


@pytest.fixture
def fragments(app, site, monkeypatch) -> dict[str, str]:
    """Return all fragments of the service as it sends them, for a member of the demo."""
    monkeypatch.setattr(cast, "MEMBER_COUNT", 3)
    admin.seed_demo(lambda _line: None)
    db.session.rollback()
    from app.accounts.models import User

    site.link(7, db.session.query(User.id).order_by(User.id).first()[0])
    return {path: site.get(path, wp_user_id=7).get_data(as_text=True).strip() for path in FRAGMENTS}


def test_no_attack_survives_in_either(clean, page):
    assert len(set(ATTACKS)) >= 40
    found = clean(ATTACKS)
    survived = {}
    for attack, cleaned in zip(ATTACKS, found["cleaned"], strict=True):
        for side, text, is_clean in (("PHP", cleaned, True), ("JS", attack, False)):
            faults = page.evaluate(JUDGE, [text, is_clean, found["names"]])
            if faults:
                survived[f"{side}: {attack}"] = faults
    assert survived == {}


def test_the_judge_knows_an_attack_when_it_sees_one(page):
    """Not cleaned at all, most of them do act: the test above is no empty one."""
    caught = [attack for attack in ATTACKS if page.evaluate(JUDGE, [attack, True, {}])]
    assert len(caught) > 60


def test_every_real_fragment_is_the_same_tree_in_both(clean, page, fragments):
    assert len(fragments) == len(FRAGMENTS)
    found = clean(list(fragments.values()))
    for (path, raw), cleaned in zip(fragments.items(), found["cleaned"], strict=True):
        assert len(raw) > 100, path
        assert page.evaluate(COMPARE, [cleaned, raw, found["names"]]) == "", path


def test_cleaning_takes_nothing_away_from_a_real_fragment(page, clean, fragments):
    names = clean([])["names"]
    for path, raw in fragments.items():
        kept = page.evaluate(
            "([raw, names]) => { const box = document.createElement('div');"
            " box.append(trp.live.clean(raw, names)); return box.querySelectorAll('*').length; }",
            [raw, names],
        )
        assert kept == len(re.findall(r"<[a-z][a-z0-9]*[\s>/]", raw)), path


def test_waiting_grows_from_one_second_to_a_minute(page):
    waits = page.evaluate(
        "[1, 2, 3, 6, 7, 50].map(count => [trp.live.wait(count, 0), trp.live.wait(count, 1)])"
    )
    assert waits[0] == [1000, 2000]
    assert waits[1] == [2000, 4000]
    assert waits[-1] == waits[-2] == [30000, 60000]
    assert all(1000 <= low < high <= 60000 for low, high in waits)


def test_the_script_is_small():
    assert (ASSETS / "trp-live.js").stat().st_size < 8192
