"""The offline reader on pictures that it was not made on, and on what is no page of positions."""

import io
import json
import os
import shutil
import time
import zlib
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from app.quant.stats import wilson_interval
from app.screenshots import measuring
from app.screenshots.errors import ReaderAwayError
from app.screenshots.reading import read, tesseract
from app.screenshots.rules.plausible import asked_fields, weigh

KEPT = Path(__file__).parents[1] / "fakes/screens/kept"
SEEN_ON = date(2025, 11, 27)


@pytest.fixture(scope="module")
def results():
    return measuring.measure(
        KEPT,
        measuring.read_truths(KEPT),
        lambda picture: read(picture.content, picture.seen_on),
        time.perf_counter,
    )


def right(results, field, broker=None):
    own = [
        verdict
        for result in results
        for verdict in result.verdicts
        if verdict.field == field and broker in {None, verdict.broker}
    ]
    return sum(verdict.is_right for verdict in own), len(own)


@pytest.mark.req("S2-107", "S2-105", "S2-99")
@pytest.mark.parametrize("field", ["ticker", "strike", "expiry"])
def test_more_than_eight_of_ten_are_right_without_a_model(results, field):
    low, _ = wilson_interval(*right(results, field))
    assert low > 0.8, right(results, field)
    for broker in {result.truth.broker for result in results}:
        count, n = right(results, field, broker)
        assert count / n > 0.8, (broker, count, n)


@pytest.mark.req("S2-99")
@pytest.mark.parametrize("field", ["right", "quantity", "entry_price", "current_price"])
def test_the_other_fields_are_mostly_right_too(results, field):
    count, n = right(results, field)
    assert count / n > 0.8, (count, n)


@pytest.mark.req("S2-100", "S2-106")
def test_all_positions_of_a_picture_are_found_and_none_is_invented(results):
    assert max(len(result.truth.positions) for result in results) >= 3
    assert sum(result.missed for result in results) == 0
    assert sum(result.invented for result in results) == 0
    spreads = [r for r in results if any(each.spread for each in r.truth.positions)]
    assert spreads
    assert all(result.has_spreads for result in spreads)


@pytest.mark.req("S2-101")
def test_what_is_wrong_is_not_told_with_confidence(results):
    verdicts = [verdict for result in results for verdict in result.verdicts]
    sure = Counter(each.is_right for each in verdicts if (each.confidence or 0) >= 0.9)
    assert sure[True] > 100
    assert sure[False] / sure.total() < 0.02


def test_the_broker_is_told(results):
    assert all(result.has_broker for result in results)


@pytest.mark.req("S2-101", "S2-105")
@pytest.mark.parametrize("name", ["webull-desktop-light-1.png", "thinkorswim-phone-light-3.png"])
def test_a_picture_of_years_ago_is_read_with_its_own_days_and_told_as_expired(name):
    truth = next(each for each in measuring.read_truths(KEPT) if each.file == name)
    sent_on = truth.seen_on.replace(year=truth.seen_on.year + 2)
    reading = read((KEPT / name).read_bytes(), sent_on)
    found = [each for each in weigh(reading, {}, sent_on) if each.position.right.value != "shares"]
    assert [each.position.expiry.value for each in found] == [
        each.expiry for each in truth.positions if each.expiry
    ]
    for each in found:
        assert each.notes["expiry"] == "past"
        assert "expiry" in asked_fields(each)


@pytest.mark.req("S2-98")
def test_a_picture_that_lies_on_its_side_is_read_as_it_is_meant():
    truth = measuring.read_truths(KEPT)[0]
    picture = Image.open(KEPT / truth.file).convert("RGB").transpose(Image.Transpose.ROTATE_90)
    facts = Image.Exif()
    facts[0x0112] = 6  # turned by 90 degrees, as phones note it
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=95, exif=facts)
    reading = read(file.getvalue(), truth.seen_on)
    assert [each.ticker.value for each in reading.positions] == [
        each.ticker for each in truth.positions
    ]


def png(picture):
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def noise(size=(400, 300), seed=1):
    values = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(values)


UNREADABLE = {
    "empty": (b"", {"no_picture"}),
    "text": (b"<html>AAPL $450 Call 12/19</html>", {"no_picture"}),
    "cut": (png(noise())[:900], {"no_picture"}),
    "one_point": (png(Image.new("RGB", (1, 1))), {"too_small"}),
    "one_line": (png(Image.new("RGB", (3000, 2))), {"too_small"}),
    "blank": (png(Image.new("RGB", (600, 400), "white")), {"blank"}),
    "black": (png(Image.new("L", (600, 400), 0)), {"blank"}),
    "transparent": (png(Image.new("RGBA", (600, 400), (0, 0, 0, 0))), {"blank"}),
    "noise": (png(noise()), {"no_text", "no_positions"}),
    "blurred": (
        png(noise((500, 400)).filter(ImageFilter.GaussianBlur(12))),
        {"blank", "no_text", "no_positions"},
    ),
}


@pytest.mark.req("S2-102")
@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_picture_gives_nothing_and_the_reason(name):
    content, reasons = UNREADABLE[name]
    reading = read(content, SEEN_ON)
    assert reading.positions == ()
    assert reading.reason in reasons


@pytest.mark.req("S2-102")
def test_a_picture_that_claims_to_be_huge_is_not_unpacked():
    # A picture of 50,000 x 50,000 points in a few hundred bytes: only its head is looked at.
    content = bytearray(png(Image.new("1", (64, 64))))
    content[16:24] = (50_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    began = time.perf_counter()
    assert read(bytes(content), SEEN_ON).reason == "too_large"
    assert time.perf_counter() - began < 1


def test_a_machine_without_tesseract_is_told_so(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert not tesseract.is_there()
    with pytest.raises(ReaderAwayError, match="tesseract-ocr"):
        read(png(noise()), SEEN_ON)


def program(folder, body):
    file = folder / "tesseract"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return folder


def test_tesseract_that_hangs_is_ended(monkeypatch, tmp_path):
    program(tmp_path, "exec sleep 60")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(tesseract, "SECONDS", 0.5)
    monkeypatch.setattr(tesseract, "_limited", None)
    began = time.perf_counter()
    with pytest.raises(ReaderAwayError):
        tesseract.words(Image.new("L", (50, 50)))
    assert time.perf_counter() - began < 5


def test_tesseract_is_held_to_one_thread_time_and_memory(monkeypatch, tmp_path):
    told = tmp_path / "told"
    program(tmp_path, f'(ulimit -v; ulimit -t; echo "$OMP_THREAD_LIMIT"; env) > {told}')
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("SECRET_KEY", "not-for-programs")
    assert tesseract.words(Image.new("L", (50, 50))) == []
    memory, seconds, threads, *rest = told.read_text().splitlines()
    assert (int(memory) * 1024, int(seconds), threads) == (
        tesseract.MEMORY // 1024 * 1024,
        tesseract.SECONDS,
        "1",
    )
    assert "not-for-programs" not in "\n".join(rest)


def test_the_command_measures_a_folder(app, tmp_path):
    document = json.loads((KEPT / "truth.json").read_text())
    first = document["pictures"][0]
    shutil.copy(KEPT / first["file"], tmp_path)
    # One position that is not on the picture: it must count as missed.
    more = {**first["positions"][0], "ticker": "ZZZ", "strike": "1", "expiry": "2031-01-03",
            "quantity": "77", "entry_price": "1.11", "current_price": "2.22"}  # fmt: skip
    first["positions"].append(more)
    (tmp_path / "truth.json").write_text(json.dumps({"pictures": [first]}))
    done = app.test_cli_runner().invoke(
        args=["screenshots", "evaluate", "--folder", str(tmp_path), "--json"]
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert (told["pictures"], told["missed"]) == (1, 1)
    tickers = told["fields"]["all"]["ticker"]
    assert tickers["n"] == len(first["positions"])
    assert tickers["right"] == len(first["positions"]) - 1


def test_the_command_says_what_a_folder_lacks(app, tmp_path):
    done = app.test_cli_runner().invoke(args=["screenshots", "evaluate", "--folder", str(tmp_path)])
    assert done.exit_code == 1
    assert "truth.json" in done.output
