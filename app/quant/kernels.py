"""The fold of daily money into metrics, written once for Python and for the compiler.

These functions run as they stand on lists of Python numbers, and `compiled.py` hands the
same source to numba for arrays. Both give the same bits: integers below 2**63, floats in
one fixed order, every integer made a float before it is divided, no power function, no
fused or reordered arithmetic. Keep it so: no allocation, no exceptions, no keywords.

Layout of the arguments, fixed by the index constants below:
- `ints`, `floats`: the state of one scope, common part and one block a period.
- `row`: one day of money (`days.DayMoney`, best and worst are 0 without trades).
- `axis`: (first day of the table, table of "sessions before this day").
- `rates`: (risk-free rate of one session, square root of the sessions in a year).
- `out`: four counts tables, four money tables, four ratio tables, the rows written so far;
  one table a period: 0 daily, 1 weekly, 2 monthly, 3 all time.
"""

import math
from typing import Any

NAN = math.nan
DAILY, WEEKLY, MONTHLY, ALL_TIME = range(4)
MIN_OBSERVATIONS = 20
MIN_TRADED = 5  # sessions with a closed trade, below which a profit factor has no interval
NO_VARIATION = 1e-24  # equal returns leave this much noise in m2 / (n mean**2)
_NO_SPREAD = 1e-12  # as much as sessions that are all alike leave of their squares
NO_END = 4_000_000  # later than any date ordinal
_SCALE = 1e8
_CENTS = 100.0
_Z95 = 1.6448536269514722
_Z975 = 1.959963984540054

DAY, TRADES, WINS, LOSSES, PROFIT, LOSS, BEST, WORST, NOTIONAL = range(9)
REALIZED, FEES, MARK, FLOWS, OPENING, OPEN_DELTA = range(9, 15)
DAY_WIDTH = 15

FIRST, LAST, EQUITY, OPEN, FUNDED, BALANCED, SCOPE = range(7)
_BLOCK = 7
START, END, N, EXPOSED, S_TRADES, S_WINS, S_LOSSES, S_PROFIT, S_LOSS = range(9)
S_BEST, S_WORST, S_NOTIONAL, S_FEES, CHANGE, PEAK, DROP, SOUND, TRADED = range(9, 18)
BLOCK_INTS = 18
MEAN, M2, DOWNSIDE, WEALTH, TOP, DRAWDOWN, PROFIT_2, LOSS_2, CROSS = range(9)
BLOCK_FLOATS = 9
STATE_INTS = _BLOCK + 3 * BLOCK_INTS
STATE_FLOATS = 3 * BLOCK_FLOATS

C_SCOPE, C_START, C_SESSIONS, C_EXPOSED, C_TRADES, C_WINS, C_LOSSES, C_FUNDED = range(8)
M_PROFIT, M_LOSS, M_PNL, M_BEST, M_WORST, M_DROP, M_EQUITY, M_FEES = range(8)
R_WIN, R_FACTOR, R_SIZE, R_EXPECTANCY, R_AVERAGE_WIN, R_AVERAGE_LOSS = range(6)
R_RETURN, R_DRAWDOWN, R_MARGIN, R_SHARPE, R_SORTINO, R_LOWER = range(6, 12)
COUNT_WIDTH = 8
MONEY_WIDTH = 8
RATIO_WIDTH = 12
WEEK_RATIO_WIDTH = 9  # a week never has enough sessions for the last three
DAY_RATIO_WIDTH = 8  # nor a day for the margin of its profit factor


def sessions_before(axis: Any, day: int) -> Any:
    """Count the sessions of the axis that lie before `day`."""
    at = day - axis[0]
    if at <= 0:
        return 0
    return axis[1][min(at, len(axis[1]) - 1)]


def month_start(day: int) -> int:
    """Find the first day of the month of a date ordinal (civil calendar, no tables)."""
    shifted = day + 305  # days since 0000-03-01
    era_day = shifted % 146097
    year = (era_day - era_day // 1460 + era_day // 36524 - era_day // 146096) // 365
    year_day = era_day - (365 * year + year // 4 - year // 100)
    month = (5 * year_day + 2) // 153
    return day - (year_day - (153 * month + 2) // 5)


def period_start(period: int, day: int) -> int:
    """Find the first day of the week (Monday) or month that `day` lies in."""
    if period == WEEKLY:
        return day - (day - 1) % 7
    return month_start(day)


def start_scope(ints: Any, floats: Any, balanced: int, scope: int) -> None:
    """Empty the state of a scope."""
    for at in range(STATE_INTS):
        ints[at] = 0
    for at in range(STATE_FLOATS):
        floats[at] = 0.0
    ints[BALANCED] = balanced
    ints[SCOPE] = scope


def fold_day(ints: Any, floats: Any, row: Any, axis: Any, rates: Any, out: Any) -> None:
    """Add one day of money to every period and write the rows that are final by it."""
    day = row[DAY]
    if ints[FIRST] == 0:
        ints[FIRST] = day
        ints[LAST] = day - 1
    if row[OPENING] > 0:
        ints[FUNDED] = ints[BALANCED]
    base = ints[EQUITY] + row[OPENING]
    change = row[REALIZED] + row[MARK]
    sound = 1 if ints[FUNDED] == 1 and base > 0 and base + change > 0 else 0
    daily_return = float(change) / float(base) if sound == 1 else 0.0
    holding = ints[OPEN] + row[OPEN_DELTA]
    exposed = is_exposed(ints[OPEN], holding, row)
    for period in (WEEKLY, MONTHLY, ALL_TIME):
        catch_up(ints, floats, period, day, (axis, rates), out)
        block = _BLOCK + (period - 1) * BLOCK_INTS
        ints[block + EXPOSED] += exposed
        ints[block + SOUND] *= sound
        add_money(ints, block, row, change)
        if row[TRADES] > 0:
            add_squares(ints, floats, period, row)
        add_return(ints, floats, period, daily_return, rates[0])
    ints[EQUITY] = base + change + row[FLOWS]
    ints[OPEN] = holding
    ints[LAST] = day
    write_day(ints, row, (change, sound, exposed), daily_return, out)


def catch_up(ints: Any, floats: Any, period: int, day: int, calendar: Any, out: Any) -> None:
    """Bring a period to the eve of `day`: end the one before, count the idle sessions."""
    axis, rates = calendar
    block = _BLOCK + (period - 1) * BLOCK_INTS
    seen = sessions_before(axis, ints[LAST] + 1)
    if day > ints[block + END]:
        if ints[block + START] > 0:
            flat = sessions_before(axis, ints[block + END] + 1) - seen
            write_period(ints, floats, period, flat, rates, out)
        begin_period(ints, floats, period, day)
        seen = max(seen, sessions_before(axis, ints[block + START]))
    flat = sessions_before(axis, day) - seen
    if flat > 0:
        add_flat(ints, floats, period, flat, rates[0])


def is_exposed(was_open: int, holding: int, row: Any) -> int:
    """Tell (1 or 0) whether a position was held at either end of the day or money moved."""
    if was_open > 0 or holding > 0 or row[TRADES] > 0 or row[REALIZED] != 0:
        return 1
    return 0


def begin_period(ints: Any, floats: Any, period: int, day: int) -> None:
    """Start a period at the one that `day` lies in."""
    block = _BLOCK + (period - 1) * BLOCK_INTS
    moments = (period - 1) * BLOCK_FLOATS
    for at in range(BLOCK_INTS):
        ints[block + at] = 0
    for at in range(BLOCK_FLOATS):
        floats[moments + at] = 0.0
    floats[moments + WEALTH] = 1.0
    floats[moments + TOP] = 1.0
    ints[block + SOUND] = 1
    start = day
    end = NO_END
    if period == WEEKLY:
        start = period_start(WEEKLY, day)
        end = start + 6
    elif period == MONTHLY:
        start = month_start(day)
        end = month_start(start + 31) - 1
    ints[block + START] = start
    ints[block + END] = end


def add_flat(ints: Any, floats: Any, period: int, flat: int, rate: float) -> None:
    """Merge `flat` returns of zero into the moments (closed form)."""
    block = _BLOCK + (period - 1) * BLOCK_INTS
    moments = (period - 1) * BLOCK_FLOATS
    n = ints[block + N]
    total = float(n + flat)
    if n > 0:
        mean = floats[moments + MEAN]
        floats[moments + M2] += mean * mean * (float(n) * float(flat) / total)
        floats[moments + MEAN] = mean * (float(n) / total)
    if rate > 0.0:
        floats[moments + DOWNSIDE] += float(flat) * (rate * rate)
    ints[block + N] = n + flat
    if ints[OPEN] > 0:
        ints[block + EXPOSED] += flat


def add_money(ints: Any, block: int, row: Any, change: int) -> None:
    """Add the counts and the money of one day to a period."""
    trades = row[TRADES]
    if trades > 0:
        if ints[block + S_TRADES] == 0:
            ints[block + S_BEST] = row[BEST]
            ints[block + S_WORST] = row[WORST]
        else:
            ints[block + S_BEST] = max(ints[block + S_BEST], row[BEST])
            ints[block + S_WORST] = min(ints[block + S_WORST], row[WORST])
        ints[block + S_TRADES] += trades
        ints[block + S_WINS] += row[WINS]
        ints[block + S_LOSSES] += row[LOSSES]
        ints[block + S_PROFIT] += row[PROFIT]
        ints[block + S_LOSS] += row[LOSS]
        ints[block + S_NOTIONAL] += row[NOTIONAL]
    ints[block + S_FEES] += row[FEES]
    total = ints[block + CHANGE] + change
    peak = max(ints[block + PEAK], total)
    ints[block + CHANGE] = total
    ints[block + PEAK] = peak
    ints[block + DROP] = max(ints[block + DROP], peak - total)


def add_squares(ints: Any, floats: Any, period: int, row: Any) -> None:
    """Add a session with trades to the squares that tell how sure the profit factor is."""
    moments = (period - 1) * BLOCK_FLOATS
    profit, loss = float(row[PROFIT]), float(row[LOSS])
    ints[_BLOCK + (period - 1) * BLOCK_INTS + TRADED] += 1
    floats[moments + PROFIT_2] += profit * profit
    floats[moments + LOSS_2] += loss * loss
    floats[moments + CROSS] += profit * loss


def add_return(ints: Any, floats: Any, period: int, daily_return: float, rate: float) -> None:
    """Add the return of one day to the moments and the wealth of a period."""
    block = _BLOCK + (period - 1) * BLOCK_INTS
    moments = (period - 1) * BLOCK_FLOATS
    n = ints[block + N] + 1
    ints[block + N] = n
    delta = daily_return - floats[moments + MEAN]
    mean = floats[moments + MEAN] + delta / float(n)
    floats[moments + MEAN] = mean
    floats[moments + M2] += delta * (daily_return - mean)
    short = daily_return - rate
    if short < 0.0:
        floats[moments + DOWNSIDE] += short * short
    wealth = floats[moments + WEALTH] * (1.0 + daily_return)
    floats[moments + WEALTH] = wealth
    if wealth > floats[moments + TOP]:
        floats[moments + TOP] = wealth
    else:
        drawdown = 1.0 - wealth / floats[moments + TOP]
        floats[moments + DRAWDOWN] = max(floats[moments + DRAWDOWN], drawdown)


def write_averages(ratios: Any, counts: Any, money: Any, notional: int) -> None:
    """Write the ratios that need counts and sums alone; NaN is "no answer"."""
    trades = counts[C_TRADES]
    for at in range(R_RETURN):
        ratios[at] = NAN
    if trades == 0:
        return
    wins = counts[C_WINS]
    losses = counts[C_LOSSES]
    count = float(trades)
    ratios[R_WIN] = float(wins) / count
    ratios[R_SIZE] = float(notional) / (count * _CENTS)
    ratios[R_EXPECTANCY] = float(money[M_PNL]) / (count * _SCALE)
    if wins > 0:
        ratios[R_AVERAGE_WIN] = float(money[M_PROFIT]) / (float(wins) * _SCALE)
    if losses > 0:
        ratios[R_AVERAGE_LOSS] = float(money[M_LOSS]) / (float(losses) * _SCALE)
        ratios[R_FACTOR] = float(money[M_PROFIT]) / float(money[M_LOSS])


def write_day(ints: Any, row: Any, day: Any, daily_return: float, out: Any) -> None:
    """Write the row of a day: final at once, with one observation."""
    change, sound, exposed = day
    at = out[3][DAILY]
    out[3][DAILY] = at + 1
    counts = out[0][DAILY][at]
    counts[C_SCOPE] = ints[SCOPE]
    counts[C_START] = row[DAY]
    counts[C_SESSIONS] = 1
    counts[C_EXPOSED] = exposed
    counts[C_TRADES] = row[TRADES]
    counts[C_WINS] = row[WINS]
    counts[C_LOSSES] = row[LOSSES]
    counts[C_FUNDED] = ints[FUNDED]
    money = out[1][DAILY][at]
    money[M_PROFIT] = row[PROFIT]
    money[M_LOSS] = row[LOSS]
    money[M_PNL] = row[PROFIT] - row[LOSS]
    money[M_BEST] = row[BEST]
    money[M_WORST] = row[WORST]
    money[M_DROP] = max(-change, 0)
    money[M_EQUITY] = ints[EQUITY]
    money[M_FEES] = row[FEES]
    ratios = out[2][DAILY][at]
    write_averages(ratios, counts, money, row[NOTIONAL])
    ratios[R_RETURN] = NAN
    ratios[R_DRAWDOWN] = NAN
    if sound == 1:
        ratios[R_RETURN] = daily_return
        ratios[R_DRAWDOWN] = -daily_return if daily_return < 0.0 else 0.0


def write_period(ints: Any, floats: Any, period: int, flat: int, rates: Any, out: Any) -> None:
    """Write the row of a week, a month or all time as it stands after `flat` idle sessions.

    The flat sessions go into the row only: the state stays that of the last day, so that
    going on from it equals folding from the start.
    """
    block = _BLOCK + (period - 1) * BLOCK_INTS
    at = out[3][period]
    out[3][period] = at + 1
    idle = max(flat, 0)
    counts = out[0][period][at]
    counts[C_SCOPE] = ints[SCOPE]
    counts[C_START] = ints[block + START]
    counts[C_SESSIONS] = ints[block + N] + idle
    counts[C_EXPOSED] = ints[block + EXPOSED] + (idle if ints[OPEN] > 0 else 0)
    counts[C_TRADES] = ints[block + S_TRADES]
    counts[C_WINS] = ints[block + S_WINS]
    counts[C_LOSSES] = ints[block + S_LOSSES]
    counts[C_FUNDED] = ints[FUNDED]
    money = out[1][period][at]
    money[M_PROFIT] = ints[block + S_PROFIT]
    money[M_LOSS] = ints[block + S_LOSS]
    money[M_PNL] = ints[block + S_PROFIT] - ints[block + S_LOSS]
    money[M_BEST] = ints[block + S_BEST]
    money[M_WORST] = ints[block + S_WORST]
    money[M_DROP] = ints[block + DROP]
    money[M_EQUITY] = ints[EQUITY]
    money[M_FEES] = ints[block + S_FEES]
    ratios = out[2][period][at]
    write_averages(ratios, counts, money, ints[block + S_NOTIONAL])
    write_risk(ints, floats, period, idle, rates, ratios)
    write_margin(ints, floats, period, ratios)


def write_risk(ints: Any, floats: Any, period: int, idle: int, rates: Any, ratio: Any) -> None:
    """Write the ratios that need returns; NaN without a balance or after a ruin."""
    block = _BLOCK + (period - 1) * BLOCK_INTS
    moments = (period - 1) * BLOCK_FLOATS
    for at in range(R_RETURN, len(ratio)):
        ratio[at] = NAN
    if ints[block + SOUND] == 0:
        return
    ratio[R_RETURN] = floats[moments + WEALTH] - 1.0
    ratio[R_DRAWDOWN] = floats[moments + DRAWDOWN]
    if period == WEEKLY:
        return
    seen = ints[block + N]
    n = seen + idle
    if n < MIN_OBSERVATIONS:
        return
    mean = floats[moments + MEAN] * (float(seen) / float(n))
    spread = float(seen) * float(idle) / float(n)
    m2 = floats[moments + M2] + floats[moments + MEAN] * floats[moments + MEAN] * spread
    downside = floats[moments + DOWNSIDE]
    if rates[0] > 0.0:
        downside += float(idle) * (rates[0] * rates[0])
    if m2 > float(n) * (mean * mean) * NO_VARIATION:
        deviation = math.sqrt(m2 / float(n - 1))
        ratio[R_SHARPE] = (mean - rates[0]) / deviation * rates[1]
        ratio[R_LOWER] = mean - student_t95(float(n - 1)) * deviation / math.sqrt(float(n))
    if downside > 0.0:
        ratio[R_SORTINO] = (mean - rates[0]) / math.sqrt(downside / float(n)) * rates[1]


def write_margin(ints: Any, floats: Any, period: int, ratio: Any) -> None:
    """Write how far the logarithm of the profit factor may be off, with 95 % confidence.

    Sessions are the independent draws, not trades: those of one session are often one decision.
    """
    block = _BLOCK + (period - 1) * BLOCK_INTS
    moments = (period - 1) * BLOCK_FLOATS
    sessions = ints[block + TRADED]
    profit, loss = float(ints[block + S_PROFIT]), float(ints[block + S_LOSS])
    if sessions < MIN_TRADED or profit == 0.0 or loss == 0.0:
        return
    own = floats[moments + PROFIT_2] / (profit * profit) + floats[moments + LOSS_2] / (loss * loss)
    spread = own - 2.0 * floats[moments + CROSS] / (profit * loss)
    if spread > own * _NO_SPREAD:
        freedom = float(sessions - 1)
        deviation = math.sqrt(spread * (float(sessions) / freedom))
        ratio[R_MARGIN] = student_t(_Z975, freedom) * deviation


def student_t95(freedom: float) -> float:
    """Approximate the 95 % quantile of Student's t (1e-6 from 19 degrees)."""
    return student_t(_Z95, freedom)


def student_t(z: float, freedom: float) -> float:
    """Approximate the quantile of Student's t where the normal one is z (Cornish-Fisher).

    At 97.5 % it is right to 4 in 10,000 with 4 degrees, to 1e-6 with 19.
    """
    s = z * z
    g1 = z * (s + 1.0) / 4.0
    g2 = z * ((5.0 * s + 16.0) * s + 3.0) / 96.0
    g3 = z * (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / 384.0
    g4 = z * ((((79.0 * s + 776.0) * s + 1482.0) * s - 1920.0) * s - 945.0) / 92160.0
    x = 1.0 / freedom
    return z + x * (g1 + x * (g2 + x * (g3 + x * g4)))


def write_open(ints: Any, floats: Any, as_of: int, axis: Any, rates: Any, out: Any) -> None:
    """Write the rows of the periods that are still open, flat up to `as_of`."""
    after_last = sessions_before(axis, ints[LAST] + 1)
    for period in (WEEKLY, MONTHLY, ALL_TIME):
        end = ints[_BLOCK + (period - 1) * BLOCK_INTS + END]
        flat = sessions_before(axis, min(end, as_of) + 1) - after_last
        write_period(ints, floats, period, flat, rates, out)
