"""Robots that look ahead, each in its own way, and robots that do not."""

import gc
import sys

import numpy as np

N = 5


def above(close, level):
    return np.where(close > level, 1.0, 0.0)


def rolling(values, n=N):
    total = np.cumsum(np.concatenate((np.zeros(n), values)))
    return (total[n:] - total[:-n]) / n


def pairs_of(close):
    return np.lib.stride_tricks.sliding_window_view(close, 2)


# --- Signals that look ahead ---


def shifted(c):
    return above(np.append(c.close[1:], c.close[-1]), c.close)


def rolled(c):
    return above(np.roll(c.close, -2), c.close)


def centred(c):
    return above(c.close, np.convolve(c.close, np.ones(N) / N, mode="same"))


def normalised(c):
    return above((c.close - c.close.mean()) / c.close.std(), 0.3)


def scaled_to_range(c):
    low, high = c.close.min(), c.close.max()
    return above((c.close - low) / (high - low), 0.5)


def back_filled(c):
    sparse = np.where(np.arange(len(c.close)) % N == N - 1, c.close, np.nan)
    for at in range(len(sparse) - 2, -1, -1):
        sparse[at] = sparse[at + 1] if np.isnan(sparse[at]) else sparse[at]
    return above(np.nan_to_num(sparse), c.close)


def base_array(c):
    base = c.close.base
    if base is None or len(base) <= len(c.close):
        return np.zeros(len(c.close))
    return above(base[1 : len(c.close) + 1], c.close)


def beyond_the_buffer(c):
    follows = np.lib.stride_tricks.as_strided(c.close, (len(c.close) + 1,), c.close.strides)
    return above(follows[1:], c.close)


REMEMBERED = []


def earlier_run(c):
    known = REMEMBERED[0] if REMEMBERED else np.zeros(0)
    REMEMBERED.append(c.close.copy())
    ahead = known[1 : len(c.close) + 1]
    return above(np.append(ahead, c.close[len(ahead) :]), c.close)


def sorted_median(c):
    return above(c.close, np.sort(c.close)[len(c.close) // 2])


def ranked(c):
    return above(np.argsort(np.argsort(c.close)) / len(c.close), 0.6)


def future_high(c):
    return above(np.maximum.accumulate(c.high[::-1])[::-1], c.close * 1.02)


def future_low(c):
    return above(c.close, np.minimum.accumulate(c.low[::-1])[::-1] * 1.01)


def right_labelled(c):
    group = np.arange(len(c.close)) // N
    last = np.minimum((group + 1) * N - 1, len(c.close) - 1)
    return above(c.close[last], c.close)


def interpolated(c):
    at = np.arange(len(c.close))
    return above(np.interp(at, at[::N], c.close[::N]), c.close)


def trend_line(c):
    at = np.arange(len(c.close))
    if len(at) < 3:
        return np.zeros(len(at))
    return above(c.close, np.polyval(np.polyfit(at, c.close, 1), at))


def smoothed_by_fourier(c):
    waves = np.fft.rfft(c.close)
    waves[N:] = 0
    return above(c.close, np.fft.irfft(waves, len(c.close)))


def central_difference(c):
    return above(np.gradient(c.close), 0.0) if len(c.close) > 1 else np.zeros(1)


def session_close(c):
    last = np.searchsorted(c.session, c.session, side="right") - 1
    return above(c.close[last], c.close)


def last_price(c):
    return above(c.close, c.close[-1])


def flat_at_the_end(c):
    return np.append(np.ones(len(c.close) - 1), 0.0)


LEAKING_SIGNALS = (
    shifted, rolled, centred, normalised, scaled_to_range, back_filled, base_array,
    beyond_the_buffer, earlier_run, sorted_median, ranked, future_high, future_low, right_labelled,
    interpolated, trend_line, smoothed_by_fourier, central_difference, session_close, last_price,
    flat_at_the_end,
)  # fmt: skip


# --- Signals that do not ---


def previous(c):
    return above(c.close, np.append(c.close[0], c.close[:-1]))


def two_ago(c):
    return above(c.close, np.append(c.close[:1].repeat(2), c.close[:-2])[: len(c.close)])


def mean(c):
    return above(
        c.close, [c.close[max(0, at - N + 1) : at + 1].mean() for at in range(len(c.close))]
    )


def highest_so_far(c):
    return above(c.close, np.maximum.accumulate(c.high) * 0.98)


def lowest_so_far(c):
    return above(c.close, np.minimum.accumulate(c.low) * 1.02)


def since_the_first(c):
    return above(c.close, c.close[0])


def of_the_bar(c):
    return above(c.close, c.open)


def position_in_bar(c):
    return above(c.close - c.low, (c.high - c.low) / 2)


def gap(c):
    return above(c.open, np.append(c.open[0], c.close[:-1]))


def session_open(c):
    return above(c.close, c.open[np.searchsorted(c.session, c.session)])


def weekday(c):
    return above(c.session % 7, 3)


def minutes(c):
    return above(c.opened_at // 60_000_000 % 4, 1)


def volume_rises(c):
    return above(c.volume, np.append(c.volume[0], c.volume[:-1]))


def left_labelled(c):
    return above(c.close, c.close[np.arange(len(c.close)) // N * N])


def exponential(c):
    level, found = c.close[0], []
    for price in c.close.tolist():
        level += (price - level) * 0.2
        found.append(level)
    return above(c.close, found)


def expanding(c):
    mean = np.cumsum(c.close) / np.arange(1, len(c.close) + 1)
    return above(c.close, mean)


def always(c):
    return np.ones(len(c.close))


def shorts(c):
    return -previous(c)


CLEAN_SIGNALS = (
    previous, two_ago, mean, highest_so_far, lowest_so_far, since_the_first, of_the_bar,
    position_in_bar, gap, session_open, weekday, minutes, volume_rises, left_labelled, exponential,
    expanding, always, shorts,
)  # fmt: skip


# --- Decisions bar by bar: True buys, False sells ---


def peeking_at_frames(robot, bars, book):
    frame = sys._getframe()
    while frame is not None:
        feeds = frame.f_locals.get("feeds")
        if feeds:
            known, now = feeds[0].columns, bars[robot.symbol].opened_at[-1]
            later = known["close"][known["opened_at"] > now][:1]
            return bool(len(later)) and later[0] > bars[robot.symbol].close[-1]
        frame = frame.f_back
    return False


def peeking_at_the_collector(robot, bars, book):
    now = bars[robot.symbol].opened_at[-1]
    for found in gc.get_objects():
        # Of this run: other tests may have left theirs behind.
        is_mine = type(found).__name__ == "Feed" and found.bars is bars[robot.symbol]
        if is_mine and found.opened()[-1] > now:
            return True
    return False


SEEN = {}


def remembering_runs(robot, bars, book):
    mine = bars[robot.symbol]
    SEEN[mine.opened_at[-1]] = mine.close[-1]
    later = [at for at in SEEN if at > mine.opened_at[-1]]
    return bool(later) and SEEN[min(later)] > mine.close[-1]


def counting_on_itself(robot, bars, book):
    robot.count = getattr(robot, "count", 0) + 1
    return robot.count % 3 == 0


LEAKING_DECISIONS = (
    peeking_at_frames, peeking_at_the_collector, remembering_runs, counting_on_itself,
)  # fmt: skip


def counting_in_the_book(robot, bars, book):
    book.memory["count"] = book.memory.get("count", 0) + 1
    return book.memory["count"] % 3 == 0


def rising(robot, bars, book):
    close = bars[robot.symbol].close
    return close[-1] > close[-2]


def above_its_mean(robot, bars, book):
    mine = bars[robot.symbol]
    return mine.close[-1] > mine["mean"][-1]


def by_what_is_held(robot, bars, book):
    return book.equity > 9_990 and book.position(robot.symbol).bars_held < 4


CLEAN_DECISIONS = (counting_in_the_book, rising, above_its_mean, by_what_is_held)
