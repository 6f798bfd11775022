"""The hosted pages of the fake as a browser without scripts meets them."""

import re
import urllib.error
import urllib.parse
import urllib.request
from html import unescape

import pytest


class Stay(urllib.request.HTTPRedirectHandler):
    """Shows redirects instead of following them."""

    def redirect_request(self, *_arguments):
        return None


BROWSER = urllib.request.build_opener(Stay, urllib.request.ProxyHandler({}))


def visit(url, form=None, **headers):
    """Return status, text and Location."""
    body = urllib.parse.urlencode(form).encode() if form is not None else None
    request = urllib.request.Request(url, body, headers)
    try:
        answer = BROWSER.open(request, timeout=10)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        text = answer.read().decode("utf-8", "replace")
        return answer.status, text, answer.headers.get("Location")


@pytest.fixture
def session(v1, price):
    def make(**more):
        wanted = {
            "mode": "subscription",
            "line_items": [{"price": price(3000), "quantity": 1}],
            "success_url": "https://site.example/done?s={CHECKOUT_SESSION_ID}&x=1",
            "cancel_url": "https://site.example/pricing?a=1&b=2",
            "customer_email": "anna@example.com",
        }
        return v1.checkout.sessions.create({**wanted, **more})

    return make


def test_paying_leads_back_with_the_session_in_the_address(v1, session):
    made = session()
    status, text, _ = visit(made.url)
    assert status == 200
    assert "Test till: no money moves" in text
    assert "30.00 USD" in text
    assert "<script" not in text
    status, _, to = visit(made.url, {"card": "pm_card_visa"})
    assert (status, to) == (303, f"https://site.example/done?s={made.id}&x=1")
    assert v1.checkout.sessions.retrieve(made.id).payment_status == "paid"
    assert "You have paid already" in visit(made.url)[1]


def test_every_page_has_a_label_for_each_field_and_fits_a_phone(session):
    text = visit(session(customer_email=None).url)[1]
    assert 'name="viewport"' in text
    fields = re.findall(r"<input[^>]*>", text)
    labelled = re.findall(r"<label[^>]*>(?:(?!</label>).)*<input", text)
    assert len(fields) == len(labelled) == 5


def test_going_back_without_paying_is_a_link(session):
    text = visit(session().url)[1]
    assert 'href="https://site.example/pricing?a=1&amp;b=2"' in text


def test_a_declined_card_can_be_followed_by_another(v1, session):
    made = session()
    status, text, to = visit(made.url, {"card": "pm_card_chargeDeclinedInsufficientFunds"})
    assert (status, to) == (402, None)
    assert 'role="alert">Your card has insufficient funds.' in text
    assert visit(made.url, {"card": "pm_card_visa"})[0] == 303
    assert len(v1.customers.list().data) == 1


@pytest.mark.parametrize(("answer", "status"), [("yes", "complete"), ("no", "open")])
def test_the_bank_asks(v1, session, answer, status):
    made = session()
    _, _, to = visit(made.url, {"card": "pm_card_authenticationRequired"})
    assert to == f"/c/pay/{made.id}/authenticate"
    base = made.url.partition("/c/")[0]
    assert "is it you who pays?" in visit(base + to)[1]
    visit(base + to, {"answer": answer})
    assert v1.checkout.sessions.retrieve(made.id).status == status


def test_an_e_mail_address_is_asked_for_where_none_is_known(session):
    made = session(customer_email=None)
    status, text, _ = visit(made.url, {"card": "pm_card_visa", "email": "anna"})
    assert status == 422
    assert "Give an e-mail address" in text


@pytest.fixture
def portal(v1, subscribe, price):
    subscription = subscribe(3000)
    dearer = v1.prices.retrieve(price(4000))
    v1.billing_portal.configurations.create(
        {
            "features": {
                "subscription_update": {
                    "enabled": True,
                    "default_allowed_updates": ["price"],
                    "products": [{"product": dearer.product, "prices": [dearer.id]}],
                },
                "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
                "payment_method_update": {"enabled": True},
                "invoice_history": {"enabled": True},
            }
        }
    )

    def open_it(**more):
        given = {"customer": subscription.customer, "return_url": "https://site.example/plan"}
        return v1.billing_portal.sessions.create({**given, **more}).url

    return subscription, dearer, open_it


def test_the_portal_cancels_and_resumes(v1, portal):
    subscription, _, open_it = portal
    url = open_it()
    text = visit(url)[1]
    assert "Next payment: 30.00 USD on 01 November 2026" in text
    assert 'href="https://site.example/plan"' in text
    visit(url, {"do": "cancel", "subscription": subscription.id})
    assert v1.subscriptions.retrieve(subscription.id).cancel_at_period_end is True
    assert "It ends on 01 November 2026" in visit(url)[1]
    visit(url, {"do": "resume", "subscription": subscription.id})
    assert v1.subscriptions.retrieve(subscription.id).cancel_at_period_end is False


def test_the_portal_changes_plan_and_card_and_shows_invoices(v1, portal):
    subscription, dearer, open_it = portal
    url = open_it()
    visit(url, {"do": "switch", "subscription": subscription.id, "price": dearer.id})
    assert v1.subscriptions.retrieve(subscription.id)["items"].data[0].price.id == dearer.id
    visit(url, {"do": "card", "card": "pm_card_authenticationRequired"})
    assert "ending in 3184" in visit(url)[1]
    links = re.findall(r'href="(/i/[^"]+)"', visit(url)[1])
    assert len(links) == 2
    base = url.partition("/p/")[0]
    assert "Amount due" in visit(base + links[0])[1]
    pdf = visit(f"{base}{links[0]}/pdf")[1]
    assert pdf.startswith("%PDF-1.4")
    assert "Test till: no money moves" in pdf


def test_the_portal_offers_only_what_is_its_customers_and_switched_on(v1, portal, subscribe, price):
    subscription, _, open_it = portal
    other = subscribe(3000)
    url = open_it()
    assert visit(url, {"do": "cancel", "subscription": other.id})[0] == 404
    assert (
        visit(url, {"do": "switch", "subscription": subscription.id, "price": price(1)})[0] == 404
    )
    assert v1.subscriptions.retrieve(other.id).cancel_at_period_end is False


def test_a_deep_link_does_one_thing_and_leads_back(v1, portal):
    subscription, dearer, open_it = portal
    flow = {
        "type": "subscription_update_confirm",
        "subscription_update_confirm": {
            "subscription": subscription.id,
            "items": [{"id": subscription["items"].data[0].id, "price": dearer.id}],
        },
        "after_completion": {
            "type": "redirect",
            "redirect": {"return_url": "https://site.example/thanks"},
        },
    }
    url = open_it(flow_data=flow)
    text = visit(url)[1]
    assert "Due now: <strong>10.00 USD" in text
    assert "Invoices" not in text
    given = {"do": "switch", "subscription": subscription.id, "price": dearer.id}
    assert visit(url, given)[2] == "https://site.example/thanks"


def test_an_open_invoice_can_be_paid_on_its_page(till, v1, subscribe):
    subscription = subscribe()
    till.decline(subscription.customer)
    till.advance(days=31, hours=2)
    owed = v1.invoices.list({"status": "open"}).data[0]
    assert visit(owed.hosted_invoice_url, {"card": "pm_card_visa"})[0] == 402
    till.accept(subscription.customer)
    assert visit(owed.hosted_invoice_url, {"card": "pm_card_visa"})[0] == 200
    assert v1.subscriptions.retrieve(subscription.id).status == "active"


def test_onboarding_completes_the_account_once(till, v1):
    account = v1.accounts.create({"type": "express"})
    link = v1.account_links.create(
        {
            "account": account.id,
            "type": "account_onboarding",
            "return_url": "https://site.example/creator",
            "refresh_url": "https://site.example/again",
        }
    )
    status, text, _ = visit(link.url, {"first_name": "Anna"})
    assert status == 422
    assert "Still missing: Last name, the terms." in text
    given = {"first_name": "Anna", "last_name": "Berg", "terms": "yes"}
    assert visit(link.url, given)[2] == "https://site.example/creator"
    assert v1.accounts.retrieve(account.id).payouts_enabled is True
    assert visit(link.url)[2] == "https://site.example/again"


def test_the_clock_turns_forward_and_renews(till, v1, subscribe):
    subscribe()
    text = visit(f"{till.url}/test-clock")[1]
    assert "01 October 2026, 12:00 UTC" in text
    visit(f"{till.url}/test-clock", {"seconds": str(32 * 86400)})
    assert len(v1.invoices.list().data) == 2
    assert "invoice.paid" in visit(f"{till.url}/test-clock")[1]


def test_other_sites_cannot_press_its_buttons(till):
    url = f"{till.url}/test-clock"
    before = till.now
    assert visit(url, {"seconds": "3600"}, Origin="https://evil.example")[0] == 403
    assert visit(url, Host="evil.example")[0] == 403
    assert till.now == before


def test_names_are_shown_as_text(v1, subscribe, session):
    product = v1.products.create({"name": "<script>alert(1)</script>"})
    nasty = v1.prices.create(
        {
            "product": product.id,
            "currency": "usd",
            "unit_amount": 1,
            "recurring": {"interval": "month"},
        }
    )
    text = visit(session(line_items=[{"price": nasty.id, "quantity": 1}]).url)[1]
    assert "<script>" not in text
    assert "<script>alert(1)</script>" in unescape(text)


@pytest.mark.parametrize(
    "address", ["/c/pay/cs_none", "/p/session/x", "/i/x", "/connect/x", "/nowhere"]
)
def test_nothing_is_at_unknown_addresses(till, address):
    assert visit(till.url + address)[0] == 404
