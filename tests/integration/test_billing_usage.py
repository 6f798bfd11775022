"""Counted limits: each use once, never more than the plan gives, and nothing is charged."""

import contextvars
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from app.billing import service
from app.billing.errors import EntitlementError
from app.billing.events import UsageAlarm, UsageReached
from app.billing.models import ConversionEvent, Invoice, JournalEntry, UsageCount, UsageRef
from app.billing.service.usage import _gauges
from app.core import clock, events
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from app.notifications.models import MailRow

MANY, AT_ONCE = 50, 10
KEY = "coach_questions"


@pytest.fixture
def told():
    """Return what is published meanwhile."""
    seen = []
    for kind in (UsageReached, UsageAlarm):
        events.subscribe(kind, seen.append)
    yield seen
    for kind in (UsageReached, UsageAlarm):
        events._subscribers[kind].remove(seen.append)


def on_plan(member, tier="lite", ladder="coach", email="member@example.test"):
    user_id = member(email)
    with transaction():
        service.subscribe(user_id, tier, source="operator", ladder=ladder)
    return user_id


def used(user_id, key=KEY):
    db.session.rollback()
    return next(each for each in service.usage(user_id) if each.key == key).used


@pytest.mark.req("S0-71")
def test_a_use_counts_once_whoever_asks_again(engine_app, member):
    user_id = on_plan(member)
    first = service.use(user_id, KEY, ref="question:1")
    again = service.use(user_id, KEY, ref="question:1")
    assert (first.used, again.used, first.limit, first.percent) == (1, 1, 100, 1)
    assert service.use(user_id, KEY, 3, ref="question:2").used == 4
    assert used(user_id) == 4


def test_beyond_the_limit_a_use_is_refused_and_says_which_plan_gives_more(engine_app, member):
    user_id = on_plan(member)
    service.use(user_id, KEY, 99, ref="a")
    with pytest.raises(EntitlementError) as refused:
        service.use(user_id, KEY, 2, ref="b")
    assert refused.value.details == {
        "feature": KEY, "limit": 100, "ladder": "coach", "plan": "pro",
    }  # fmt: skip
    assert used(user_id) == 99
    assert service.use(user_id, KEY, 1, ref="b").used == 100
    with transaction():
        service.subscribe(user_id, "pro", source="operator", ladder="coach")
    assert service.use(user_id, KEY, 2, ref="c").limit == 500


def test_who_has_no_plan_has_no_use(app, member):
    with pytest.raises(EntitlementError, match="Analyses") as refused:
        service.use(member(), "analyses", ref="a")
    assert refused.value.details["plan"] == "byok"


def at_once(app, ask):
    def one(number):
        with app.app_context():
            try:
                ask(number)
            except EntitlementError:
                return "refused"
            finally:
                db.session.remove()
            return "used"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(lambda n: contextvars.Context().run(one, n), range(MANY)))


@pytest.mark.req("S0-71")
def test_of_fifty_at_one_moment_no_more_pass_than_the_plan_gives(engine_app, member):
    user_id = on_plan(member)
    service.use(user_id, KEY, 80, ref="before")
    db.session.rollback()
    found = at_once(engine_app, lambda n: service.use(user_id, KEY, ref=f"question:{n}"))
    assert found == {"used": 20, "refused": 30}
    assert used(user_id) == 100


def test_fifty_times_the_same_use_is_one(engine_app, member):
    user_id = on_plan(member)
    service.use(user_id, KEY, 99, ref="before")
    db.session.rollback()
    found = at_once(engine_app, lambda _: service.use(user_id, KEY, ref="question:1"))
    assert found == {"used": 50}
    assert used(user_id) == 100
    assert db.session.query(UsageRef).filter_by(ref="question:1").count() == 1


def test_a_use_goes_with_the_transaction_that_it_is_part_of(app, member):
    user_id = on_plan(member)

    def fail():
        with transaction():
            service.use(user_id, KEY, ref="a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert used(user_id) == 0
    assert service.use(user_id, KEY, ref="a").used == 1


def test_a_day_and_a_month_begin_anew_by_utc(app, member, monkeypatch):
    user_id = member()
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    for number in range(3):
        service.use(user_id, "signals", ref=f"{number}")
    with pytest.raises(EntitlementError, match="3"):
        service.use(user_id, "signals", ref="4")
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 1, 0, 0, tzinfo=UTC))
    found = service.use(user_id, "signals", ref="4")
    assert (found.used, found.resets_at) == (1, datetime(2026, 12, 2, tzinfo=UTC))
    assert {row.period for row in db.session.query(UsageCount)} == {"2026-11-30", "2026-12-01"}


@pytest.mark.req("S0-71")
def test_marks_are_told_once_and_the_full_one_by_mail(app, member, told, monkeypatch):
    user_id = on_plan(member)
    file = service.read_plans()
    ready = file.features[KEY].model_copy(update={"ready": True})
    monkeypatch.setitem(file.features, KEY, ready)
    for number in range(10):
        service.use(user_id, KEY, 10, ref=f"{number}")
    assert [(each.percent, each.used, each.limit) for each in told] == [
        (80, 80, 100),
        (100, 100, 100),
    ]
    mails = db.session.query(MailRow).filter_by(topic="limit_reached").all()
    assert [mail.facts["next_plan"] for mail in mails] == ["Pro"]
    assert mails[0].facts["next_allowed"] == 500
    assert (
        mails[0]
        .facts["resets_at"]
        .startswith(f"{service.usage_of(user_id, KEY).resets_at:%Y-%m-%d}")
    )
    steps = db.session.query(ConversionEvent).filter_by(kind="limit_reached").all()
    assert [(each.ladder, each.plan_from, each.source) for each in steps] == [
        ("coach", "lite", f"limit.{KEY}")
    ]


def limit_mails():
    db.session.rollback()
    return [(row.topic, row.facts["used"], row.facts["allowed"]) for row in
            db.session.query(MailRow).filter(MailRow.topic.like("limit%")).order_by(MailRow.id)]  # fmt: skip


@pytest.mark.req("S4-95")
def test_at_four_fifths_of_a_month_a_mail_says_so_once(engine_app, member, monkeypatch):
    user_id = on_plan(member)
    service.use(user_id, KEY, 79, ref="a")
    assert limit_mails() == []
    for _ in range(2):
        service.use(user_id, KEY, 3, ref="b")
    service.give_back(user_id, KEY, ref="b")
    service.use(user_id, KEY, 5, ref="c")
    assert limit_mails() == [("limit_near", 82, 100)]
    (row,) = db.session.query(MailRow).filter_by(topic="limit_near")
    assert (row.facts["next_plan"], row.facts["next_allowed"]) == ("Pro", 500)
    # A larger plan moves the limit: near the new one is another thing to tell.
    with transaction():
        service.subscribe(user_id, "pro", source="operator", ladder="coach")
    service.use(user_id, KEY, 320, ref="d")
    assert limit_mails() == [("limit_near", 82, 100), ("limit_near", 404, 500)]
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now.replace(year=now.year + 1))
    service.use(user_id, KEY, 400, ref="e")
    assert limit_mails()[2:] == [("limit_near", 400, 500)]


def test_of_fifty_at_one_moment_one_mail_says_that_the_limit_is_near(engine_app, member):
    user_id = on_plan(member)
    service.use(user_id, KEY, 40, ref="before")
    db.session.rollback()
    at_once(engine_app, lambda n: service.use(user_id, KEY, ref=f"question:{n}"))
    assert limit_mails() == [("limit_near", 80, 100)]


def test_who_takes_all_at_once_is_not_told_that_it_is_near(app, member):
    user_id = on_plan(member)
    service.use(user_id, KEY, 100, ref="all")
    assert limit_mails() == [("limit_reached", 100, 100)]


def test_of_what_there_is_at_the_moment_four_fifths_are_told_too(app, member, monkeypatch):
    user_id = member(tier="mid")
    there = {"robots": 0}
    monkeypatch.setitem(_gauges, "robots", lambda _user_id: there["robots"])
    most = service.limit(user_id, "robots")
    for number in (1, most * 4 // 5, most * 4 // 5, most * 4 // 5 + 1, most):
        there["robots"] = number
        with transaction():
            service.note_gauge(user_id, "robots")
    assert limit_mails() == [("limit_near", most * 4 // 5, most), ("limit_reached", most, most)]


def test_what_begins_anew_tomorrow_is_not_told_as_near(app, member, monkeypatch):
    user_id = on_plan(member, "basic", "signals")
    file = service.read_plans()
    ready = file.features["signals"].model_copy(update={"ready": True})
    monkeypatch.setitem(file.features, "signals", ready)
    service.use(user_id, "signals", 9, ref="most")
    assert limit_mails() == []
    service.use(user_id, "signals", 1, ref="last")
    assert limit_mails() == [("limit_reached", 10, 10)]


def test_what_does_not_exist_yet_is_not_written_of_by_mail(app, member):
    user_id = on_plan(member, "basic", "signals")
    service.use(user_id, "signals", 10, ref="all")
    assert db.session.query(MailRow).filter_by(topic="limit_reached").count() == 0


def test_what_did_not_come_is_given_back_once_and_may_be_asked_for_again(engine_app, member):
    user_id = on_plan(member)
    service.use(user_id, KEY, 3, ref="question:1")
    service.use(user_id, KEY, ref="question:2")
    assert service.give_back(user_id, KEY, ref="question:1")
    assert not service.give_back(user_id, KEY, ref="question:1")
    assert not service.give_back(user_id, KEY, ref="never")
    assert used(user_id) == 1
    assert service.usage_of(user_id, KEY).used == 1
    assert service.use(user_id, KEY, ref="question:1").used == 2


def test_more_analyses_than_a_price_carries_are_told_to_the_operator_and_not_refused(
    app, member, told
):
    user_id = on_plan(member, "basic", "ai_traders")
    service.use(user_id, "analyses", 12_500, ref="a")
    assert told == []
    assert service.use(user_id, "analyses", 1, ref="b").limit is None
    service.use(user_id, "analyses", 1, ref="c")
    assert [(each.used, each.alarm) for each in told] == [(12_501, 12_500)]


def test_nothing_is_charged(app, member):
    user_id = on_plan(member, "basic", "ai_traders")
    service.use(user_id, "analyses", 1_000_000, ref="a")
    assert db.session.query(Invoice).count() == db.session.query(JournalEntry).count() == 0
    assert not [row for row in db.session.query(OutboxRow) if "billing" in row.name]


def test_single_uses_are_forgotten_and_counts_stay(app, member, monkeypatch):
    user_id = on_plan(member)
    now = clock.now()
    service.use(user_id, KEY, ref="a")
    assert service.prune_usage() == 0
    monkeypatch.setattr(clock, "now", lambda: now.replace(year=now.year + 1))
    assert service.prune_usage() == 1
    assert db.session.query(UsageCount).one().used == 1


def test_a_programmers_mistake_is_none_of_the_members(app, member):
    user_id = member()
    for key, amount in (("robots", 1), (KEY, 0), (KEY, -1)):
        with pytest.raises(ValueError, match=key):
            service.use(user_id, key, amount, ref="a")


def test_the_meters_show_what_is_counted_and_what_there_is(client, member, bearer):
    user_id = member(tier="mid")
    service.use(user_id, "signals", 2, ref="a")
    items = client.get("/api/subscriptions/usage", headers=bearer(user_id)).json["items"]
    found = {each["key"]: each for each in items}
    assert {"robots", "broker_accounts", KEY, "signals", "analyses"} <= set(found)
    assert (found["robots"]["used"], found["robots"]["limit"]) == (0, 25)
    assert (found["signals"]["used"], found["signals"]["percent"]) == (2, 66)
    assert (found[KEY]["limit"], found[KEY]["percent"]) == (10, 0)
