"""American options by the boundary at which they are exercised early."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.quant.greeks import boundary
from app.quant.greeks.boundary import Puts
from app.quant.greeks.edges import Edges
from app.quant.greeks.european import DAYS_A_YEAR, POINT, Greeks, Market, Terms, columns
from app.quant.greeks.european import value as european
from app.quant.greeks.implied import implied_volatility as european_volatility
from app.quant.greeks.normal import Floats

_BLOCK = 128
_BUMP = 1e-3
_NEAR = 1e-3
_NOTHING = 1e-5
"""Interest or dividends that nobody exercises for: a thousandth of a percent a year."""
_MOST_STEPS = 60
_CLOSE = 1e-8
_LOWEST, _HIGHEST = 1e-3, 20.0


class _Found(NamedTuple):
    """Price and slopes of options; the boundary of those that may be exercised early."""

    price: Floats
    delta: Floats
    gamma: Floats
    is_done: NDArray[np.bool_]
    """Exercising is the best that can be done."""
    log_boundary: Floats


def value(market: Market, terms: Terms, volatility: Any) -> Greeks:
    """Return price and Greeks of American options. NaN as for European ones.

    Where waiting is never wrong (a call without dividends, a put without interest, neither of them
    below zero) the answer is the European one, exactly. Where interest is below zero and dividends
    (of a call: the other way round) below that, it is the European one or what exercising brings,
    the higher: the true price can be above both. Where the option is worth what exercising it brings, delta is 1 or
    -1 and the rest 0. Theta follows from the others by the Black-Scholes equation; vega and rho
    are central differences of a hundredth of a point.
    """
    market, terms, vol = _columns(market, terms, volatility)
    edges = Edges()
    base = _price(market, terms, vol, edges)

    def bumped(rate: float, wilder: float) -> Floats:
        moved = market._replace(rate=market.rate + rate)
        bold = np.maximum(vol + wilder, 1e-6)
        return _price(moved, terms, bold, edges, base.log_boundary, has_slopes=False).price

    with np.errstate(all="ignore"):
        theta = market.rate * base.price
        theta -= (market.rate - market.dividend_yield) * market.spot * base.delta
        theta -= 0.5 * (vol * market.spot) ** 2 * base.gamma
        theta = np.where(terms.years > 0, theta, 0.0) / DAYS_A_YEAR
    vega = (bumped(0.0, _BUMP) - bumped(0.0, -_BUMP)) / (2 * _BUMP) * POINT
    rho = (bumped(_BUMP, 0.0) - bumped(-_BUMP, 0.0)) / (2 * _BUMP) * POINT
    rest = [np.where(base.is_done, 0.0, each) for each in (theta, vega, rho)]
    unknown = np.isnan(base.price)
    return Greeks._make(np.where(unknown, np.nan, each) for each in (*base[:3], *rest))


def price(market: Market, terms: Terms, volatility: Any) -> Floats:
    """Return the price alone, which is several times quicker."""
    market, terms, vol = _columns(market, terms, volatility)
    return _price(market, terms, vol, Edges(), has_slopes=False).price


def implied_volatility(market: Market, terms: Terms, price: Any) -> Floats:
    """Return the volatility at which an American option has its price.

    NaN where there is none: the price is at or below what exercising brings, or at its bound, or
    not the price of any volatility.
    """
    market, terms, given = _columns(market, terms, price)
    sign = np.where(terms.is_call, 1.0, -1.0)
    with np.errstate(all="ignore"):
        told = given > np.maximum(sign * (market.spot - terms.strike), 0.0) * (1 + 1e-9)
        told &= (given < np.where(terms.is_call, market.spot, terms.strike)) & (terms.years > 0)
    vol = european_volatility(market, terms, given)
    waits = ~_may_end_early(market, terms)
    vol[~told & ~waits] = np.nan
    open_ = np.flatnonzero(told & ~waits)
    vol[open_] = np.where(np.isnan(vol[open_]), 0.3, vol[open_])
    vol[open_] = _search(*_part(market, terms, open_), given[open_], vol[open_])
    return vol


def _search(market: Market, terms: Terms, given: Floats, vol: Floats) -> Floats:
    """Return where the price is the given one, by chords kept between bounds that close in."""
    vol = vol.copy()
    low, high = np.full_like(vol, _LOWEST), np.full_like(vol, _HIGHEST)
    last_at, last_gap = np.full_like(vol, np.nan), np.full_like(vol, np.nan)
    open_ = np.arange(len(vol))
    edges, edge = Edges(), None
    for _ in range(_MOST_STEPS):
        if not open_.size:
            break
        part, at = _part(market, terms, open_), vol[open_]
        found = _price(*part, at, edges, edge, has_slopes=False)
        gap = found.price - given[open_]
        low[open_] = np.where(gap < 0, at, low[open_])
        high[open_] = np.where(gap < 0, high[open_], at)
        with np.errstate(all="ignore"):
            # The chord of the last two tries; at first the slope of the European price.
            slope = (gap - last_gap[open_]) / (at - last_at[open_])
            new = at - gap / np.where(slope > 0, slope, european(*part, at).vega / POINT)
            inside = (new > low[open_]) & (new < high[open_]) & ~found.is_done
            new = np.where(inside, new, np.sqrt(low[open_] * high[open_]))
        last_at[open_], last_gap[open_], vol[open_] = at, gap, new
        more = np.abs(new - at) > _CLOSE
        open_, edge = open_[more], found.log_boundary[more]
    vol[open_] = np.nan
    vol[vol < _LOWEST * (1 + 1e-6)] = np.nan
    return vol


def _columns(market: Market, terms: Terms, last: Any) -> tuple[Market, Terms, Floats]:
    spot, rate, dividend, strike, years, is_call, given = columns(*market, *terms, last)
    return Market(spot, rate, dividend), Terms(strike, years, is_call > 0), given


def _part(market: Market, terms: Terms, at: NDArray[Any]) -> tuple[Market, Terms]:
    strike, years, is_call = (each[at] for each in terms)
    return Market._make(each[at] for each in market), Terms(strike, years, is_call)


def _may_end_early(market: Market, terms: Terms) -> NDArray[np.bool_]:
    owed, held = _owed_and_held(market, terms)
    # What is paid for holding on is also a reason: a call where interest is below zero.
    found: NDArray[np.bool_] = (owed > _NOTHING) | ((owed >= 0) & (held < -_NOTHING))
    return found


def _is_left_out(market: Market, terms: Terms) -> NDArray[np.bool_]:
    """Return where exercising can be right, for next to nothing or between two boundaries."""
    owed, held = _owed_and_held(market, terms)
    found: NDArray[np.bool_] = (owed > 0) | (held < owed)
    return found & ~_may_end_early(market, terms)


def _owed_and_held(market: Market, terms: Terms) -> tuple[Floats, Floats]:
    """Return interest and dividends of contracts as puts: a call is one on the strike."""
    rate, dividend, is_call = market.rate, market.dividend_yield, terms.is_call
    return np.where(is_call, dividend, rate), np.where(is_call, rate, dividend)


def _price(
    market: Market,
    terms: Terms,
    vol: Floats,
    edges: Edges,
    log_boundary: Floats | None = None,
    *,
    has_slopes: bool = True,
) -> _Found:
    """Return the answers; those of a former, similar market's boundary come sooner.

    Without slopes delta and gamma are the European ones.
    """
    with np.errstate(all="ignore"):
        whole = european(market, terms, vol)
        early = _may_end_early(market, terms) & (terms.years > 0) & (vol > 0)
    early &= np.isfinite(whole.price)
    edge = np.full((len(vol), boundary.NODES), np.nan)
    is_done = np.zeros(len(vol), bool)
    price, delta, gamma = (each.copy() for each in whole[:3])
    found = _Found(price, delta, gamma, is_done, edge)
    _exercise_left_out(market, terms, found)
    open_ = np.flatnonzero(early)
    add = _add_all if has_slopes else _add_price
    with np.errstate(all="ignore"):
        puts = _puts(market, terms, vol, open_)
        edge[open_] = edges.of(puts, None if log_boundary is None else log_boundary[open_])
        for first in range(0, open_.size, _BLOCK):
            part = slice(first, first + _BLOCK)
            add(_part(market, terms, open_[part]), puts.at(part), open_[part], found)
    return found


def _exercise_left_out(market: Market, terms: Terms, found: _Found) -> None:
    """Let none whose boundary is not looked for be worth less than exercising it brings."""
    intrinsic = np.where(terms.is_call, market.spot - terms.strike, terms.strike - market.spot)
    with np.errstate(all="ignore"):
        done = _is_left_out(market, terms) & (terms.years > 0) & (intrinsic > found.price)
    found.price[done], found.is_done[done] = intrinsic[done], True
    found.delta[done], found.gamma[done] = np.where(terms.is_call[done], 1.0, -1.0), 0.0


def _puts(market: Market, terms: Terms, vol: Floats, at: NDArray[Any]) -> Puts:
    """Return contracts as puts: a call is one on the strike."""
    (_, rate, dividend), (_, years, is_call) = _part(market, terms, at)
    return Puts(
        np.where(is_call, dividend, rate), np.where(is_call, rate, dividend), years, vol[at]
    )


def _add_price(whole: tuple[Market, Terms], puts: Puts, at: NDArray[Any], found: _Found) -> None:
    """Add to European prices what exercising early brings."""
    (spot, _, _), (strike, _, is_call) = whole
    price = np.where(is_call, strike / spot, spot / strike)
    gain = boundary.premium_price(puts, found.log_boundary[at], price)
    _set_price(whole, at, found, gain)


def _add_all(whole: tuple[Market, Terms], puts: Puts, at: NDArray[Any], found: _Found) -> None:
    """Add to European prices and slopes what exercising early brings."""
    (spot, _, _), (strike, _, is_call) = whole
    edge, price = found.log_boundary[at], np.where(is_call, strike / spot, spot / strike)
    gain = boundary.premium(puts, edge, price)
    step = price * _NEAR
    up, down = (boundary.premium(puts, edge, price + each).delta for each in (step, -step))
    bend = (up - down) / (2 * step)
    # A call is a put on the strike: by price and strike in each other's place.
    delta = np.where(is_call, gain.price - price * gain.delta, gain.delta)
    gamma = np.where(is_call, price * price * bend / spot, bend / strike)
    _set_price(whole, at, found, gain.price)
    done = found.is_done[at]
    found.delta[at] = np.where(done, np.where(is_call, 1.0, -1.0), found.delta[at] + delta)
    found.gamma[at] = np.where(done, 0.0, np.maximum(found.gamma[at] + gamma, 0.0))


def _set_price(whole: tuple[Market, Terms], at: NDArray[Any], found: _Found, gain: Floats) -> None:
    (spot, _, _), (strike, _, is_call) = whole
    price, scale = np.where(is_call, strike / spot, spot / strike), np.where(is_call, spot, strike)
    done = np.log(price) <= found.log_boundary[at, 0]
    intrinsic = np.where(is_call, spot - strike, strike - spot)
    worth = np.maximum(found.price[at] + scale * np.maximum(gain, 0.0), intrinsic)
    found.price[at] = np.where(done, intrinsic, worth)
    found.is_done[at] = done
