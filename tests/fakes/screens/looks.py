"""Five brokers' position pages as HTML: what stands in the columns, in which colours and type."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import NamedTuple

from tests.fakes.screens import notations as say
from tests.fakes.screens.world import Leg

Row = Sequence[str]


class Colours(NamedTuple):
    """Of one theme."""

    ground: str
    band: str
    ink: str
    faint: str
    up: str
    down: str
    line: str


@dataclass(frozen=True)
class Look:
    """How one broker's pages look."""

    broker: str
    fonts: str
    dark: Colours
    light: Colours
    top: str
    draw: Callable[[Sheet], str]


@dataclass(frozen=True)
class Sheet:
    """One page to draw."""

    groups: list[list[Leg]]
    seen_on: date
    is_phone: bool
    is_dark: bool
    rng: random.Random


def legs(sheet: Sheet) -> list[Leg]:
    """Return all legs in the order of the page."""
    return [leg for group in sheet.groups for leg in group]


# --- Small parts ---


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    cells = "".join(f"<th>{head}</th>" for head in heads)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _row(cells: Row, mark: str = "") -> str:
    """Return a row; `mark` is `leg` where a position begins and ends with it."""
    return f'<tr class="{mark}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _two(first: str, second: str) -> str:
    return f'{first}<br><span class="faint">{second}</span>'


def _gain(text: str) -> str:
    return f'<span class="{"down" if text.startswith("-") else "up"}">{text}</span>'


def _side(leg: Leg) -> str:
    return f"+{say.plain(leg.quantity)}" if leg.quantity > 0 else say.plain(leg.quantity)


def _percent(leg: Leg) -> str:
    return f"{100 * leg.gain / abs(leg.cost):+.2f}%"


def _day(sheet: Sheet, leg: Leg) -> str:
    return say.money(leg.value * sheet.rng.randint(-60, 60) / 1000)


def _greek(sheet: Sheet, places: int, most: int) -> str:
    return f"{sheet.rng.uniform(-most, most):.{places}f}"


# --- The brokers ---


def _tastytrade(sheet: Sheet) -> str:
    rows = []
    for group in sheet.groups:
        total = say.money(sum((leg.gain for leg in group[1:]), group[0].gain))
        name = f"<b>{group[0].ticker}</b>"
        if len(group) == 1 and group[0].right == "shares":
            rows.append(_tastytrade_leg(sheet, group[0], name))
            continue
        head = [name, "", "", "", _gain(total)]
        rows.append(_row(head if sheet.is_phone else [*head, "", "", "", ""]))
        rows += [
            _tastytrade_leg(sheet, leg, "Shares" if leg.right == "shares" else say.tastytrade(leg, sheet.seen_on))
            for leg in group
        ]  # fmt: skip
    heads = ["Symbol", "Qty", "Trd Prc", "Mark", "P/L Open"]
    if not sheet.is_phone:
        heads += ["P/L Day", "Delta", "Theta", "IV Rank"]
    return _table(heads, rows)


def _tastytrade_leg(sheet: Sheet, leg: Leg, name: str) -> str:
    cells = [
        name, say.plain(leg.quantity), say.money(leg.entry), say.money(leg.mark),
        _gain(say.money(leg.gain)),
    ]  # fmt: skip
    if not sheet.is_phone:
        cells += [
            _gain(_day(sheet, leg)), _greek(sheet, 2, 90), _greek(sheet, 3, 20),
            f"{sheet.rng.uniform(1, 99):.1f}",
        ]  # fmt: skip
    return _row(cells, "leg")


def _thinkorswim(sheet: Sheet) -> str:
    rows = []
    for group in sheet.groups:
        gain = _gain(say.money(sum((leg.gain for leg in group[1:]), group[0].gain)))
        name = f"<b>{group[0].ticker}</b>"
        long = escape(group[0].company).upper()
        if sheet.is_phone:
            rows.append(_row([name, "", "", gain]))
        else:
            rows.append(_row([f"{name} &nbsp; {long}", "", "", "", "", "", "", gain, "", ""]))
        rows += [_thinkorswim_leg(sheet, leg, long) for leg in group]
    if sheet.is_phone:
        return _table([_two("Instrument", "Qty"), "Mark", "Trade Price", "P/L Open"], rows)
    heads = ["Instrument", "Qty", "Days", "Trade Price", "Mark", "Mrk Chng", "Delta", "P/L Open", "P/L Day", "BP Effect"]  # fmt: skip
    return _table(heads, rows)


def _thinkorswim_leg(sheet: Sheet, leg: Leg, long: str) -> str:
    name = long if leg.right == "shares" else say.thinkorswim(leg)
    gain = _gain(say.money(leg.gain))
    if sheet.is_phone:
        return _row([_two(name, _side(leg)), say.money(leg.mark), say.money(leg.entry), gain], "leg")  # fmt: skip
    days = "" if leg.expiry is None else str((leg.expiry - sheet.seen_on).days)
    return _row(
        [
            f"&nbsp; {name}", _side(leg), days, say.money(leg.entry), say.money(leg.mark),
            _gain(_greek(sheet, 2, 3)), _greek(sheet, 2, 90), gain, _gain(_day(sheet, leg)),
            say.dollars(leg.cost),
        ],
        "leg",
    )  # fmt: skip


def _interactive_brokers(sheet: Sheet) -> str:
    notation = sheet.rng.choice(("own", "own", "occ"))

    def name(leg: Leg) -> str:
        if leg.right == "shares":
            return leg.ticker
        if notation == "occ" and not sheet.is_phone:
            return say.occ(leg)
        return f"{leg.ticker} {say.workstation(leg) if sheet.is_dark else say.portal(leg)}"

    def count(leg: Leg) -> str:
        if notation == "occ" and leg.quantity < 0:
            return f"({say.plain(-leg.quantity)})"
        return say.plain(leg.quantity)

    places = 4
    if sheet.is_phone:
        rows = [
            _row(
                [
                    _two(*(leg.ticker, leg.company if leg.right == "shares" else name(leg).removeprefix(f"{leg.ticker} "))),
                    count(leg), _two(say.money(leg.mark), say.money(leg.entry, places)),
                    _gain(say.money(leg.gain)),
                ],
                "leg",
            )
            for leg in legs(sheet)
        ]  # fmt: skip
        return _table(["Instrument", "Position", _two("Last", "Avg Price"), "Unrlzd P&amp;L"], rows)
    rows = [
        _row(
            [
                name(leg), count(leg), say.money(leg.mark), _gain(f"{sheet.rng.uniform(-9, 9):.2f}%"),
                say.money(leg.cost), say.money(leg.value), say.money(leg.entry, places),
                _gain(_day(sheet, leg)), _gain(say.money(leg.gain)),
            ],
            "leg",
        )
        for leg in legs(sheet)
    ]  # fmt: skip
    heads = ["Instrument", "Position", "Last", "Change %", "Cost Basis", "Market Value", "Avg Price", "Daily P&amp;L", "Unrealized P&amp;L"]  # fmt: skip
    return _table(heads, rows)


def _robinhood(sheet: Sheet) -> str:
    if sheet.is_phone:
        return "".join(_robinhood_card(sheet, leg) for leg in legs(sheet))
    rows = []
    for leg in legs(sheet):
        name, count = leg.ticker, say.plain(leg.quantity)
        if leg.right != "shares":
            name = f"{say.robinhood(leg)} {say.short_date(leg, sheet.seen_on)}"
            count = _side(leg)
        rows.append(
            _row(
                [name, count, say.dollars(leg.mark), say.dollars(leg.entry),
                 _gain(say.dollars(leg.gain, plus=True)), say.dollars(leg.value)],
                "leg",
            )
        )  # fmt: skip
    heads = ["Name", "Quantity", "Price", "Average cost", "Total return", "Market value"]
    return _table(heads, rows)


def _robinhood_card(sheet: Sheet, leg: Leg) -> str:
    if leg.right == "shares":
        title = f"{escape(leg.company)}</h2><p class='faint'>{leg.ticker}</p><h2>"
        pairs = [("Shares", say.plain(leg.quantity))]
    else:
        title = f"{say.robinhood(leg)} {say.short_date(leg, sheet.seen_on)}"
        pairs = [("Contracts", _side(leg))]
    pairs += [
        ("Average cost", say.dollars(leg.entry)), ("Current price", say.dollars(leg.mark)),
        ("Market value", say.dollars(leg.value)),
        ("Total return", f"{say.dollars(leg.gain, plus=True)} ({_percent(leg)})"),
    ]  # fmt: skip
    if leg.expiry is not None:
        expiry = leg.expiry
        pairs.append(("Expiration date", f"{expiry.month}/{expiry.day}/{expiry.year}"))
    cells = [f"<div><span class='faint'>{label}</span><br>{text}</div>" for label, text in pairs]
    return f"<section class='leg'><h2>{title}</h2><div class='pairs'>{''.join(cells)}</div></section>"  # fmt: skip


def _webull(sheet: Sheet) -> str:
    rows = []
    for leg in legs(sheet):
        if leg.right == "shares":
            name = _two(leg.ticker, escape(leg.company))
        else:
            name = _two(say.robinhood(leg), say.webull_date(leg))
        count = say.plain(leg.quantity)
        if sheet.is_phone:
            cells = [
                name, _two(say.money(leg.value), count), _two(say.money(leg.mark), say.money(leg.entry)),
                _two(_gain(f"{leg.gain:+,.2f}"), _gain(_percent(leg))),
            ]  # fmt: skip
        else:
            cells = [
                name, count, say.money(leg.value), say.money(leg.mark), say.money(leg.entry),
                _gain(f"{leg.gain:+,.2f}"), _gain(_percent(leg)), _gain(_day(sheet, leg)),
            ]  # fmt: skip
        rows.append(_row(cells, "leg"))
    if sheet.is_phone:
        heads = ["Symbol", "Mkt Value/Qty", "Last/Avg Cost", "Open P&amp;L"]
    else:
        heads = ["Symbol", "Qty", "Mkt Value", "Last Price", "Avg Cost", "Open P&amp;L", "Open P&amp;L %", "Day&#39;s P&amp;L"]  # fmt: skip
    return _table(heads, rows)


LOOKS = {
    look.broker: look
    for look in (
        Look(
            "tastytrade", "'Open Sans', sans-serif",
            Colours("#171717", "#262626", "#e6e6e6", "#9a9a9a", "#32b87c", "#e5484d", "#333333"),
            Colours("#ffffff", "#efefef", "#1d1d1d", "#666666", "#0f8a55", "#c4232b", "#dddddd"),
            "Positions | Activity | Trade &nbsp; Net Liq {cash} &nbsp; Opt BP {more}", _tastytrade,
        ),
        Look(
            "thinkorswim", "'Liberation Sans', sans-serif",
            Colours("#0b0b0b", "#202020", "#d8d8d8", "#a8a8a8", "#1fbf4b", "#f04040", "#2b2b2b"),
            Colours("#f7f7f7", "#dfdfdf", "#151515", "#555555", "#0b7a2c", "#b81616", "#cccccc"),
            "Position Statement &nbsp; Net Liq &amp; Day Trades {cash}", _thinkorswim,
        ),
        Look(
            "interactive_brokers", "'Roboto', sans-serif",
            Colours("#1b2230", "#2a3346", "#e8ebf2", "#a9b2c6", "#3ddc84", "#ff6b6b", "#323c52"),
            Colours("#ffffff", "#f1f3f6", "#1f2733", "#5d6878", "#0a7d3b", "#c62828", "#e1e5ea"),
            "Portfolio &nbsp; Net Liquidation Value {cash} &nbsp; Excess Liquidity {more}",
            _interactive_brokers,
        ),
        Look(
            "robinhood", "'Inter', sans-serif",
            Colours("#000000", "#101010", "#ffffff", "#a5acb1", "#00c805", "#ff5000", "#30363a"),
            Colours("#ffffff", "#ffffff", "#000000", "#6a7278", "#00862a", "#d43d00", "#e3e9ed"),
            "Investing {cash} &nbsp; Buying power {more}", _robinhood,
        ),
        Look(
            "webull", "'Roboto', sans-serif",
            Colours("#10131a", "#191e29", "#e4e8f0", "#8a93a6", "#21b98a", "#f0485c", "#262d3a"),
            Colours("#ffffff", "#f5f6f8", "#14171f", "#737b8c", "#0d8f66", "#d0304a", "#e8eaee"),
            "Positions &nbsp; Net Account Value {cash} &nbsp; Open P&amp;L {more}", _webull,
        ),
    )
}  # fmt: skip
