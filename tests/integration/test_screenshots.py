"""Pictures of positions: kept locked, read by a job, reviewed, written down once, forgotten."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.ai.errors import AnswerError, BudgetError, ModelAwayError
from app.ai.schemas import Outcome
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import ConflictError, NotFoundError, TooManyError, ValidationError
from app.core.outbox import OutboxRow
from app.core.parse import parse
from app.market import service as market
from app.privacy import service as privacy
from app.screenshots import service
from app.screenshots.errors import ReaderAwayError
from app.screenshots.models import Screenshot, ScreenshotContent
from app.screenshots.rules import pictures
from app.screenshots.rules.said import SaidReading
from app.screenshots.schemas import ConfirmIn
from app.screenshots.service import asking, keeping, working
from app.trading import service as trading
from app.trading.schemas.portfolio import PortfolioQuery
from tests.factories.shots import picture, position, seen
from tests.integration.test_portfolio import HEAD, ROWS
from workers import screenshots as jobs

NOW = datetime(2026, 5, 19, 21, tzinfo=UTC)
CONFIRMED = {"symbol": "ACME", "right": "call", "strike": "100", "expiry": "2026-06-19", "qty": "2",
             "price": "4.2", "opened_on": "2026-05-19", "number": 0}  # fmt: skip


@pytest.fixture
def ann(engine_app, member, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    lines = [HEAD, ",,,,,100.20,,\n"]
    lines += [",".join([*row, row[4], "10", "100"]) + "\n" for row in ROWS]
    market.import_chain(lines, "ACME", date(2026, 5, 19))
    return member("ann@example.test", tier="mid")


@pytest.fixture
def says(monkeypatch):
    """Let the gateway answer with positions, or raise what it is given."""
    asked = []

    def say(*positions, error=None):
        def run(ask):
            asked.append(ask)
            if error is not None:
                raise error
            data = SaidReading.model_validate({"positions": list(positions)})
            return Outcome(1, "gpt-4o", "screenshot:1", data=data)

        monkeypatch.setattr(asking.ai, "run", run)
        monkeypatch.setattr(asking, "read_offline", reader_away)
        return asked

    return say


def reader_away(_content, _seen_on):
    raise ReaderAwayError("no")


def send(user_id, words="AAPL 250 C"):
    (sent,) = service.send(user_id, [picture(words)])
    return sent.id


def confirmed(*positions):
    return parse(ConfirmIn, {"positions": list(positions)})


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


@pytest.mark.req("S2-96", "S2-97")
def test_several_pictures_are_kept_locked_and_each_has_its_job(ann):
    secret = picture("SECRETWORDS", kind="PNG")
    sent = service.send(ann, [secret, picture("other")], "a-site")
    assert [each.state for each in sent] == ["waiting", "waiting"]
    found = db.session.scalars(select(OutboxRow).where(OutboxRow.name == "screenshots.read"))
    assert [(row.queue, row.payload) for row in found] == [
        ("ai", {"screenshot_id": each.id, "site_id": "a-site"}) for each in sent
    ]
    kept = db.session.scalars(select(ScreenshotContent.content)).all()
    assert not any(content.startswith(b"\x89PNG") for content in kept)
    content, media_type = service.get_picture(ann, sent[0].id)
    assert (content, media_type) == (pictures.clean(secret).content, "image/png")
    row = db.session.get(Screenshot, sent[0].id)
    assert "SECRET" not in str(row.__dict__)


def test_one_bad_picture_of_several_keeps_none_and_is_named(ann):
    with pytest.raises(ValidationError, match=r"Picture 2: .*no picture"):
        service.send(ann, [picture(), b"<svg/>"])
    with pytest.raises(ValidationError, match="1 to 5"):
        service.send(ann, [picture(str(number)) for number in range(6)])
    with pytest.raises(ValidationError, match="1 to 5"):
        service.send(ann, [])
    assert (count(Screenshot), count(OutboxRow)) == (0, 0)


def test_the_same_picture_is_kept_and_read_once_but_for_each_member(ann, member):
    first = send(ann)
    assert send(ann) == first
    assert send(member("bob@example.test")) != first
    assert count(Screenshot) == 2


def test_a_member_keeps_no_more_than_so_many(ann, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_KEPT", 1)
    send(ann)
    with pytest.raises(TooManyError, match="Delete some"):
        send(ann, "other")
    send(ann)


@pytest.mark.req("S2-99", "S2-100")
def test_a_job_reads_all_positions_and_a_second_one_changes_nothing(ann, says):
    asked = says(position(), position(strike=seen("105"), quantity=seen("-1")))
    found = send(ann)
    jobs.read(found)
    shot = service.get_screenshot(ann, found)
    assert (shot.state, shot.model, shot.asked) == ("done", "gpt-4o", {0: [], 1: []})
    assert [each.position.strike.value for each in shot.found] == [Decimal(100), Decimal(105)]
    jobs.read(found)
    assert len(asked) == 1
    assert (asked[0].task, asked[0].user_id, len(asked[0].images)) == ("screenshot", ann, 1)
    assert asked[0].images[0].content == service.get_picture(ann, found)[0]


@pytest.mark.req("S2-101")
def test_the_newest_chain_decides_what_is_doubtful(ann, says):
    says(position(strike=seen("101")), position(expiry=seen("2026-06-26")))
    found = send(ann)
    jobs.read(found)
    assert service.get_screenshot(ann, found).asked == {0: ["strike"], 1: ["expiry"]}


@pytest.mark.req("S2-102")
def test_a_picture_without_positions_is_unreadable_and_may_be_filled_in_by_hand(ann, says):
    says()
    found = send(ann)
    jobs.read(found)
    shot = service.get_screenshot(ann, found)
    assert (shot.state, shot.reason) == ("unreadable", "no_positions")
    done = service.confirm(ann, found, confirmed(CONFIRMED | {"number": None}))
    assert (done.state, len(done.positions)) == ("confirmed", 1)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (BudgetError("no", scope="all", resets_at=NOW, retry_after=9), "budget"),
        (BudgetError("no", scope="own-day:7", resets_at=NOW, retry_after=9), "budget"),
        (BudgetError("no", scope="own:7", resets_at=NOW, retry_after=9), "budget_month"),
        (BudgetError("no", scope="request", resets_at=NOW, retry_after=1), "budget_request"),
        (ModelAwayError("no", reason="busy"), "away"),
        (AnswerError("no"), "answer"),
        (ConflictError("no"), "refused"),
    ],
)
def test_what_goes_wrong_is_a_word_of_ours_and_may_be_asked_again(ann, says, error, reason):
    says(error=error)
    found = send(ann)
    jobs.read(found)
    shot = service.get_screenshot(ann, found)
    assert (shot.state, shot.reason) == ("failed", reason)
    says(position())
    assert service.read_again(ann, found).state == "waiting"
    assert service.read_again(ann, found).state == "waiting"
    assert count(OutboxRow) == 2
    jobs.read(found)
    assert service.get_screenshot(ann, found).state == "done"


def test_a_fault_of_ours_is_told_and_the_next_try_of_the_job_reads(ann, says, monkeypatch):
    says(position())
    found = send(ann)
    monkeypatch.setattr(working, "weigh", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        jobs.read(found)
    assert service.get_screenshot(ann, found).reason == "fault"
    monkeypatch.undo()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    says(position())
    jobs.read(found)
    assert service.get_screenshot(ann, found).state == "done"


def test_a_worker_that_was_cut_leaves_a_reading_to_the_next_one_under_another_key(ann, says):
    asked = says(position())
    found = send(ann)
    with transaction():
        db.session.get(Screenshot, found).state = "reading"
        db.session.get(Screenshot, found).tries = 1
    jobs.read(found)
    assert service.get_screenshot(ann, found).state == "done"
    assert asked[0].request_key == f"{db.session.get(Screenshot, found).mark}:2"
    assert asked[0].data_key


def test_a_reading_that_never_ends_is_called_lost_and_may_be_asked_again(ann, monkeypatch):
    found = send(ann)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=16))
    shot = service.get_screenshot(ann, found)
    assert (shot.state, shot.reason) == ("failed", "lost")
    assert service.read_again(ann, found).state == "waiting"


def test_one_picture_is_not_read_for_ever(ann, says):
    says()
    found = send(ann)
    for _ in range(keeping.MOST_ASKED - 1):
        jobs.read(found)
        service.read_again(ann, found)
    jobs.read(found)
    with pytest.raises(ConflictError, match="often enough"):
        service.read_again(ann, found)


def test_a_picture_that_is_deleted_while_it_is_read_stays_deleted(ann, says, monkeypatch):
    says(position())
    found = send(ann)
    real = asking.read_picture

    def meanwhile(*args, **more):
        service.delete_screenshot(ann, found)
        return real(*args, **more)

    monkeypatch.setattr(asking, "read_picture", meanwhile)
    jobs.read(found)
    jobs.read(found)
    assert (count(Screenshot), count(ScreenshotContent)) == (0, 0)


def test_a_picture_after_a_deleted_one_is_read_too(ann, says, monkeypatch):
    # SQLite gives the id of a deleted row to the next one.
    says(position())
    found = send(ann)
    service.delete_screenshot(ann, found)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=1))
    send(ann)
    assert len(keys_of("screenshots.read")) == 2


def keys_of(name):
    return db.session.scalars(select(OutboxRow.key).where(OutboxRow.name == name)).all()


@pytest.mark.req("S2-103", "S2-104")
def test_confirmed_rows_become_positions_with_greeks_once(ann, says):
    says(position(), position(strike=seen("105"), quantity=seen("-2")))
    found = send(ann)
    jobs.read(found)
    given = confirmed(
        CONFIRMED, CONFIRMED | {"number": 1, "strike": "105", "side": "sell", "price": "1.5"}
    )
    done = service.confirm(ann, found, given)
    assert service.confirm(ann, found, given).positions == done.positions
    assert [each.key for each in trading.noted_positions(ann)][::-1] in (
        done.positions, done.positions[::-1],
    )  # fmt: skip
    (state,) = trading.read_portfolio(ann, PortfolioQuery()).underlyings
    assert [(each.strike, each.qty) for each in state.positions] == [
        (Decimal(100), Decimal(2)), (Decimal(105), Decimal(-2)),
    ]  # fmt: skip
    assert all(each.greeks.delta for each in state.positions)
    assert 0 < state.net.delta < 200
    with pytest.raises(ConflictError, match="written down already"):
        service.read_again(ann, found)
    held = service.held_already(ann)
    assert held["ACME", "call", Decimal(100), date(2026, 6, 19)] == 2


def test_all_rows_are_written_or_none_and_the_fault_names_its_row(ann, says):
    says(position())
    found = send(ann)
    with pytest.raises(ConflictError, match="still being read"):
        service.confirm(ann, found, confirmed(CONFIRMED))
    jobs.read(found)
    off_chain = CONFIRMED | {"number": None, "strike": "101"}
    with pytest.raises(ValidationError) as caught:
        service.confirm(ann, found, confirmed(CONFIRMED, off_chain))
    assert caught.value.field == "positions/1/strike"
    assert (trading.noted_positions(ann), service.get_screenshot(ann, found).state) == ([], "done")
    with pytest.raises(ValidationError, match="twice"):
        service.confirm(ann, found, confirmed(CONFIRMED, CONFIRMED))


def test_a_doubtful_field_is_not_written_down_unseen(ann, says):
    says(position(strike=seen("100", 0.4)))
    found = send(ann)
    jobs.read(found)
    with pytest.raises(ValidationError) as caught:
        service.confirm(ann, found, confirmed(CONFIRMED))
    assert caught.value.field == "positions/0/strike"
    assert service.confirm(ann, found, confirmed(CONFIRMED | {"sure": ["strike"]})).positions


@pytest.mark.req("S2-97")
def test_anothers_picture_is_not_there(ann, member, says):
    says(position())
    found = send(ann)
    jobs.read(found)
    bob = member("bob@example.test")
    for act in (
        lambda: service.get_screenshot(bob, found),
        lambda: service.get_picture(bob, found),
        lambda: service.read_again(bob, found),
        lambda: service.confirm(bob, found, confirmed(CONFIRMED)),
        lambda: service.delete_screenshot(bob, found),
    ):
        with pytest.raises(NotFoundError):
            act()
    assert service.list_screenshots(bob) == []
    assert len(service.list_screenshots(ann)) == 1


@pytest.mark.req("S2-97")
def test_pictures_are_forgotten_in_time_and_a_week_after_they_were_confirmed(
    ann, says, monkeypatch
):
    says(position())
    first, second = send(ann), send(ann, "other")
    jobs.read(first)
    service.confirm(ann, first, confirmed(CONFIRMED))
    for days, left in ((6, 2), (7, 1), (29, 1), (30, 0)):
        monkeypatch.setattr(clock, "now", lambda days=days: NOW + timedelta(days=days))
        jobs.prune()
        assert (count(Screenshot), count(ScreenshotContent)) == (left, left), second
    assert len(trading.noted_positions(ann)) == 1


def test_a_copy_of_ones_data_holds_the_pictures_and_an_erasure_leaves_none(ann, member):
    found, bob = send(ann), member("bob@example.test")
    send(bob)
    target = io.BytesIO()
    privacy.write_copy(ann, target)
    with zipfile.ZipFile(target) as archive:
        inside = [name for name in archive.namelist() if name.startswith("pictures/")]
        assert inside == [f"pictures/screenshot-{found}.png"]
        assert archive.read(inside[0]) == service.get_picture(ann, found)[0]
        (row,) = json.loads(archive.read("json/screenshots.json"))
    assert row["id"] == found
    assert not {"key_encrypted", "picture_hash"} & set(row)
    privacy.erase_person(ann)
    assert db.session.scalars(select(Screenshot.user_id)).all() == [bob]
    assert count(ScreenshotContent) == 1


@pytest.mark.parametrize("error", [None, "answer", "budget"])
def test_without_a_model_the_offline_reader_reads_and_says_so(ann, monkeypatch, error):
    errors = {
        "answer": AnswerError("no"),
        "budget": BudgetError("no", scope="all", resets_at=NOW, retry_after=9),
    }
    reading = SaidReading.model_validate({"positions": [position()]})
    read_on = []
    if error:
        monkeypatch.setattr(asking.ai, "run", lambda _ask: (_ for _ in ()).throw(errors[error]))
    monkeypatch.setattr(
        asking, "read_offline", lambda _content, seen_on: read_on.append(seen_on) or reading
    )
    found = send(ann)
    jobs.read(found)
    shot = service.get_screenshot(ann, found)
    assert (shot.state, shot.model, len(shot.found)) == ("done", "offline", 1)
    assert read_on == [date(2026, 5, 19)]
