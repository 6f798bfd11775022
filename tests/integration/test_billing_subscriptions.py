from datetime import timedelta

import pytest

from app.accounts import service as accounts
from app.billing import service
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFoundError, ValidationError


def subscribe(*args, **options):
    with transaction():
        return service.subscribe(*args, source="operator", **options)


@pytest.mark.req("S4-29", "S4-30")
def test_the_users_columns_follow_the_newest_subscription(app, member):
    user_id = member()
    subscribe(user_id, "low", started_at=clock.now() - timedelta(days=3))
    subscribe(user_id, "mid")
    db.session.expire_all()
    user = accounts.get_user(user_id)
    assert (user.subscription_tier, user.subscription_status) == ("mid", "active")
    assert service.find_subscription(user_id).tier == "mid"


def test_a_user_without_a_subscription_has_none_and_is_free(app, member):
    user_id = member()
    assert service.find_subscription(user_id) is None
    assert accounts.get_user(user_id).subscription_tier == "free"


def test_a_subscription_that_is_over_is_expired(app, member):
    start = clock.now() - timedelta(days=40)
    made = subscribe(member(), "low", started_at=start, ends_at=start + timedelta(days=30))
    assert made.status == "expired"


def test_an_unknown_tier_and_an_end_before_the_start_are_refused(app, member):
    user_id = member()
    with pytest.raises(NotFoundError):
        subscribe(user_id, "gold")
    with pytest.raises(ValidationError, match="ends after"):
        subscribe(user_id, "low", ends_at=clock.now() - timedelta(days=1))
