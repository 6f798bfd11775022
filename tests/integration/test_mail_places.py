"""Links in mails lead to pages that are there: of the member's site, or of our own."""

from __future__ import annotations

import pytest

from app.accounts import service as accounts
from app.accounts.models import Site
from app.core.db import db, transaction
from app.notifications.service.places import PLACES, address_of
from app.notifications.service.topics import TOPICS
from tests.integration.test_account_sign_in import ANN, make

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DASHBOARD = "https://harbor.example/?page_id=12"


@pytest.fixture
def at_site(site, member):
    """Return a member who signs in at a WordPress site only."""
    user_id = member("bob@example.test")
    with transaction():
        db.session.get(Site, site.site_id).pages = {"dashboard": DASHBOARD}
        accounts.link_member(site.site_id, 77, user_id)
    return user_id


def test_every_topic_leads_somewhere_that_exists(app):
    addresses = app.url_map.bind("127.0.0.1")
    assert {topic.place for topic in TOPICS.values()} <= set(PLACES)
    for place in PLACES.values():
        assert addresses.match(place.own)


def test_who_signs_in_at_a_site_is_led_there(app, site, at_site):
    assert address_of("overview", at_site) == DASHBOARD
    assert address_of("plan", at_site) == f"{DASHBOARD}&trp_tab=plan"
    # The site has not said where its prices are.
    assert address_of("pricing", at_site) == "http://127.0.0.1:5000/account/plan"
    with transaction():
        accounts.pause_site(site.site_id)
    assert address_of("overview", at_site) == "http://127.0.0.1:5000/account/"


def test_who_has_a_password_is_led_to_our_own_pages(app):
    user_id = make()
    assert accounts.get_user(user_id).email == ANN
    assert address_of("plan", user_id) == "http://127.0.0.1:5000/account/plan"


def test_the_fragment_keeps_what_a_member_of_a_site_chooses(app, site, at_site):
    shown = site.get("/embed/mail-settings", wp_user_id=77)
    assert "Your week in figures" in shown.text
    asked = {"wp_user_id": 77, "headers": FORM}
    kept = site.post("/embed/mail-settings", data=b"topic-limit_reached=on&language=de", **asked)
    assert "Your choice of mails is kept." in kept.text
    assert kept.text.count("checked") == 1
    db.session.rollback()
    assert accounts.get_user(at_site).language == "de"
    assert site.post("/embed/mail-settings", data=b"topic-hello=on", **asked).status_code == 422
