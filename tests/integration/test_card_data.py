"""No data of a card touches the service or the site: cards are typed in at the provider alone."""

from __future__ import annotations

import io
import re
import sqlite3
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
import structlog

from app.billing import service as billing
from app.billing.models import Invoice
from app.core import logs
from app.core.db import db
from tests.factories import tills
from tests.factories.plans import with_api
from tests.fakes.stripe import api as provider

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("templates/**/*.html", "wp-plugin/**/*.php", "wp-plugin/**/*.js", "app/**/*.py")
# Fields for cards, by the names that browsers fill in and that people use; the provider's scripts.
ASKS = re.compile(
    r"""autocomplete=\\?["']cc-|name=\\?["'](?:card|cc|pan|cvc|cvv|csc|security_code)[\w-]*\\?["']
    |(?:card|cc)[_-]?number|js\.stripe\.com|createPaymentMethod|confirmCardPayment|paymentRequest""",
    re.IGNORECASE | re.VERBOSE,
)
OURS = {ROOT / "app/core/redact.py", ROOT / "app/billing/service/changes.py"}
"""What keeps numbers of cards out, and so speaks of them."""
CARD = "4000056655665556"
SPOKEN = "4000 0566 5566 5556"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CARD_WORDS = re.compile(r"card\b|cvc|cvv|exp_(?:month|year)|bank_account|\bsource\b", re.IGNORECASE)


@pytest.fixture
def till(app, monkeypatch):
    with tills.till_of(app, monkeypatch) as fake:
        yield fake


@pytest.fixture
def log(app):
    """Hear all that is logged."""
    heard = io.StringIO()
    app.config["LOG_LEVEL"] = "DEBUG"
    logs.register(app)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=heard))
    yield heard
    structlog.reset_defaults()


@pytest.fixture
def kept(tmp_path, log):
    """Return what is kept, by place: the log and the database as texts."""

    def read():
        connection = sqlite3.connect(tmp_path / "service.sqlite3")
        text = "\n".join(connection.iterdump())
        connection.close()
        return {"the log": log.getvalue(), "the database": text}

    return read


@pytest.fixture
def sent(till, monkeypatch):
    """Hear what is sent to the provider: names and values."""
    heard: list[tuple[str, str]] = []
    begin = provider.begin

    def listen(world, request):
        heard.extend(parse_qsl(f"{request.query}&{request.body}"))
        return begin(world, request)

    monkeypatch.setattr(provider, "begin", listen)
    return heard


@pytest.mark.req("S1-92", "S3-107")
def test_no_page_has_a_field_for_a_card_or_a_script_of_the_provider():
    files = [path for pattern in PAGES for path in ROOT.glob(pattern) if path not in OURS]
    assert len(files) > 400
    found = [
        f"{path.relative_to(ROOT)}: {hit[0]}"
        for path in files
        for hit in [ASKS.search(path.read_text())]
        if hit
    ]
    assert found == []
    for asks in ('<input autocomplete="cc-number">', "<input name='cvc'>", "js.stripe.com/v3"):
        assert ASKS.search(asks), asks


@pytest.mark.req("S1-92", "S3-107")
def test_a_purchase_leads_away_to_be_paid_and_nothing_of_a_card_comes_back(
    app, site, member, till, sent, kept
):
    ada = member("ada@example.test")
    site.link(7, ada)

    def post(action, **fields):
        return site.post(
            f"/embed/plan/{action}", wp_user_id=7, data=urlencode(fields).encode(), headers=FORM
        )

    pages = [site.get("/embed/plan?buy=low", wp_user_id=7), post("checkout", buy="low")]
    till.complete(tills.newest_session(till), "pm_card_mastercard")
    tills.deliver(app, till)
    tills.work()
    asked = site.get("/embed/plan?buy=premium", wp_user_id=7)
    pages += [asked, post("change", buy="premium"), post("portal", payment_method="1")]
    invoice = db.session.query(Invoice).filter(Invoice.paid_minor > 0).first().id
    db.session.rollback()
    billing.refund(invoice, amount_minor=100)
    pages.append(post("cancel", feedback="other", comment="bye"))
    tills.deliver(app, till)
    tills.work()
    assert [page.status_code for page in pages] == [200] * len(pages)
    for page in pages:
        policy = page.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "frame-src" not in policy
        assert "default-src 'none'" in policy
        assert "<iframe" not in page.text
    # Links lead to the provider; no form and no address of ours takes part in the payment.
    for page in (pages[1], pages[4]):
        assert f'href="{till.url}' in page.text
    assert len(sent) > 50
    assert [name for name, _ in sent if CARD_WORDS.search(name)] == []
    assert [value for _, value in sent if CARD_WORDS.fullmatch(value)] == []
    assert till.client().v1.charges.list().data[0].payment_method_details.card.last4 == "4444"
    for place, text in kept().items():
        assert "5555555555554444" not in text, place
        assert '"cvc' not in text, place


@pytest.mark.req("S1-92", "S3-107")
def test_a_number_that_is_sent_all_the_same_is_refused_and_kept_nowhere(
    site, member, bearer, till, sent, kept
):
    ada = with_api(member("ada@example.test"))
    site.link(7, ada)
    tills.buy(till, ada, "basic", ladder="ai_traders")
    billing.sync_user(ada)
    headers, client = bearer(ada, ["billing:write"]), site.app.test_client()
    tries = [
        ("checkout", {"plan": "low", "card_number": CARD}, "card_number"),
        ("checkout", {"plan": "low", "card": {"number": CARD, "cvc": "123"}}, "card"),
        ("checkout", {"plan": CARD}, "plan"),
        ("portal", {"payment_method": CARD}, "payment_method"),
        ("cancel", {"ladder": "ai_traders", "comment": f"take {SPOKEN}"}, "comment"),
        ("cancel", {"ladder": "ai_traders", "feedback": CARD}, "feedback"),
    ]
    for action, body, field in tries:
        answer = client.post(f"/api/subscriptions/{action}", json=body, headers=headers)
        assert (answer.status_code, field in answer.text) == (422, True), answer.text
        assert CARD not in answer.text
        assert SPOKEN not in answer.text
    fields = urlencode({"ladder": "ai_traders", "comment": SPOKEN, "card_number": CARD}).encode()
    shown = site.post("/embed/plan/cancel", wp_user_id=7, data=fields, headers=FORM)
    assert (shown.status_code, "leave the number of your card out" in shown.text) == (422, True)
    assert billing.paid_plan(ada, "ai_traders").cancel_at is None
    assert CARD not in str(sent)
    assert SPOKEN not in str(sent)
    structlog.get_logger().warning("quoted", text=f"somebody wrote {SPOKEN}", card=CARD)
    for place, text in kept().items():
        assert CARD not in text, place
        assert SPOKEN not in text, place
    assert "[card]" in kept()["the log"]
