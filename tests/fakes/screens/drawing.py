"""Draws look-alikes by Chromium into a folder, with the truth beside them as truth.json."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from scripts.lighthouse import CHROMIUM, FLAGS
from tests.fakes.screens.looks import LOOKS, Colours, Look, Sheet, legs
from tests.fakes.screens.world import Leg, positions

FIRST_DAY = date(2025, 1, 6)
OTHER_FONTS = ("DejaVu Sans", "Liberation Sans", "Inter", "Roboto", "Open Sans")
NOTE = "Made by us from invented positions: look-alikes, no pictures of brokers."


@dataclass(frozen=True)
class Form:
    """In what form a picture is taken and kept."""

    is_phone: bool
    is_dark: bool
    scale: float
    size: float
    """Of the type, against the usual one."""
    font: str
    quality: int
    """Of the JPEG; 0: PNG."""
    shrink: float
    is_cut: bool
    """Its lower edge runs through the last position."""


def draw(folder: Path, seed: int, each: int, *, other: bool = False) -> list[dict[str, Any]]:
    """Draw `each` pictures of every broker, form and theme; return and write the truth.

    `other`: with other fonts, sizes and a poorer quality, for what a reader was not tuned on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    truth = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for name, look, form, rng in _plan(seed, each, other=other):
            truth.append(_take(browser, folder, name, look, form, rng))
        browser.close()
    document = {"note": NOTE, "seed": seed, "set": "other" if other else "usual", "pictures": truth}
    (folder / "truth.json").write_text(json.dumps(document, indent=1) + "\n")
    return truth


def _plan(seed: int, each: int, *, other: bool) -> Iterator[tuple[str, Look, Form, random.Random]]:
    for broker, look in LOOKS.items():
        for is_phone in (False, True):
            for is_dark in (True, False):
                for number in range(each):
                    name = f"{broker}-{'phone' if is_phone else 'desktop'}-{'dark' if is_dark else 'light'}-{number}"
                    rng = random.Random(f"{seed} {other} {name}")
                    yield (
                        name,
                        look,
                        _form(rng, is_phone=is_phone, is_dark=is_dark, other=other),
                        rng,
                    )


def _form(rng: random.Random, *, is_phone: bool, is_dark: bool, other: bool) -> Form:
    scale = rng.choice((2, 3)) if is_phone else rng.choice((1, 1, 1.5, 2))
    if not other:
        quality = rng.choice((0, 0, 92, 80))
        shrink = rng.choice((1, 1, 1, 0.85))
        return Form(is_phone, is_dark, scale, 1, "", quality, shrink if scale > 1 else 1, rng.random() < 0.15)  # fmt: skip
    return Form(
        is_phone, is_dark, scale, rng.choice((0.9, 1.1, 1.25)), rng.choice(OTHER_FONTS),
        rng.choice((55, 65, 75)), rng.choice((0.75, 0.9, 1)) if scale > 1 else 1, rng.random() < 0.2,
    )  # fmt: skip


def _take(
    browser: Browser, folder: Path, name: str, look: Look, form: Form, rng: random.Random
) -> dict[str, Any]:
    seen_on = FIRST_DAY + timedelta(days=rng.randint(0, 900))
    groups = positions(
        rng, seen_on, rng.randint(1, 5),
        fractions=look.broker == "robinhood", fine=look.broker == "interactive_brokers",
    )  # fmt: skip
    sheet = Sheet(groups, seen_on, form.is_phone, form.is_dark, rng)
    context = browser.new_context(
        viewport={"width": 390 if form.is_phone else 1180, "height": 200},
        device_scale_factor=form.scale,
    )
    page = context.new_page()
    page.set_content(_html(look, sheet, form))
    boxes = page.eval_on_selector_all(
        ".leg", "all => all.map(one => { const box = one.getBoundingClientRect(); return [box.top, box.bottom] })"
    )  # fmt: skip
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    context.close()
    shown, partial = legs(sheet), []
    if form.is_cut and len(shown) > 1:
        top, bottom = boxes[-1]
        edge = top + (bottom - top) * rng.uniform(0.1, 0.6)
        picture = picture.crop((0, 0, picture.width, int(edge * form.scale)))
        shown, partial = shown[:-1], shown[-1:]
    file = _keep(picture, folder / name, form)
    return {
        "file": file, "broker": look.broker, "form": "phone" if form.is_phone else "desktop",
        "theme": "dark" if form.is_dark else "light", "seen_on": seen_on.isoformat(),
        "positions": [_told(leg) for leg in shown], "partial": [_told(leg) for leg in partial],
    }  # fmt: skip


def _keep(picture: Image.Image, path: Path, form: Form) -> str:
    if form.shrink != 1:
        size = (round(picture.width * form.shrink), round(picture.height * form.shrink))
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    if form.quality:
        file = path.with_suffix(".jpg")
        picture.save(file, "JPEG", quality=form.quality)
    else:
        file = path.with_suffix(".png")
        picture.quantize(64, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.name


def _told(leg: Leg) -> dict[str, Any]:
    def number(value: Decimal | None) -> str | None:
        return None if value is None else f"{value.normalize():f}"

    return {
        "ticker": leg.ticker, "right": leg.right, "strike": number(leg.strike),
        "expiry": leg.expiry.isoformat() if leg.expiry else None, "quantity": number(leg.quantity),
        "entry_price": number(leg.entry), "current_price": number(leg.mark), "spread": leg.spread,
    }  # fmt: skip


def _html(look: Look, sheet: Sheet, form: Form) -> str:
    cash, more = (f"{sheet.rng.randint(2_000, 90_000):,}.{sheet.rng.randint(0, 99):02}" for _ in "ab")  # fmt: skip
    top = look.top.format(cash=f"${cash}", more=f"${more}")
    if sheet.is_phone:
        clock = f"{sheet.rng.randint(1, 12)}:{sheet.rng.randint(0, 59):02}"
        top = f"<div class='status'>{clock}</div>{top}"
    colours = look.dark if sheet.is_dark else look.light
    fonts = f"'{form.font}', sans-serif" if form.font else look.fonts
    style = _style(colours, fonts, form)
    return f"<!doctype html><meta charset=utf-8><style>{style}</style><header>{top}</header>{look.draw(sheet)}"  # fmt: skip


def _style(colours: Colours, fonts: str, form: Form) -> str:
    base = (13.5 if form.is_phone else 13) * form.size
    pad = "9px 5px" if form.is_phone else "6px 10px"
    return f"""
    * {{ box-sizing: border-box }}
    body {{ margin: 0; padding: 0 {4 if form.is_phone else 12}px 14px; background: {colours.ground};
      color: {colours.ink}; font: {base}px/1.35 {fonts}; font-variant-numeric: tabular-nums }}
    header {{ padding: 10px 6px; color: {colours.faint} }} .status {{ color: {colours.ink} }}
    table {{ border-collapse: collapse; width: 100% }}
    th {{ background: {colours.band}; color: {colours.faint}; font-weight: 500; font-size: .92em }}
    th, td {{ padding: {pad}; text-align: right; border-bottom: 1px solid {colours.line};
      white-space: nowrap }}
    th:first-child, td:first-child {{ text-align: left }}
    .faint {{ color: {colours.faint}; font-size: .93em }} .up {{ color: {colours.up} }}
    .down {{ color: {colours.down} }}
    section {{ border-bottom: 1px solid {colours.line}; padding: 12px }} p {{ margin: 2px 0 }}
    h2 {{ font-size: 1.35em; margin: 4px 0 }}
    .pairs {{ display: grid; grid-template-columns: 1fr 1fr; gap: 8px 16px; margin-top: 8px }}
    """
