"""The page of those who sell, as a person sees it in the browser."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.billing.service import creators, journal
from app.core.db import db, transaction
from tests.factories import tills
from tests.factories.creators import give_plan
from tests.factories.money import invoice
from tests.person import Person

PLACE = "/account/creator"
ADDRESS = "ann@example.test"


@pytest.fixture
def till(app, monkeypatch):
    with tills.till_of(app, monkeypatch) as fake:
        yield fake


@pytest.fixture
def ann(app):
    """Return a browser of somebody who has just signed in."""
    person = Person(app)
    person.sign_up(ADDRESS)
    person.sign_in(ADDRESS)
    return person


def user_id():
    with transaction():
        return db.session.scalar(select(User.id).where(User.email == ADDRESS))


def text(answer):
    return answer.get_data(as_text=True)


@pytest.mark.req("S3-65", "S3-91", "S3-97")
def test_from_the_first_look_to_the_first_earnings(app, till, ann):
    assert "Turn on codes at sign-in" in text(ann.get(PLACE))
    ann.turn_codes_on()
    refused = ann.send(f"{PLACE}/join", PLACE)
    assert (refused.status_code, "comes with the plan" in text(refused)) == (403, True)
    db.session.remove()
    give_plan(user_id())
    assert ann.send(f"{PLACE}/join", PLACE).location == PLACE
    shown = text(ann.send(f"{PLACE}/onboarding", PLACE))
    assert f'href="{till.url}/connect/' in shown
    with transaction():
        account = creators.queries.get_creator(user_id()).provider_account_id
    assert "A bank account to be paid to" in text(ann.get(PLACE))
    till.onboard(account)
    assert ann.send(f"{PLACE}/refresh", PLACE).location == PLACE
    assert "hindrance-" not in text(ann.get(PLACE))
    wrong = ann.send(f"{PLACE}/offers", PLACE, name="Signals <b>", description="Daily", price="5")
    assert wrong.status_code == 422
    assert "between 10 and 500" in text(wrong)
    assert 'value="Signals &lt;b&gt;"' in text(wrong)
    made = ann.send(f"{PLACE}/offers", PLACE, name="Signals <b>", description="Daily", price="50")
    assert made.location == PLACE
    assert ann.send(f"{PLACE}/offers/1/publish", PLACE).location == PLACE
    assert "On sale" in text(ann.get(PLACE))
    db.session.remove()
    paid = invoice(5_000, offer_id=1)
    with transaction():
        journal.record_invoice_paid(paid)
    shown = text(ann.get(PLACE))
    assert "$40.50" in shown
    assert "$4.50" in shown
    file = ann.get(f"{PLACE}/statement.csv")
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert text(file).startswith("day,entry,kind")
    assert ann.send(f"{PLACE}/offers/1/retire", PLACE).location == PLACE
    assert ann.send(f"{PLACE}/offers/99/retire", PLACE).status_code == 404


def test_forms_without_their_secret_are_refused(app, ann):
    assert ann.post(f"{PLACE}/join").status_code == 403
    assert ann.get(f"{PLACE}/statement.csv?month=x").status_code in (404, 422)
