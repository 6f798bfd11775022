"""Screenshots in the tab of options: sent, read, compared, confirmed; and what goes wrong on the way."""

from __future__ import annotations

import base64
import io
import re
from datetime import UTC, date, datetime

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from app.core import clock
from app.core.db import db
from app.market import service as market
from app.screenshots.service import asking
from app.trading import service as trading
from tests.factories.shots import picture, position, seen
from tests.integration.test_portfolio import CALL, HEAD, ROWS
from workers import screenshots as jobs

WP_USER, OTHER = 7, 8
NOW = datetime(2026, 5, 19, 21, tzinfo=UTC)


@pytest.fixture
def owner(app, site, member, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    lines = [HEAD, ",,,,,100.20,,\n"]
    lines += [",".join([*row, row[4], "10", "100"]) + "\n" for row in ROWS]
    market.import_chain(lines, "ACME", date(2026, 5, 19))
    user_id = member(tier="mid")
    site.link(WP_USER, user_id)
    site.link(OTHER, member("bob@example.test"))
    return user_id


@pytest.fixture
def ask(site, owner):
    def get(path, status=200, wp_user_id=WP_USER):
        answer = site.get(f"/embed/{path}", wp_user_id=wp_user_id, caps=["read"])
        assert answer.status_code == status
        return answer.get_data(as_text=True)

    return get


@pytest.fixture
def send(site, owner):
    def post(path, status=200, wp_user_id=WP_USER, **fields):
        boundary, body = encode_multipart(MultiDict(fields))
        answer = site.post(
            f"/embed/{path}", data=body, wp_user_id=wp_user_id, caps=["read"],
            headers={"Content-Type": f'multipart/form-data; boundary="{boundary}"'},
        )  # fmt: skip
        assert answer.status_code == status
        return answer.get_data(as_text=True)

    return post


@pytest.fixture
def says(monkeypatch):
    def say(*positions, model="gpt-4o"):
        reading = asking.SaidReading.model_validate(
            {"broker": seen("webull"), "positions": list(positions)}
        )
        monkeypatch.setattr(
            asking, "read_picture", lambda *_a, **_k: asking.ReadOut(reading, model, "1")
        )

    return say


def files(*contents):
    return [FileStorage(io.BytesIO(each), "shot.png") for each in contents]


def shot_of(page):
    return int(re.search(r"/embed/screenshot/(\d+)", page)[1])


def fields_of(page):
    """Return the form of a review as a browser would send it."""
    form = re.search(r'<form id="shot-review".*?</form>', page, re.DOTALL)[0]
    found = MultiDict()
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r' name="([^"]*)"', tag)[1]
        value = re.search(r' value="([^"]*)"', tag)
        if 'type="checkbox"' not in tag or " checked" in tag:
            found.add(name, value[1] if value else "")
    for name, body in re.findall(
        r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        found.add(name, re.search(r'value="([^"]*)" selected', body)[1])
    return found


@pytest.mark.req("S2-96", "S2-103", "S2-104")
def test_a_picture_is_sent_read_compared_and_confirmed(ask, send, says, owner):
    assert "Read them from a screenshot" in ask("dashboard-options")
    assert 'name="pictures[]"' in ask("dashboard-options?part=screenshots")
    page = send("screenshots", pictures=files(picture()))
    shot = shot_of(page)
    assert "being read" in page
    assert ask(f"screenshot/{shot}", status=204) == ""
    says(
        position(spread=1, band={"top": 0.2, "bottom": 0.3}),
        position(spread=1, strike=seen("105", 0.5), quantity=seen("-2"), entry_price=seen("1.5")),
    )
    jobs.read(shot)
    page = ask(f"screenshot/{shot}")
    assert "We found these positions. Correct?" in page
    assert "Read by the model gpt-4o" in page
    assert 'data-tone="ai"' in page
    assert page.count("leg of spread 1") == 2
    assert 'data-trp-top="0.2"' in page
    assert page.count("I have checked this") == 1
    typed = fields_of(page)
    refused = send(f"screenshot/{shot}/confirm", status=422, **typed.to_dict(flat=False))
    assert "Was read with doubt" in refused
    assert trading.noted_positions(owner) == []
    done = send(f"screenshot/{shot}/confirm", **{**typed.to_dict(flat=False), "sure_1": ["strike"]})
    assert "2 positions are written down" in done
    send(f"screenshot/{shot}/confirm", **typed.to_dict(flat=False))
    db.session.rollback()  # what was read before the form was sent
    assert len(trading.noted_positions(owner)) == 2
    assert "Delta" in ask("dashboard-options")


@pytest.mark.req("S2-97")
def test_the_picture_comes_as_text_for_its_owner_alone(ask, send, site, owner):
    shot = shot_of(send("screenshots", pictures=files(picture())))
    answer = site.get(f"/embed/screenshot-picture/{shot}", wp_user_id=WP_USER, caps=["read"])
    text = re.search(r'data-trp-jpeg="([^"]+)"', answer.get_data(as_text=True))[1]
    assert Image.open(io.BytesIO(base64.b64decode(text))).size == (400, 300)
    assert "no-store" in answer.headers["Cache-Control"]
    ask(f"screenshot-picture/{shot}", status=404, wp_user_id=OTHER)
    ask(f"screenshot/{shot}", status=404, wp_user_id=OTHER)
    send(f"screenshot/{shot}/delete", status=404, wp_user_id=OTHER)
    send(f"screenshot/{shot}/delete")
    ask(f"screenshot/{shot}", status=404)


def test_several_are_sent_at_once_and_a_bad_one_is_told(ask, send):
    page = send("screenshots", pictures=files(picture("one"), picture("two")))
    assert page.count("Waiting to be read") == 2
    refused = send("screenshots", status=422, pictures=files(picture("three"), b"<svg/>"))
    assert "Picture 2: This is no picture" in refused
    assert "Send 1 to 5 pictures" in send("screenshots", status=422)


@pytest.mark.req("S2-102")
def test_an_unreadable_picture_says_what_helps_and_takes_positions_by_hand(ask, send, says, owner):
    shot = shot_of(send("screenshots", pictures=files(picture())))
    says(model="offline")
    jobs.read(shot)
    page = ask(f"screenshot/{shot}")
    for words in ("Crop the picture", "light mode", "Read without a model", "by hand"):
        assert words in page
    more = send(f"screenshot/{shot}/confirm", add="1", **fields_of(page).to_dict(flat=False))
    assert more.count("Write this one down") == 2
    typed = {"rows": "2", "take_0": "1"} | {
        f"{name}_0": text for name, text in CALL.items()
    }  # fmt: skip
    assert "1 position is written down" in send(f"screenshot/{shot}/confirm", **typed)
    assert len(trading.noted_positions(owner)) == 1


def test_what_is_held_already_is_told_and_not_taken_twice_by_itself(ask, send, says, owner):
    from app.core.parse import parse
    from app.trading.schemas import PositionIn

    trading.note_position(owner, parse(PositionIn, CALL))
    shot = shot_of(send("screenshots", pictures=files(picture())))
    says(position(), position(strike=seen("105")))
    jobs.read(shot)
    page = ask(f"screenshot/{shot}")
    assert "You hold 2 of this already." in page
    assert [name for name in fields_of(page) if name.startswith("take_")] == ["take_1"]


def test_what_is_typed_wrong_is_told_at_its_row_and_nothing_is_lost(ask, send, says, owner):
    shot = shot_of(send("screenshots", pictures=files(picture())))
    says(position(), position(strike=seen("105")))
    jobs.read(shot)
    typed = fields_of(ask(f"screenshot/{shot}")).to_dict(flat=False)
    typed["strike_1"], typed["price_0"] = ["101"], ["4.44"]
    page = send(f"screenshot/{shot}/confirm", status=422, **typed)
    assert re.search(r'id="row-1-strike_1"[^>]*aria-invalid="true"', page)
    assert 'value="4.44"' in page
    assert "Send" not in send(f"screenshot/{shot}/confirm", status=422, rows="99999")
    assert trading.noted_positions(owner) == []
    hostile = send(
        f"screenshot/{shot}/confirm", status=422,
        **{**typed, "symbol_0": ["<script>alert(1)</script>"], "number_0": ["x"], "rows": ["2"]},
    )  # fmt: skip
    assert "<script>" not in hostile


@pytest.mark.req("S2-101", "S2-103")
def test_an_expired_contract_is_told_as_expired_and_not_taken_without_a_word(
    ask, send, says, owner
):
    shot = shot_of(send("screenshots", pictures=files(picture())))
    says(position(ticker=seen("ZZZ"), expiry=seen("2025-02-28")))
    jobs.read(shot)
    page = ask(f"screenshot/{shot}")
    assert "This contract has expired: is that what you mean?" in page
    form = fields_of(page).to_dict(flat=False)
    assert (form["expiry_0"], form["opened_on_0"]) == (["2025-02-28"], ["2025-02-28"])
    refused = send(f"screenshot/{shot}/confirm", 422, **form)
    assert "Was read with doubt" in refused
    assert trading.noted_positions(owner) == []
    done = send(f"screenshot/{shot}/confirm", **{**form, "sure_0": ["expiry"]})
    assert "1 position is written down" in done
    db.session.rollback()  # what was read before the form was sent
    (noted,) = trading.noted_positions(owner)
    assert (noted.symbol, noted.expiry, noted.opened_on) == (
        "ZZZ",
        date(2025, 2, 28),
        date(2025, 2, 28),
    )
