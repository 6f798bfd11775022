"""The volatility that a price implies.

Worked on the out-of-the-money side, on the logarithm of the price (of what it lacks to its bound
where that is nearer), where the function is all but straight: an explicit first guess (Stefanica
and Radoicic 2017), then Householder steps of the third order, which quadruple the right digits.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from app.quant.greeks.european import Market, Terms, columns
from app.quant.greeks.normal import ROOT_OF_TAU, Floats, tail_ratio

PRECISION = 1e-8
"""An answer is given where the price tells the volatility as exactly as this."""
MOST = 100.0
"""The largest total volatility (volatility x root of years) that is looked for."""
_LEAST = 1e-9
_ROUNDING = 2.0**-52
_MORE_STEPS, _ALL_STEPS = 2, 60
_LAST_STEP = 1e-3
"""A step of the third order that is this small leaves an error of its fourth power."""
_BLOCK = 8192


def implied_volatility(market: Market, terms: Terms, price: Any) -> Floats:
    """Return the volatility at which Black-Scholes-Merton gives the price of each contract.

    NaN where there is none: the price is at or outside its bounds, nothing is left of the time,
    or a volatility 1e-8 away would give the same number.
    """
    spot, rate, dividend, strike, years, is_call, given = columns(*market, *terms, price)
    found = np.empty(given.shape)
    with np.errstate(all="ignore"):
        held, owed = spot * np.exp(-dividend * years), strike * np.exp(-rate * years)
        for at in range(0, len(given), _BLOCK):
            part = slice(at, at + _BLOCK)
            found[part] = _implied(
                held[part], owed[part], np.sqrt(years[part]), is_call[part], given[part]
            )
    return found


def _implied(held: Floats, owed: Floats, root: Floats, is_call: Any, price: Floats) -> Floats:
    scale = np.sqrt(held * owed)
    inside = np.where(is_call, held - owed, owed - held)
    # A price is a rounded number: what its last digit changes must not show.
    largest = np.maximum(price, np.abs(inside))
    left = price - np.maximum(inside, 0.0)
    left[left < 2 * _ROUNDING * largest] = 0.0
    apart = -np.abs(np.log(held / owed))
    total = solve(apart, left / scale)
    slope = scale * np.exp(-0.5 * ((apart / total) ** 2 + total * total / 4)) / ROOT_OF_TAU
    told = slope * root * PRECISION > 2 * _ROUNDING * largest
    return np.where(told & (root > 0), total / root, np.nan)


def solve(apart: Floats, target: Floats) -> Floats:
    """Return the total volatility of normalised out-of-the-money prices; NaN where there is none.

    `apart` is minus the distance of forward and strike in logarithms, `target` the price without
    interest over the root of forward x strike.
    """
    bound = np.exp(0.5 * apart)
    upper = 2 * target > bound
    wanted = np.where(upper, bound - target, target)
    total = _guess(apart, target * bound)
    sure = (target > 0) & (wanted > 0)
    total = total + _step(apart, bound, upper, wanted, total)
    last = _step(apart, bound, upper, wanted, total)
    total += last
    open_ = np.flatnonzero(sure & ~(np.abs(last) < _LAST_STEP * total))
    for _ in range(_MORE_STEPS):
        if not open_.size:
            break
        parts = (apart[open_], bound[open_], upper[open_], wanted[open_], total[open_])
        last = _step(*parts)
        total[open_] += last
        open_ = open_[~(np.abs(last) < _LAST_STEP * total[open_])]
    if open_.size:
        given = (each[open_] for each in (apart, bound, wanted, total))
        total[open_] = _carefully(*given, upper=upper[open_])
    return np.where(sure, total, np.nan)


def _carefully(
    apart: Floats, bound: Floats, wanted: Floats, total: Floats, *, upper: Any
) -> Floats:
    """Solve what the quick way did not: the same steps, kept between bounds that close in."""
    low, high = np.full_like(total, _LEAST), np.full_like(total, MOST)
    total = np.where((total > low) & (total < high), total, np.sqrt(2 * np.abs(apart)) + 0.01)
    for _ in range(_ALL_STEPS):
        step = _step(apart, bound, upper, wanted, total)
        is_below = _value(apart, bound, upper, total)[0] < wanted
        is_below ^= upper
        low, high = np.where(is_below, total, low), np.where(is_below, high, total)
        new = total + step
        new = np.where((new >= low) & (new <= high), new, np.sqrt(low * high))
        if (np.abs(new - total) <= 1e-13 * new).all():
            break
        total = new
    return total


def _value(apart: Floats, bound: Floats, upper: Any, total: Floats) -> tuple[Floats, ...]:
    """Return the price or what it lacks to its bound, the bell of both, h and t."""
    h, t = apart / total, 0.5 * total
    bell = np.exp(-0.5 * (h * h + t * t))
    near = h + t
    # Right of the bend the lack is a sum of two tails, left of it the price a difference of two.
    direct, other = tail_ratio(np.abs(near)), tail_ratio(t - h)
    direct += np.copysign(other, near, out=other)
    direct *= bell
    # By sums and not by choices: those of a mixed chain are guessed wrong half of the time.
    turned = ((near >= 0) != upper).astype(np.float64)
    direct *= 1 - 2 * turned
    turned *= bound
    direct += turned
    return direct, bell, h, t


def _step(apart: Floats, bound: Floats, upper: Any, wanted: Floats, total: Floats) -> Floats:
    value, bell, h, t = _value(apart, bound, upper, total)
    slope = bell / (value * ROOT_OF_TAU)
    slope *= 1 - 2 * upper.astype(np.float64)
    newton = np.log(wanted / value)
    newton /= slope
    h2 = h * h
    bend = (h2 - t * t) / total
    second = bend - slope
    third = bend * bend - 3 * h2 / (total * total) - 0.25 - slope * (3 * bend - 2 * slope)
    third *= newton
    third /= 6
    third += second
    third *= newton
    third += 1
    second *= newton
    second *= 0.5
    second += 1
    second *= newton
    second /= third
    step: Floats = second
    return step


def _guess(apart: Floats, price: Floats) -> Floats:
    """Return a total volatility that is near; the price here in units of the strike.

    Formula (A Pólya approximation of the normal distribution, inverted): Stefanica and Radoicic,
    An Explicit Implied Volatility Formula, IJTAF 20 (2017).
    """
    tilt = np.exp((1 - 2 / math.pi) * apart)
    grown = np.exp(apart)
    fallen = 1 / tilt
    rest = grown * fallen
    r2 = 2 * price - grown
    r2 += 1
    r2 *= r2
    square = grown * grown
    a = tilt - fallen
    a *= a
    b = 4 * (rest + 1 / rest) - 2 / grown * (tilt + fallen) * (square + 1 - r2)
    c = (r2 - (square - 2 * grown + 1)) * (square + 2 * grown + 1 - r2)
    c /= square
    gamma = np.log(2 * c / (b + np.sqrt(b * b + 4 * a * c)))
    gamma *= -0.5 * math.pi
    bend = 0.5 * grown - 0.5 + 0.5 * np.sqrt(1 - rest * rest)
    left, right = np.sqrt(np.maximum(gamma + apart, 0.0)), np.sqrt(gamma - apart)
    found: Floats = right + np.copysign(left, price - bend)
    return found
