"""Made-up bars: walks of whole cents, and hypothesis strategies of them."""

import numpy as np
from hypothesis import strategies as st

from app.quant.bars import BarColumns

MINUTE = 60_000_000
DAY = 86_400_000_000
FIRST_SESSION = 737_425  # 2020-01-02


def columns_of(prices, volume=1_000.0, *, minutes_a_session=None, step=MINUTE, gaps=()):
    """Make columns of rows (open, high, low, close); a bar whose number is in `gaps` is left out."""
    rows = np.array(prices, np.float64).reshape(-1, 4)
    number = np.array([at for at in range(len(rows) + len(gaps)) if at not in gaps][: len(rows)])
    if minutes_a_session is None:
        session, opened = number, number * DAY
        closed = opened + DAY
    else:
        session = number // minutes_a_session
        opened = session * DAY + number % minutes_a_session * step
        closed = opened + step
    opened_at = opened.astype(np.int64) + 1_577_923_200_000_000
    closed_at = closed.astype(np.int64) + 1_577_923_200_000_000
    volumes = np.full(len(rows), float(volume)) if np.isscalar(volume) else np.array(volume, float)
    return BarColumns(
        opened_at,
        closed_at,
        (session + FIRST_SESSION).astype(np.int32),
        *(np.ascontiguousarray(rows[:, at]) for at in range(4)),
        volumes,
    )


def walk(count, seed=1, *, jump=0.01, start=100.0, **terms):
    """Make a walk of `count` bars in whole cents with gaps between them."""
    random = np.random.default_rng(seed)
    close = start * np.exp(np.cumsum(random.normal(0, jump, count)))
    opened = np.concatenate(([start], close[:-1])) * np.exp(random.normal(0, jump / 3, count))
    high = np.maximum(opened, close) * (1 + np.abs(random.normal(0, jump / 2, count)))
    low = np.minimum(opened, close) * (1 - np.abs(random.normal(0, jump / 2, count)))
    rows = np.round(np.column_stack((opened, high, low, close)), 2)
    rows[:, 1] = rows.max(axis=1)
    rows[:, 2] = rows.min(axis=1)
    volume = random.integers(0, 400, count).astype(float)
    return columns_of(rows, volume, **terms)


@st.composite
def bar_walks(draw, least=2, most=120, **terms):
    """Draw bars in whole cents that jump, touch and stand still."""
    count = draw(st.integers(least, most))
    price, rows = draw(st.integers(500, 20_000)), []
    moves = st.integers(-300, 300)
    for _ in range(count):
        opened = max(price + draw(moves), 10)
        price = max(opened + draw(moves), 10)
        top, bottom = max(opened, price), min(opened, price)
        high = top + draw(st.integers(0, 200))
        low = max(bottom - draw(st.integers(0, 200)), 1)
        rows.append((opened / 100, high / 100, low / 100, price / 100))
    volume = draw(st.lists(st.integers(0, 50), min_size=count, max_size=count))
    return columns_of(rows, [float(one) for one in volume], **terms)
