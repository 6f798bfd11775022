"""Pictures of charts: what is drawn lies where its price and time say, in the colour of its kind."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.charts import schemas as s
from app.charts.rules.picture import Mark, Scene, Size, paint
from app.charts.rules.picture.canvas import Box, text_width
from app.charts.rules.picture.look import LOOKS
from app.charts.rules.picture.scales import PriceScale, TimeScale, spread, time_ticks
from app.charts.rules.picture.scene import plan
from app.charts.rules.series import lines_of
from app.charts.service.screenshot import _words
from app.quant.bars import BarColumns
from tests.factories.bars import us

OPEN = datetime(2026, 5, 20, 13, 30, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
MEMBER, MODEL = s.Author(kind="member"), s.Author(kind="model", name="claude")
SIZES = [Size(1280, 720), Size(390, 640, 2)]


def bars(count: int = 60, price: float = 100.0) -> BarColumns:
    at = us(OPEN) + 300_000_000 * np.arange(count)
    wave = price + 2 * np.sin(np.arange(count) / 6)
    return BarColumns(
        at, at + 300_000_000, np.full(count, OPEN.toordinal(), np.int32),
        wave, wave + 0.4, wave - 0.4, wave + 0.2 * (-1.0) ** np.arange(count), np.full(count, 9.0),
    )  # fmt: skip


def scene(marks=(), document=None, found=None, **more) -> Scene:
    found = bars() if found is None else found
    document = document or s.Document(symbol="SIMULATED-A")
    regular = np.ones(len(found.close), bool)
    lines = [lines_of(one, found, regular) for one in document.indicators]
    given = {"is_daily": False, "is_simulated": True, "as_of": "As of now"} | more
    return Scene(
        document=document, bars=found, regular=regular, lines=lines, marks=list(marks),
        zone=NEW_YORK, words=_words(), **given,
    )  # fmt: skip


def pixels(shown: Scene, size: Size, theme: str) -> np.ndarray:
    image = Image.open(io.BytesIO(paint(shown, size, theme)))
    assert image.size == (round(size.width * size.scale), round(size.height * size.scale))
    return np.asarray(image.convert("RGB")).astype(int)


def near(row: np.ndarray, colour) -> np.ndarray:
    return np.abs(row - np.array(colour)).sum(axis=-1) < 120


@pytest.mark.req("S0-4", "S2-50", "S2-59", "S2-62")
@pytest.mark.parametrize("size", SIZES, ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_level_lies_where_its_price_is_in_the_colour_of_its_kind(theme, size):
    look = LOOKS[theme]
    marks = [
        Mark("R1", 103.0, "resistance"),
        Mark("S1", 97.2, "support"),
        Mark("PP", 96.8, "pivot"),
    ]
    shown = scene(marks)
    laid, found = plan(shown, size, look), pixels(shown, size, theme)
    for mark, colour in zip(marks, (look.loss, look.profit, look.mute), strict=True):
        y = round(laid.price.y(mark.price) * size.scale)
        left, right = (round(x * size.scale) for x in (laid.times.box.left + 2, laid.edge - 2))
        share = near(found[y - 1 : y + 2, left:right], colour).any(axis=0).mean()
        assert share > 0.4, (mark.name, share)
        away = near(found[y - 8 : y - 6, left:right], colour).any(axis=0).mean()
        assert away < 0.2, mark.name


@pytest.mark.req("S0-67")
def test_what_a_machine_drew_is_dashed_and_what_the_member_drew_is_not():
    look, size = LOOKS["dark"], Size(1280, 720)
    shares = []
    for author in (MEMBER, MODEL):
        line = s.SupportResistance(
            id="a", by=author, drawn_at=OPEN, role="resistance", price="103.5"
        )
        shown = scene(document=s.Document(symbol="A", drawings=[line]))
        laid, found = plan(shown, size, look), pixels(shown, size, "dark")
        y = round(laid.price.y(103.5))
        row = near(found[y - 1 : y + 1, 20 : int(laid.edge) - 5], look.loss).any(axis=0)
        shares.append(row.mean())
    assert shares[0] > 0.98
    assert 0.5 < shares[1] < 0.75


def test_candles_stand_at_their_times_and_prices():
    shown, look, size = scene(), LOOKS["light"], Size(900, 500)
    laid, found = plan(shown, size, look), pixels(shown, size, "light")
    for number in (0, 31, 59):
        x = round(laid.times.x_of(number))
        for price in (shown.bars.high[number] - 0.05, shown.bars.low[number] + 0.05):
            spot = found[round(laid.price.y(price)), x - 1 : x + 2]
            up = shown.bars.close[number] >= shown.bars.open[number]
            assert near(spot, look.profit if up else look.loss).any(), (number, price)


@pytest.mark.parametrize("kind", ["candles", "bars", "line"])
@pytest.mark.parametrize("count", [1, 2, 500])
def test_any_number_of_bars_and_every_piece_is_drawn(kind, count):
    point = {"at": OPEN, "price": "101"}
    far = {"at": OPEN - timedelta(days=900), "price": "5000"}
    common = {"by": MODEL, "drawn_at": OPEN, "is_proposed": True, "label": "Ärger <b> 漢字"}
    drawings = [
        {"kind": "trendline", "id": "a", "start": far, "end": point, "extends": True},
        {"kind": "fibonacci", "id": "b", "start": point, "end": {"at": OPEN, "price": "99"}},
        {"kind": "price_target", "id": "c", "direction": "short", "target": "1", "stop": "102"},
        {"kind": "analysis_note", "id": "d", "text": "long words " * 60, "at": far},
        {"kind": "analysis_note", "id": "e", "text": "x\ny\n" + "w" * 500},
    ]
    indicators = [
        s.Indicator(id=f"i{number}", kind=each, settings=_settings(each), by=MEMBER)
        for number, each in enumerate(s.IndicatorKind.__args__)
    ]
    document = s.Document(
        symbol="/ESZ6",
        chart_type=kind,
        indicators=indicators,
        drawings=[one | common for one in drawings],
    )
    for size in (Size(280, 240), Size(1280, 720)):
        assert paint(scene(document=document, found=bars(count)), size, "light").startswith(
            b"\x89PNG"
        )


def _settings(kind: str):
    from app.quant import indicator_settings

    return indicator_settings.read(kind, {})


def test_a_flat_price_has_a_scale():
    flat = bars(5)._replace(**dict.fromkeys(("open", "high", "low", "close"), np.full(5, 100.0)))
    assert paint(scene(found=flat), Size(600, 400), "dark")


def test_simulated_prices_say_so():
    """The tag takes room at the upper right that is ground without it."""
    size = Size(1280, 720)
    told, untold = (
        pixels(scene(is_simulated=is_simulated), size, "dark")[11:30, 1180:1268]
        for is_simulated in (True, False)
    )
    assert (untold == np.array(LOOKS["dark"].ground)).all()
    assert not (told == np.array(LOOKS["dark"].ground)).all(axis=-1).all()


@given(st.lists(st.floats(0, 400), max_size=25), st.floats(8, 20))
def test_labels_never_lie_on_one_another_while_there_is_room(wanted, height):
    placed = spread(wanted, height, 0.0, 400.0)
    order = sorted(placed)
    room = min(height, 400.0 / max(1, len(wanted)))
    assert all(after - before >= room - 1e-6 for before, after in pairwise(order))
    assert all(room / 2 - 1e-6 <= y <= 400 - room / 2 + 1e-6 for y in placed)
    assert [y for _, y in sorted(zip(wanted, placed, strict=True))] == order
    if all(after - before >= height for before, after in pairwise(sorted(wanted))):
        inside = [min(max(y, height / 2), 400 - height / 2) for y in wanted]
        if all(after - before >= height for before, after in pairwise(sorted(inside))):
            assert placed == pytest.approx(inside)


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_prices_at_the_edge_are_round_and_few(low, span):
    scale = PriceScale(Box(0, 0, 100, 400), low, low + span)
    ticks = scale.ticks()
    assert 1 <= len(ticks) <= 8
    assert all(low <= tick + span * 1e-6 and tick <= low + span * (1 + 1e-6) for tick in ticks)


@pytest.mark.parametrize(
    ("minutes", "zone", "texts"),
    [(5, "America/New_York", ["10:00", "11:00", "12:00"]), (5, "UTC", ["14:00", "15:00", "16:00"])],
)
def test_times_at_the_edge_are_round_by_the_clock_of_the_zone(minutes, zone, texts):
    at = [us(OPEN) + minutes * 60_000_000 * number for number in range(40)]
    scale = TimeScale(Box(0, 0, 400, 10), at, 10)
    ticks = time_ticks(scale, ZoneInfo(zone), daily=False, apart=80)
    assert [tick.text for tick in ticks][:3] == texts
    assert scale.x(OPEN + timedelta(minutes=12, seconds=30)) == pytest.approx(scale.x_of(2.5))


def test_a_new_day_is_written_out():
    at = [us(OPEN) + 3_600_000_000 * number for number in range(40)]
    ticks = time_ticks(TimeScale(Box(0, 0, 800, 10), at, 20), NEW_YORK, daily=False, apart=60)
    assert "21 May" in [tick.text for tick in ticks if tick.is_strong]


def test_the_fonts_are_those_that_are_shipped():
    assert text_width("iiii", 12) < text_width("MMMM", 12)
    assert text_width("1111", 12, "price") == text_width("8888", 12, "price")
    assert text_width("Simulated", 12, weight=700) > text_width("Simulated", 12, weight=400)
