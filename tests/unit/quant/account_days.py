"""Random daily money for the tests of this folder."""

import random
from datetime import date

from app.quant.days import DayMoney
from app.quant.fifo import SCALE

FIRST = date(2023, 1, 2).toordinal()
WEEKDAYS = [day for day in range(FIRST, FIRST + 900) if (day - 1) % 7 < 5]


def make_days(seed, *, opening=50_000 * SCALE, share=0.5, size=400):
    """Rows of one account: an opening day, then trades on some weekdays (and a few Saturdays)."""
    draw = random.Random(seed)
    rows = [DayMoney(WEEKDAYS[0], opening=opening)]
    held = 0
    for day in range(FIRST + 1, FIRST + size):
        if draw.random() > (share if (day - 1) % 7 < 5 else 0.02):
            continue
        pnl = [draw.randint(-(10**11), 11 * 10**10) // 7 for _ in range(draw.randint(0, 3))]
        delta = draw.choice((-1, 0)) if held else draw.choice((0, 0, 1))
        held += delta
        rows.append(
            DayMoney(
                day,
                len(pnl),
                sum(p > 0 for p in pnl),
                sum(p < 0 for p in pnl),
                sum(p for p in pnl if p > 0),
                -sum(p for p in pnl if p < 0),
                max(pnl, default=None),
                min(pnl, default=None),
                draw.randint(1, 10**8) * len(pnl),
                sum(pnl) + draw.randint(-(10**6), 10**6),
                draw.randint(0, 10**8),
                draw.randint(-(10**10), 10**10) if held else 0,
                draw.choice((0, 0, 0, 0, 10**11)),
                0,
                delta,
            )
        )
    return rows
