"""The tool that looks for patterns in the member's own closed trades, and tells only what survives."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from app.ai.schemas import Tool
from app.coach.rules.facts import Fact
from app.coach.service.evidence import Evidence
from app.core.formatters import NEW_YORK
from app.ledger import service as ledger
from app.ledger.schemas import TradeView
from app.quant.stats import wilson_interval
from app.robots import service as robots
from app.trading.schemas.portfolio import KINDS, BookKind

if TYPE_CHECKING:
    from app.quant.patterns import Pattern

LINK = "dashboard?tab=journal"
PAGE = 500
HOURS: tuple[tuple[int, str], ...] = (
    (9 * 60 + 30, "opened before 9:30"),
    (10 * 60, "opened from 9:30 to 10:00"),
    (12 * 60, "opened from 10:00 to 12:00"),
    (14 * 60, "opened from 12:00 to 14:00"),
    (15 * 60 + 30, "opened from 14:00 to 15:30"),
    (16 * 60, "opened from 15:30 to 16:00"),
    (24 * 60, "opened after 16:00"),
)
"""Stretches of the day in New York: the minute that ends each, and its name."""
DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
MEASURES = {"wins": ("win rate", "percent"), "mean": ("mean net P&L", "money")}


class PatternsAsked(BaseModel):
    """Of which kind of account: kinds are never mixed."""

    model_config = ConfigDict(extra="forbid")

    kind: BookKind | None = Field(
        default=None, description="The first of live, journal, copy, paper with enough trades."
    )


def pattern_tools(evidence: Evidence, user_id: int) -> list[Tool]:
    """Return the tool over a member's closed trades."""

    def find(asked: PatternsAsked) -> list[Fact]:
        return _facts(_trades(user_id, asked.kind))

    return [
        evidence.tool(
            "find_patterns",
            "Patterns in the member's closed trades by time of day, weekday, symbol and robot. Only "
            "those that a permutation test over all of them lets stand are told; the answer says how "
            "many were looked at. Never tell a pattern that is not here.",
            PatternsAsked,
            find,
        )
    ]


def _trades(user_id: int, kind: BookKind | None) -> list[TradeView]:
    """Return the newest trades of one kind and one currency, the oldest first."""
    from app.quant import patterns  # as below: numpy stays out of what serves pages

    found: list[TradeView] = []
    cursor = None
    while len(found) < patterns.MOST_TRADES:
        page = ledger.list_trades(user_id, cursor=cursor, limit=PAGE)
        found += [trade for trade in page.items if trade.kind in KINDS]
        cursor = page.next_cursor
        if cursor is None:
            break
    counts = Counter((trade.kind, trade.currency) for trade in found)
    wanted = [kind] if kind else KINDS
    pairs = [pair for pair in counts if pair[0] in wanted]
    if not pairs:
        return []
    enough = [pair for pair in pairs if counts[pair] >= patterns.LEAST_TRADES]
    order: dict[str, int] = {name: number for number, name in enumerate(KINDS)}
    chosen = min(enough or pairs, key=lambda pair: (order[pair[0]], -counts[pair], pair[1]))
    kept = [trade for trade in found if (trade.kind, trade.currency) == chosen]
    return kept[: patterns.MOST_TRADES][::-1]


def _facts(trades: list[TradeView]) -> list[Fact]:
    from app.quant import patterns

    results = [float(trade.net_pnl) for trade in trades]
    groups = _groups(trades)
    found = patterns.find(results, groups)
    kind = f", {trades[0].kind}, in {trades[0].currency}" if trades else ""
    source = f"Permutation test over your closed trades{kind}"
    about: dict[str, Any] = {"source": source, "link": LINK}
    facts = [
        Fact("trades", "trades looked at", Decimal(len(trades)), "count", **about),
        Fact("looked_at", "patterns looked at", Decimal(found.looked_at), "count", **about),
        Fact("found", "patterns that survive", Decimal(len(found.survivors)), "count",
             names=("patterns found",), **about),
    ]  # fmt: skip
    for number, one in enumerate(found.survivors, start=1):
        inside = [name == one.group for name in groups[one.facet]]
        facts += _of_pattern(f"{number}.", one, results, inside, about)
    return facts


def _groups(trades: list[TradeView]) -> dict[str, list[str]]:
    """Return the group of each trade, named as an answer says it."""
    plugins = {trade.plugin_id for trade in trades if trade.plugin_id}
    names = robots.names(plugins) if plugins else {}
    local = [trade.entry_at.astimezone(NEW_YORK) for trade in trades]
    return {
        "hour": [_stretch(at.hour * 60 + at.minute) for at in local],
        "weekday": [f"opened on {DAYS[at.weekday()]}" for at in local],
        "symbol": [f"in {trade.symbol}" for trade in trades],
        "robot": [f"by {names[trade.plugin_id]}" if trade.plugin_id else "" for trade in trades],
    }


def _stretch(minute: int) -> str:
    return next(name for end, name in HOURS if minute < end)


def _of_pattern(
    key: str, one: Pattern, results: list[float], inside: list[bool],
    about: dict[str, Any],
) -> list[Fact]:  # fmt: skip
    name, unit = MEASURES[one.measure]
    here = [value for value, is_in in zip(results, inside, strict=True) if is_in]
    there = [value for value, is_in in zip(results, inside, strict=True) if not is_in]
    share = Decimal(repr(one.adjusted)).quantize(Decimal("0.0001"))
    facts = []
    for place, values, phrase in (("here", here, one.group), ("there", there, f"not {one.group}")):
        value, low, high = _measured(one.measure, values)
        facts.append(
            Fact(f"{key}{place}", f"{name} of trades {phrase}", value, unit, n=len(values), low=low,
                 high=high, is_signed=one.measure == "mean", **about)
        )  # fmt: skip
    facts.append(
        Fact(f"{key}p", "adjusted p-value", share, "ratio", names=("p-value",),
             note="with all patterns counted that were looked at", **about)
    )  # fmt: skip
    return facts


def _measured(measure: str, values: list[float]) -> tuple[Decimal, Decimal | None, Decimal | None]:
    if measure == "wins":
        wins = sum(value > 0 for value in values)
        interval = wilson_interval(wins, len(values))
        scale, value = 100.0, wins / len(values)
    else:
        from app.quant.patterns import mean_interval

        interval = mean_interval(values)
        scale, value = 1.0, sum(values) / len(values)
    low, high = interval or (None, None)
    return (
        _rounded(value * scale),
        None if low is None else _rounded(low * scale),
        None if high is None else _rounded(high * scale),
    )


def _rounded(value: float) -> Decimal:
    return round(Decimal(repr(value)), 2)
