"""Steps of the funnel: told once, never changed, and nothing of a visitor is kept."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from app.accounts import service as accounts
from app.accounts.schemas import WordPressUserIn
from app.billing import service
from app.billing.models import ConversionEvent
from app.core.db import db, transaction


def steps() -> list[ConversionEvent]:
    return list(db.session.scalars(select(ConversionEvent).order_by(ConversionEvent.id)))


@pytest.mark.req("S4-92", "S4-100")
def test_a_step_that_is_told_twice_counts_once(engine_app, member):
    user_id = member()
    told = [
        note(kind="limit_reached", key=f"limit:{user_id}:robots", user_id=user_id, plan_from="free")
        for _ in range(3)
    ]
    assert told == [True, False, False]
    (kept,) = steps()
    assert (kept.kind, kept.user_id, kept.plan_from, kept.ladder) == (
        "limit_reached", user_id, "free", "robots",
    )  # fmt: skip


def note(**given):
    with transaction():
        return service.note_conversion(given.pop("kind"), **given)


@pytest.mark.req("S4-100")
def test_what_was_told_cannot_be_changed_or_taken_away(engine_app, member):
    note(kind="pricing_viewed", key="one", user_id=member(), source="pricing")
    for change in ("UPDATE conversion_events SET kind = 'ended'", "DELETE FROM conversion_events"):
        with pytest.raises(DatabaseError, match="append-only"), transaction():
            db.session.execute(text(change))
    assert [step.kind for step in steps()] == ["pricing_viewed"]


def test_a_kind_that_nobody_knows_is_refused_by_the_database(engine_app):
    with pytest.raises(DatabaseError):
        note(kind="clicked", key="one")
    assert steps() == []


def test_a_source_that_is_no_name_is_left_out(engine_app):
    note(kind="contact_asked", key="one", source="Ada <ada@example.com>")
    assert steps()[0].source is None


@pytest.mark.req("S4-92", "S4-100")
def test_a_new_member_is_the_first_step_of_the_funnel(app, site):
    site_id = site.site_id
    given = WordPressUserIn(wp_user_id=7, username="ada", email="ada@example.com")
    for _ in range(2):
        with transaction():
            user_id, _ = accounts.welcome_member(site_id, given)
    (kept,) = steps()
    assert (kept.kind, kept.user_id, kept.site_id, kept.source) == (
        "sign_up", user_id, site_id, "wordpress",
    )  # fmt: skip
