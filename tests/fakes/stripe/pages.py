"""The hosted pages: which address shows what, and who may press a button."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from . import pages_checkout, pages_clock, pages_connect, pages_invoice, pages_portal
from .errors import ApiError
from .html import message, not_found
from .schedule import tick

PAGES = [
    (re.compile(address), show)
    for address, show in (
        ("/", pages_clock.overview),
        ("/test-clock", pages_clock.clock),
        ("/c/pay/([^/]+)", pages_checkout.pay),
        ("/c/pay/([^/]+)/authenticate", pages_checkout.ask_bank),
        ("/authenticate/([^/]+)", pages_invoice.ask_bank),
        ("/p/session/([^/]+)", pages_portal.portal),
        ("/i/([^/]+)", pages_invoice.invoice),
        ("/i/([^/]+)/pdf", pages_invoice.pdf),
        ("/connect/([^/]+)", pages_connect.onboarding),
        ("/express/([^/]+)", pages_connect.express),
    )
]
METHODS = ("GET", "POST")


def show(handler, method, parts, body) -> None:
    """Answer a browser."""
    world = handler.server.world
    with world.lock:
        answer = _answer(world, handler.headers, method, parts, body)
        if method == "POST":
            handler.server.changed()
    handler.send(answer.status, answer.content, answer.headers())


def _answer(world, headers, method, parts, body):
    if method not in METHODS or not _is_own(world, headers, method):
        return message(
            "Refused", "This request does not come from a page of the test till.", status=403
        )
    tick(world)
    form = dict(parse_qsl(body, keep_blank_values=True)) if method == "POST" else None
    for address, make in PAGES:
        if match := address.fullmatch(parts.path):
            try:
                answer = make(world, form, *match.groups())
            except ApiError as error:
                return message("This did not work", str(error), status=error.status)
            tick(world)
            return answer
    return not_found()


def _is_own(world, headers, method) -> bool:
    """Other sites may neither press our buttons nor reach us under a name of theirs."""
    own = urlsplit(world.url)
    hosts = {own.netloc, f"localhost:{own.port}"}
    if headers.get("Host") not in hosts:
        return False
    origin = headers.get("Origin")
    # A page that was reached by a redirect from elsewhere sends "null".
    return method == "GET" or origin in (None, "null") or urlsplit(origin).netloc in hosts
