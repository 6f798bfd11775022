"""The compiled loops give the bits of the plain ones, and of the fold of one scope."""

import numpy as np
import pytest
from account_days import FIRST, WEEKDAYS, make_days

from app.quant import bulk, folds
from app.quant.bulk import Calendar, Trades
from app.quant.compiled import COMPILED
from app.quant.days import merge_days
from app.quant.fifo import SCALE

CALENDAR = Calendar(
    folds.SessionAxis.from_days(WEEKDAYS), WEEKDAYS[-1], folds.Rates.from_annual(0.05, 252)
)


def same_bits(one, other):
    return all(
        a.tobytes() == b.tobytes()
        for left, right in zip(one, other, strict=True)
        for a, b in zip(left[1:], right[1:], strict=True)
    )


def make_trades(seed, count=4_000, scopes=40, *, ordered=True):
    draw = np.random.default_rng(seed)
    day = draw.integers(FIRST, FIRST + 700, count).astype(np.int32)
    return Trades(
        draw.integers(0, scopes - 1, count).astype(np.int32),  # the last scope stays empty
        np.sort(day) if ordered else day,
        draw.integers(-(10**11), 10**11, count),
        draw.integers(100, 10**8, count),
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ordered", [True, False])
def test_compiled_trades_give_the_bits_of_plain_python(seed, ordered):
    trades = make_trades(seed, ordered=ordered)
    openings = np.full(40, 10_000 * SCALE)
    openings[::3] = 0
    plain = bulk.aggregate_trades(trades, openings, CALENDAR)
    assert same_bits(plain, bulk.aggregate_trades(trades, openings, CALENDAR, COMPILED))
    order = np.random.default_rng(seed).permutation(len(trades.day))
    shuffled = Trades(*(column[order] for column in trades))
    assert same_bits(plain, bulk.aggregate_trades(shuffled, openings, CALENDAR, COMPILED))


@pytest.mark.req("S4-4", "S4-5", "S4-6", "S4-7", "S4-8", "S4-9", "S4-10", "S4-11")
def test_compiled_scopes_give_the_rows_and_states_of_the_fold_of_one_scope():
    scopes = [make_days(seed, opening=0 if seed % 5 == 0 else 10**13) for seed in range(30)]
    scopes += [[], merge_days(*scopes[:7])]
    balanced = [number % 4 != 3 for number in range(len(scopes))]
    tables, states = bulk.fold_scopes(scopes, balanced, CALENDAR, COMPILED)
    plain, plain_states = bulk.fold_scopes(scopes, balanced, CALENDAR)
    assert same_bits(tables, plain)
    found = [[] for _ in scopes]
    for table in tables:
        for scope, row in table.scope_rows():
            found[scope].append(row)
    for number, rows in enumerate(scopes):
        state = folds.FoldState(is_balanced=balanced[number])
        expected, end = folds.fold(state, rows, *CALENDAR)
        assert sorted(map(repr, found[number])) == sorted(map(repr, expected))
        assert states[number].pack() == plain_states[number].pack() == end.pack()


def test_splitting_the_scopes_over_workers_gives_the_same_rows():
    trades = make_trades(9)
    openings = np.full(40, 10_000 * SCALE)
    whole = bulk.aggregate_trades(trades, openings, CALENDAR, COMPILED)
    low = trades.scope < 20
    halves = [
        bulk.aggregate_trades(
            Trades(*(column[part] for column in trades)), openings, CALENDAR, COMPILED
        )
        for part in (low, ~low)
    ]
    for number, table in enumerate(whole):
        for column in range(1, 4):
            joined = np.concatenate([half[number][column] for half in halves])
            assert joined.tobytes() == table[column].tobytes()


def test_blocks_of_scopes_hold_the_same_rows():
    trades, openings = make_trades(3), np.full(40, 10_000 * SCALE)
    whole = bulk.aggregate_trades(trades, openings, CALENDAR, COMPILED)
    blocks = list(bulk.aggregate_blocks(trades, openings, CALENDAR, COMPILED, 7))
    for number, table in enumerate(whole):
        for column in range(1, 4):
            joined = np.concatenate([block[number][column] for block in blocks])
            assert joined.tobytes() == table[column].tobytes()


def test_sums_that_may_not_fit_are_refused():
    trades = make_trades(1)._replace(pnl=np.full(4_000, 2**62))
    with pytest.raises(OverflowError, match="64 bits"):
        bulk.aggregate_trades(trades, np.zeros(40, np.int64), CALENDAR)


def test_no_trades_give_no_rows():
    empty = Trades(*(np.empty(0, np.int64) for _ in range(4)))
    tables = bulk.aggregate_trades(empty, np.empty(0, np.int64), CALENDAR, COMPILED)
    assert [len(table) for table in tables] == [0, 0, 0, 0]
