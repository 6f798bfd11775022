"""A newcomer's `make run`: buy at the test till, be let in, renew, be declined, pay, leave."""

import contextlib
import json
import re
import sqlite3
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import pytest

from tests.services import wordpress_stack

EMAIL = "newcomer@example.test"
DAY = 86400


class Stay(urllib.request.HTTPRedirectHandler):
    """Shows redirects instead of following them."""

    def redirect_request(self, *_arguments):
        return None


BROWSER = urllib.request.build_opener(Stay, urllib.request.ProxyHandler({}))


class Newcomer:
    """A member with a key and a browser."""

    def __init__(self, stack):
        self.stack = stack
        # Only from a plan with API access can one buy by the API; the first one is bought on a page.
        stack.flask("accounts", "create-user", EMAIL, "--tier", "mid")
        made = stack.flask("accounts", "create-key", EMAIL, "--scopes", "billing:write")
        self.key = made.split()[-1]

    def ask(self, path, body=None):
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        if body is not None:
            headers["Idempotency-Key"] = str(uuid.uuid4())
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.stack.service}/api{path}", data, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def press(self, url, **form):
        """Send a form of the till; return where it leads."""
        try:
            answer = BROWSER.open(url, urllib.parse.urlencode(form).encode(), timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers.get("Location")

    def pass_days(self, days):
        assert self.press(f"{self.stack.till}/test-clock", seconds=days * DAY)[0] == 303

    def plan(self):
        return self.ask("/subscriptions/current")["plan"]["tier"]

    def status(self):
        """What the service has fetched of the till's subscription."""
        path = self.stack.data_dir / "service.sqlite3"
        with contextlib.closing(sqlite3.connect(path, timeout=20)) as database:
            return database.execute("SELECT status FROM provider_subscriptions").fetchone()[0]


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory):
    with wordpress_stack(tmp_path_factory.mktemp("till"), wordpress=False) as stack:
        yield Newcomer(stack)


def wait_until(read, wanted, seconds=45.0):
    deadline = time.monotonic() + seconds
    while (found := read()) != wanted:
        assert time.monotonic() < deadline, f"{found!r} instead of {wanted!r}"
        time.sleep(0.2)


def test_a_newcomer_buys_renews_is_declined_pays_and_leaves(newcomer):
    assert newcomer.plan() == "mid"
    opened = newcomer.ask("/subscriptions/checkout", {"plan": "premium"})
    assert opened["url"].startswith(f"{newcomer.stack.till}/c/pay/")
    status, to = newcomer.press(opened["url"], card="pm_card_visa")
    assert status == 303
    assert to.startswith(newcomer.stack.service)
    wait_until(newcomer.plan, "premium")

    portal = newcomer.ask("/subscriptions/portal", {})["url"]
    newcomer.press(portal, do="card", card="pm_card_chargeCustomerFail")
    newcomer.pass_days(32)
    wait_until(newcomer.status, "past_due")

    portal = newcomer.ask("/subscriptions/portal", {})["url"]
    with BROWSER.open(portal, timeout=30) as answer:
        owed = re.findall(r'href="(/i/[^"]+)"', answer.read().decode())[0]
    newcomer.press(newcomer.stack.till + owed, card="pm_card_visa")
    wait_until(newcomer.status, "active")

    newcomer.ask("/subscriptions/cancel", {})
    newcomer.pass_days(32)
    wait_until(newcomer.status, "canceled")
