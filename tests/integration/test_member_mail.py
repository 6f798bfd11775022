"""Mails to members: asked for once, sent once, and not at all when nobody is to get them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pydantic import ValidationError
from sqlalchemy import func, select

from app.accounts import service as accounts
from app.core import clock, hold, outbox
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from app.notifications import service
from app.notifications.errors import MailNotSentError, MailRefusedError
from app.notifications.models import MailRow
from app.notifications.service import mail_care, member_mail
from tests.cuts import run_forked
from tests.factories.house import work_off
from tests.factories.mails import FACTS
from tests.person import mails
from workers import queues

ANN = "ann@example.test"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LIMIT = "limit_reached"
FAILED = "payment_failed"


@pytest.fixture
def ann(engine_app, monkeypatch):
    """Return a member, with workers at hand, on a Friday."""
    monkeypatch.setattr(queues, "application", lambda: engine_app)
    with time_machine.travel(NOW, tick=False):
        with transaction():
            user_id = accounts.create_user(ANN).id
        yield user_id


def tell(user_id, topic=FAILED, key="payment_failed:in_1", **more):
    with transaction():
        return service.tell(user_id, topic, key=key, facts={**FACTS[topic], **more})


def rows():
    db.session.rollback()
    found = db.session.scalars(select(MailRow).order_by(MailRow.id))
    return [(row.topic, row.state, row.reason) for row in found]


def test_a_member_is_told(ann, engine_app):
    assert tell(ann) is True
    work_off()
    (mail,) = mails(engine_app)
    assert (mail["To"], mail["Subject"]) == (ANN, "Your payment for Robots Mid did not go through")
    assert mail["List-Unsubscribe"] is None
    row = db.session.scalars(select(MailRow)).one()
    assert (row.state, row.attempts, row.sent_at, row.answer) == (
        "sent", 1, NOW, "kept in the folder",
    )  # fmt: skip


def test_what_happened_once_is_told_once(ann, engine_app):
    assert [tell(ann), tell(ann), tell(ann, "creator_ready")] == [True, False, False]
    work_off()
    tell(ann)
    work_off()
    assert rows() == [(FAILED, "sent", None)]
    assert len(mails(engine_app)) == 1


@pytest.mark.parametrize(
    ("topic", "key", "facts", "kind"),
    [
        ("hello", "k", {}, ValueError),
        (FAILED, "k", {"amount": 1}, ValidationError),
        (FAILED, "", FACTS[FAILED], ValueError),
        (FAILED, "a\nb", FACTS[FAILED], ValueError),
        (FAILED, "x" * 161, FACTS[FAILED], ValueError),
        ("creator_ready", "k", {"secret": "x"}, ValidationError),
    ],
)
def test_what_cannot_be_told_is_an_error_of_the_caller(ann, topic, key, facts, kind):
    with pytest.raises(kind), transaction():
        service.tell(ann, topic, key=key, facts=facts)
    assert rows() == []


def test_nothing_is_told_of_what_was_rolled_back(ann):
    def fail():
        with transaction():
            service.tell(ann, FAILED, key="k", facts=FACTS[FAILED])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    work_off()
    assert rows() == []
    with pytest.raises(RuntimeError, match="transaction"):
        service.tell(ann, FAILED, key="k", facts=FACTS[FAILED])


def test_what_is_over_is_taken_back(ann, engine_app):
    tell(ann, key="payment_failed:in_1:1")
    tell(ann, key="payment_failed:in_1:2")
    tell(ann, key="payment_failed:inX1:1")
    with transaction():
        assert service.withdraw("payment_failed:in_1:") == 2
        assert service.withdraw("payment_failed:in_2:") == 0
    work_off()
    assert rows() == [
        (FAILED, "skipped", "over"),
        (FAILED, "skipped", "over"),
        (FAILED, "sent", None),
    ]
    with transaction():
        assert service.withdraw("payment_failed:inX1:") == 0
    assert len(mails(engine_app)) == 1


def test_who_has_ended_such_mails_after_one_was_asked_for_gets_none(ann, engine_app):
    tell(ann, LIMIT, "limit:1")
    with transaction():
        service.set_preferences(ann, set())
    tell(ann)
    work_off()
    assert rows() == [(LIMIT, "skipped", "unwanted"), (FAILED, "sent", None)]


def test_who_is_gone_gets_no_mail(ann, engine_app, member):
    shut, gone = member("shut@example.test"), member("gone@example.test")
    for number, user_id in enumerate((shut, gone)):
        tell(user_id, key=f"k{number}")
    with transaction():
        accounts.set_user_disabled(shut, disabled=True)
        accounts.erase_user(gone)
    work_off()
    assert [reason for _, _, reason in rows()] == ["disabled", "erased"]
    assert [one["Subject"] for one in mails(engine_app)] == ["Your account is erased"]


def test_a_member_of_the_demo_is_mailed_on_ones_own_machine_only(ann, engine_app):
    with transaction():
        demo = accounts.create_user("demo@example.test", is_demo=True).id
    tell(demo, key="k1")
    work_off()
    engine_app.config["SMTP_URL"] = "smtp://127.0.0.1:1"
    tell(demo, key="k2")
    work_off()
    assert rows() == [(FAILED, "sent", None), (FAILED, "skipped", "demo")]
    assert len(mails(engine_app)) == 1


def test_what_comes_too_late_is_not_sent(ann, engine_app):
    tell(ann, "trial_ending", "trial:1", ends_at=NOW + timedelta(hours=3))
    tell(ann, LIMIT, "limit:1")
    with time_machine.travel(NOW + timedelta(hours=4), tick=False):
        db.session.rollback()
        service.send_member_mail(1)
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        service.send_member_mail(2)
    assert rows() == [("trial_ending", "skipped", "late"), (LIMIT, "skipped", "late")]
    assert mails(engine_app) == []


def test_one_campaign_mail_a_day(ann, engine_app):
    tell(ann, LIMIT, "limit:1")
    tell(ann, LIMIT, "limit:2")
    tell(ann)
    work_off()
    with time_machine.travel(NOW + timedelta(hours=25), tick=False):
        tell(ann, LIMIT, "limit:3")
        work_off()
    assert [(state, reason) for _, state, reason in rows()] == [
        ("sent", None), ("skipped", "often"), ("sent", None), ("sent", None),
    ]  # fmt: skip
    engine_app.config["MAIL_CAMPAIGNS_A_DAY"] = 5
    with time_machine.travel(NOW + timedelta(hours=26), tick=False):
        tell(ann, LIMIT, "limit:4")
        work_off()
    assert rows()[-1] == (LIMIT, "sent", None)


def test_a_held_installation_mails_nobody_and_drops_what_became_old(ann, engine_app):
    tell(ann)
    with transaction():
        hold.hold("restored")
    work_off()
    assert rows() == [(FAILED, "pending", None)]
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        tell(ann, key="payment_failed:in_2")
        with transaction():
            dropped = hold.release()
        work_off()
    assert (dropped["jobs"], dropped["mails"]) == (1, 1)
    assert rows() == [(FAILED, "dead", "held"), (FAILED, "sent", None)]
    assert len(mails(engine_app)) == 1


def test_a_refused_mail_is_not_tried_again(ann, monkeypatch):
    def refuse(_mail):
        raise MailRefusedError("no such mailbox (550)")

    monkeypatch.setattr(member_mail, "send_mail", refuse)
    tell(ann)
    work_off()
    assert rows() == [(FAILED, "refused", None)]
    assert db.session.scalars(select(OutboxRow.state)).all() == ["done"]


def test_a_server_that_stays_away_makes_it_dead_after_a_day(ann, monkeypatch):
    def fail(_mail):
        raise MailNotSentError("away (421)")

    monkeypatch.setattr(member_mail, "send_mail", fail)
    tell(ann)
    with time_machine.travel(NOW, tick=False) as traveller:
        for _ in range(len(outbox.PATIENT) + 1):
            job = db.session.scalars(select(OutboxRow)).one()
            traveller.move_to(job.available_at)
            work_off()
        assert clock.now() - NOW > timedelta(hours=24)
    row = db.session.scalars(select(MailRow)).one()
    assert (row.state, row.reason, row.attempts, row.answer) == (
        "dead", "unsent", len(outbox.PATIENT) + 1, "away (421)",
    )  # fmt: skip
    assert db.session.scalars(select(OutboxRow.state)).all() == ["dead"]


def test_a_mail_whose_job_is_gone_is_ended_at_night(ann):
    tell(ann)
    with transaction():
        db.session.execute(db.delete(OutboxRow))
    assert mail_care.find_late(None).faults == []
    with time_machine.travel(NOW + timedelta(days=7), tick=False):
        assert mail_care.find_late(None).faults == ["mail 1 has waited for long"]
        service.settle_mails()
        assert mail_care.find_late(None).faults == []
    assert rows() == [(FAILED, "dead", "unsent")]
    assert mail_care.find_odd(None).faults == []


PLACES = ["mails.told", "outbox.enqueued", "outbox.committed"]
SENDING = ["mails.claimed", "mails.sent", "job.worked"]


@pytest.mark.parametrize("place", PLACES)
def test_being_cut_while_told_asks_once_or_not_at_all(ann, engine_app, place):
    assert run_forked(lambda: tell(ann), places=f"{place}:1") is None
    stands = place == "outbox.committed"
    assert len(rows()) == int(stands)
    assert tell(ann) is not stands
    work_off()
    assert rows() == [(FAILED, "sent", None)]
    assert len(mails(engine_app)) == 1


@pytest.mark.parametrize("place", SENDING)
def test_being_cut_while_sending_sends_the_same_mail(ann, engine_app, place):
    tell(ann)
    assert run_forked(work_off, places=f"{place}:1") is None
    with transaction():
        job = db.session.scalars(select(OutboxRow)).one()
        job.locked_until, job_id = None, job.id
    queues.perform(job_id)
    assert rows() == [(FAILED, "sent", None)]
    assert len(mails(engine_app)) == 1
    assert db.session.scalar(select(func.count()).select_from(OutboxRow)) == 1
    assert db.session.scalars(select(OutboxRow.state)).all() == ["done"]


def test_the_language_is_the_members(ann, engine_app):
    with transaction():
        accounts.set_language(ann, "de")
    tell(ann)
    work_off()
    (mail,) = mails(engine_app)
    assert mail["Content-Language"] == "de"
    assert 'lang="de"' in mail.get_body(("html",)).get_content()


def test_counters_and_the_send_log_agree(ann, monkeypatch):
    """What /metrics counts as it happens is what the table says afterwards."""
    from collections import Counter

    from app.core import metrics

    counted = Counter()
    monkeypatch.setattr(metrics, "_add", lambda field, amount: counted.update({field: amount}))
    for number in range(3):
        tell(ann, key=f"k{number}")
        tell(ann, key=f"k{number}")
    tell(ann, LIMIT, "limit:1")
    tell(ann, LIMIT, "limit:2")
    with transaction():
        service.withdraw("k0")

    def roll_back():
        with transaction():
            service.tell(ann, FAILED, key="gone", facts=FACTS[FAILED])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        roll_back()
    work_off()
    found = db.session.execute(select(MailRow.topic, MailRow.state, func.count()).group_by(
        MailRow.topic, MailRow.state
    ))  # fmt: skip
    table = {(topic, state): number for topic, state, number in found}
    kinds = [field.split("\t") for field in counted]
    told = {
        (kind[1], kind[2]): counted["\t".join(kind)] for kind in kinds if kind[0] == "member_mails"
    }
    asked = {topic: number for (topic, what), number in told.items() if what == "asked"}
    assert {key: number for key, number in told.items() if key[1] != "asked"} == table
    assert asked == {FAILED: 3, LIMIT: 2}


def test_the_operator_sees_the_send_log_and_sends_again_what_was_given_up(ann, engine_app):
    tell(ann)
    tell(ann, LIMIT, "limit:1")
    with transaction():
        for row in db.session.scalars(select(MailRow)):
            row.state, row.reason, row.ended_at = "dead", "unsent", NOW
        db.session.execute(db.delete(OutboxRow))
    run = engine_app.test_cli_runner().invoke
    shown = run(args=["mails", "list", "--user", ANN, "--state", "dead"]).output.splitlines()
    assert [FAILED in line for line in shown] == [False, True]
    assert "dead (unsent)" in shown[0]
    assert run(args=["mails", "list", "--user", "x@example.test"]).exit_code == 1
    assert run(args=["mails", "list", "--state", "lost"]).exit_code == 2
    assert "0 mails go out again" in run(args=["mails", "resend", "--since", "2026-11-21"]).output
    assert "2 mails go out again" in run(args=["mails", "resend", "--since", "2026-11-20"]).output
    assert "0 mails go out again" in run(args=["mails", "resend", "--since", "2026-11-20"]).output
    with time_machine.travel(NOW + timedelta(days=3, hours=1), tick=False):
        service.settle_mails()  # leaves alone what has a job
        work_off()
        assert f"{FAILED}  1 1 0 0 0 0 0 0" in run(args=["mails", "figures"]).output
    assert rows() == [(FAILED, "sent", None), (LIMIT, "skipped", "late")]
