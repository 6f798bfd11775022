"""Seeded positions: what a look-alike shows, and so what a reader has to find."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

COMPANIES = {
    "AAPL": ("Apple", 230), "AMD": ("Advanced Micro Devices", 162), "AMZN": ("Amazon.com", 221),
    "BAC": ("Bank of America", 46), "COIN": ("Coinbase Global", 310), "DIS": ("Walt Disney", 112),
    "F": ("Ford Motor", 12), "GOOGL": ("Alphabet Class A", 190), "IBM": ("IBM", 264),
    "INTC": ("Intel", 24), "IWM": ("iShares Russell 2000", 226), "JPM": ("JPMorgan Chase", 268),
    "KO": ("Coca-Cola", 66), "META": ("Meta Platforms", 640), "MSFT": ("Microsoft", 455),
    "NVDA": ("NVIDIA", 141), "PLTR": ("Palantir", 128), "QQQ": ("Invesco QQQ", 522),
    "SOFI": ("SoFi Technologies", 14), "SPY": ("SPDR S&P 500", 594), "TSLA": ("Tesla", 341),
    "UBER": ("Uber Technologies", 84), "WMT": ("Walmart", 97), "XOM": ("Exxon Mobil", 110),
}  # fmt: skip
CENT = Decimal("0.01")
KINDS = ("single", "single", "single", "vertical", "condor", "strangle", "calendar", "shares", "covered")  # fmt: skip


@dataclass(frozen=True)
class Leg:
    """One position as it is."""

    ticker: str
    right: str
    strike: Decimal | None
    expiry: date | None
    quantity: Decimal
    entry: Decimal
    mark: Decimal
    spread: int | None = None

    @property
    def company(self) -> str:
        """The long name."""
        return COMPANIES[self.ticker][0]

    @property
    def size(self) -> int:
        """Shares in one of it."""
        return 1 if self.right == "shares" else 100

    @property
    def value(self) -> Decimal:
        """What it is worth; below zero where it was sold."""
        return (self.mark * self.quantity * self.size).quantize(CENT)

    @property
    def cost(self) -> Decimal:
        """What was paid for it."""
        return (self.entry * self.quantity * self.size).quantize(CENT)

    @property
    def gain(self) -> Decimal:
        """Made or lost so far."""
        return self.value - self.cost


def positions(
    rng: random.Random, seen_on: date, most: int, *, fractions: bool, fine: bool
) -> list[list[Leg]]:
    """Return groups of legs, `most` legs in all at most; `fine` entry prices have four decimals."""
    tickers = list(COMPANIES)
    rng.shuffle(tickers)
    groups: list[list[Leg]] = []
    spreads = 0
    while (left := most - sum(map(len, groups))) > 0:
        legs = _group(rng, tickers.pop(), seen_on, fractions=fractions, fine=fine)
        if len(legs) > left:
            continue
        if len(legs) > 1:
            spreads += 1
            legs = [replace(leg, spread=spreads) for leg in legs]
        groups.append(legs)
    return groups


def _group(
    rng: random.Random, ticker: str, seen_on: date, *, fractions: bool, fine: bool
) -> list[Leg]:
    kind = rng.choice(KINDS)
    price = COMPANIES[ticker][1] * rng.uniform(0.8, 1.25)
    size = Decimal(rng.choice((1, 1, 2, 3, 5, 10, 12, 25)))
    step = _step(price)
    middle = round(price / step)
    near, far = sorted(_expiries(rng, seen_on))

    def option(right: str, away: int, expiry: date, quantity: Decimal) -> Leg:
        strike = Decimal(str(max(1, middle + away) * step)).normalize()
        value = max(0.04, price * rng.uniform(0.004, 0.06) * (0.8 if away else 1))
        mark = Decimal(str(round(value, 2)))
        return Leg(ticker, right, strike, expiry, quantity, _paid(rng, mark, fine=fine), mark)

    def shares(quantity: Decimal) -> Leg:
        mark = Decimal(str(round(price, 2)))
        return Leg(ticker, "shares", None, None, quantity, _paid(rng, mark, fine=fine), mark)

    width, right = rng.randint(1, 5), rng.choice(("call", "put"))
    side = rng.choice((1, -1))
    if kind == "shares":
        return [shares(_count(rng, fractions=fractions))]
    if kind == "covered":
        return [shares(100 * size), option("call", width, near, -size)]
    away = rng.randint(-4, 4)
    shapes = {
        "single": [(right, away, rng.choice((near, far)), side)],
        "vertical": [(right, away, near, side), (right, away + width, near, -side)],
        "condor": [
            ("put", -width - 3, near, 1), ("put", -3, near, -1),
            ("call", 3, near, -1), ("call", width + 3, near, 1),
        ],
        "strangle": [("put", -width, near, -1), ("call", width, near, -1)],
        "calendar": [(right, 0, near, -1), (right, 0, far, 1)],
    }  # fmt: skip
    return [option(name, steps, day, sign * size) for name, steps, day, sign in shapes[kind]]


def _count(rng: random.Random, *, fractions: bool) -> Decimal:
    """Return how many shares: few or many, at some brokers parts of one, now and then sold short."""
    if fractions and rng.random() < 0.6:
        return Decimal(rng.randint(10_000, 900_000)).scaleb(-4)
    count = Decimal(rng.choice((10, 25, 50, 100, 200, 350, 1200)))
    return -count if rng.random() < 0.2 and not fractions else count


def _step(price: float) -> float:
    if price < 30:
        return 0.5
    if price < 100:
        return 1
    return 2.5 if price < 200 else 5


def _paid(rng: random.Random, mark: Decimal, *, fine: bool) -> Decimal:
    paid = max(Decimal("0.03"), mark * Decimal(str(round(rng.uniform(0.6, 1.5), 4))))
    return paid.quantize(Decimal("0.0001") if fine else CENT)


def _expiries(rng: random.Random, seen_on: date) -> tuple[date, date]:
    """Return two different Fridays: the next weeks, the next months, and now and then years."""
    friday = seen_on + timedelta(days=(4 - seen_on.weekday()) % 7)
    weeks = rng.sample((0, 1, 2, 3, 4, 6, 8, 11, 16, 29, 54, 75), 2)
    return friday + timedelta(weeks=weeks[0]), friday + timedelta(weeks=weeks[1])
