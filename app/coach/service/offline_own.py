"""Answers about what is the member's own: figures, positions, trades, Greeks, robots, patterns."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from app.coach.rules import intents
from app.coach.rules.facts import Fact
from app.coach.service.asked import Asked
from app.coach.service.saying import number, with_interval

RECORD = ("trades", "win_rate", "pnl", "profit_factor", "drawdown")
IN_MONEY = {"delta": "delta_money", "gamma": "gamma_money"}
UNITS = {
    "delta": " in shares", "theta": " a calendar day", "vega": " a point of volatility",
    "rho": " a point of interest",
}  # fmt: skip
NOTHING = "You hold nothing at the moment."


def performance(asked: Asked) -> str:
    """Tell the member's figures: those that are named, else the usual ones."""
    period, ago = intents.period_of(asked.text)
    found = asked.look("get_performance", period=period, ago=ago, kind=intents.kind_of(asked.text))
    if not found["trades"].value:
        return "You have no closed trades in this period."
    names = asked.intent.levels
    keys = (*names, *(() if "trades" in names else ("trades",))) if names else RECORD
    lines = [_record_line(found[key]) for key in keys]
    lines.append(f"{found['trades'].source.partition(', as of')[0]}.")
    if "since" in found:
        lines.append(f"The period begins on {found['since'].value}.")
    if intents.asks_other_span(asked.text):
        lines.append(
            "Figures are kept by day, week and month and for all time, not for other spans."
        )
    return "\n".join(line for line in lines if line)


def positions(asked: Asked) -> str:
    """Tell what the member holds."""
    found = asked.look("get_positions")
    if not found["count"].value:
        return NOTHING
    rows = [key.removesuffix(".qty") for key in found if key.endswith(".qty")]
    of_one = [row for row in rows if _is_on(found[f"{row}.qty"].symbol, asked.symbols)]
    return "\n".join(_position_line(found, row) for row in of_one or rows)


def _is_on(called: str, symbols: Iterable[str]) -> bool:
    """Whether something held is one of these instruments, or an option on one."""
    return any(called == symbol or called.startswith(f"{symbol} ") for symbol in symbols)


def trades(asked: Asked) -> str:
    """Tell the newest closed trades."""
    count = intents.count_of(asked.text)
    found = asked.look("get_trades", **({"count": min(count, 20)} if count else {}))
    rows = [key.removesuffix(".pnl") for key in found if key.endswith(".pnl")]
    if not rows:
        return "You have no closed trades yet."
    return "\n".join(
        f"{found[f'{row}.pnl'].symbol}: net P&L {number(found[f'{row}.pnl'])}, "
        f"closed on {found[f'{row}.day'].value}"
        for row in rows
    )


# --- Greeks and risk ---


def greeks(asked: Asked) -> str:
    """Tell net Greeks, what they say, and where they come from; no advice."""
    found = asked.look("get_portfolio_greeks", kind=_book_kind(asked))
    if not found["positions"].value:
        return f"{NOTHING} So there are no Greeks."
    rows = _rows(found, ".delta")
    one = next((row for row in rows if found[f"{row}.delta"].symbol in asked.symbols), "")
    if asked.symbols and not one:
        held = ", ".join(found[f"{row}.delta"].symbol for row in rows)
        return f"You hold nothing on {asked.symbol}. Your positions are on {held}."
    if one:
        prefix, about = f"{one}.", found[f"{one}.delta"].symbol
    else:
        prefix, about = "", ""
    if f"{prefix}delta" not in found:
        # Positions in several currencies are not added.
        return "\n".join(line for row in rows for line in _net_lines(asked, found, f"{row}."))
    lines = _net_lines(asked, found, prefix)
    if not about:
        lines += _largest(asked, found, rows)
        if found["left_out"].value:
            lines.append(
                f"Positions left out, because they have no answer: {number(found['left_out'])}."
            )
    lines += [
        said for name in asked.intent.levels if (said := _meaning(name, found[f"{prefix}{name}"]))
    ]
    return "\n".join(lines)


def _net_lines(asked: Asked, found: dict[str, Fact], prefix: str) -> list[str]:
    lines = []
    for name in asked.intent.levels:
        fact = found[f"{prefix}{name}"]
        whose = f"{fact.symbol}'s" if fact.symbol else "Your"
        if fact.value is None:
            lines.append(f"{whose} {fact.label} has no answer: {fact.note}")
            continue
        lines.append(f"{whose} {fact.label} is {number(fact)}{UNITS.get(name, '')}.")
        money = found.get(f"{prefix}{IN_MONEY.get(name, '')}")
        if money is not None and money.value is not None:
            lines.append(f"{whose} {money.label} is {number(money)}.")
    return lines


def _largest(asked: Asked, found: dict[str, Fact], rows: list[str]) -> list[str]:
    """Tell which underlying the most of a figure comes from, where there are several."""
    lines = []
    for name in asked.intent.levels[:1]:
        parts = [found[f"{row}.{name}"] for row in rows]
        known = [part for part in parts if isinstance(part.value, Decimal)]
        if len(known) > 1:
            most = max(known, key=_size)
            lines.append(f"Most of it is in {most.symbol}.")
            lines.append(f"{most.symbol}'s {most.label} is {number(most)}.")
    return lines


def _size(fact: Fact) -> Decimal:
    return abs(fact.value) if isinstance(fact.value, Decimal) else Decimal(0)


_MEANINGS = {
    ("delta", True): "Delta is positive: as a whole the positions gain when prices rise.",
    ("delta", False): "Delta is negative: as a whole the positions gain when prices fall.",
    (
        "gamma",
        True,
    ): "Gamma is positive: a move in either direction turns delta the positions' way.",
    (
        "gamma",
        False,
    ): "Gamma is negative: a move in either direction turns delta against the positions.",
    ("theta", True): "Theta is positive: all else equal, time works for the positions.",
    ("theta", False): "Theta is negative: all else equal, time works against the positions.",
    ("vega", True): "Vega is positive: the positions gain when implied volatility rises.",
    ("vega", False): "Vega is negative: the positions gain when implied volatility falls.",
    ("rho", True): "Rho is positive: the positions gain when interest rises.",
    ("rho", False): "Rho is negative: the positions gain when interest falls.",
}


def _meaning(name: str, fact: Fact) -> str:
    if not isinstance(fact.value, Decimal) or not fact.value:
        return ""
    return _MEANINGS[name, fact.value > 0]


def risk(asked: Asked) -> str:
    """Tell the most that positions can lose or gain, breakevens and the chance of profit."""
    found = asked.look("get_portfolio_greeks", kind=_book_kind(asked))
    if not found["positions"].value:
        return NOTHING
    rows = _rows(found, ".max_loss")
    rows = [row for row in rows if found[f"{row}.max_loss"].symbol in asked.symbols] or rows
    if not rows:
        return "The positions have no answer for risk: a leg has no quote or volatility."
    lines: list[str] = []
    for row in rows:
        symbol = found[f"{row}.max_loss"].symbol
        for key in ("max_loss", "max_gain", "chance"):
            fact = found[f"{row}.{key}"]
            if fact.value is None:
                lines.append(f"{symbol}'s {fact.label} is {fact.note}.")
            else:
                lines.append(f"{symbol}'s {fact.label} is {number(fact)}.")
        lines += [
            f"{symbol} has a breakeven at {number(fact)}."
            for key, fact in found.items()
            if key.startswith(f"{row}.breakeven")
        ]
    lines.append("All of it is at the first expiry; the chance is the market's and no forecast.")
    return "\n".join(lines)


def _rows(found: dict[str, Fact], ending: str) -> list[str]:
    return [key.removesuffix(ending) for key in found if key.endswith(ending)]


def _book_kind(asked: Asked) -> str | None:
    kind = intents.kind_of(asked.text)
    return None if kind == "backtest" else kind


# --- Robots and patterns ---


def robots(asked: Asked) -> str:
    """Tell the member's own robots that trade on paper."""
    found = asked.look("get_robots")
    if not found["count"].value:
        return (
            "You have no robots that trade. The tab of robots starts them. "
            "Ask for the leaderboard to see how those of others do."
        )
    lines = [f"Robots: {number(found['count'])}."]
    lines += [_robot_line(found, row) for row in _rows(found, ".state")]
    lines.append("They trade on paper; results are after fees. Few trades prove nothing.")
    return "\n".join(lines)


def robot(asked: Asked) -> str:
    """Tell the public record of a robot of the catalogue."""
    found = asked.look("get_robot", robot=asked.robot)
    name = found["trades"].symbol
    lines = [f"{name} trades: {found['market'].value}. Strategy: {found['strategy'].value}."]
    if not found["trades"].value:
        return "\n".join([*lines, f"{name} has no public record yet."])
    for key in ("trades", "days", "win_rate", "pnl", "profit_factor", "drawdown"):
        fact = found[key]
        if fact.value is not None:
            told = with_interval(fact) if fact.low is not None else number(fact)
            lines.append(f"{name}: {fact.label} {told}.")
    lines.append(f"{found['trades'].source.partition(', as of')[0]}.")
    return "\n".join(lines)


def board(asked: Asked) -> str:
    """Tell the first places of the public leaderboard, and by what it ranks."""
    found = asked.look("get_leaderboard", kind=intents.board_kind_of(asked.text))
    rows = _rows(found, ".bound")
    if not rows:
        return (
            "Nothing is ranked yet: nobody has enough closed trades and days. "
            "Few of either would rank luck."
        )
    lines = [
        "The leaderboard ranks by what the mean daily return is at least, so that luck counts little.",
        *(_place_line(found, row) for row in rows),
        f"Accounts with a rank: {number(found['ranked'])}.",
        f"Accounts without enough evidence: {number(found['unranked'])}.",
        "Results are after fees, and of the past: they promise nothing.",
    ]
    return "\n".join(lines)


def _place_line(found: dict[str, Fact], row: str) -> str:
    bound, rate = found[f"{row}.bound"], found[f"{row}.win_rate"]
    parts = [f"{bound.label} {number(bound)} a day", f"net P&L {number(found[f'{row}.pnl'])}"]
    if rate.value is not None:
        parts.append(f"win rate {with_interval(rate)}")
    return f"{bound.symbol} ({found[f'{row}.what'].value}): {', '.join(parts)}."


def _robot_line(found: dict[str, Fact], row: str) -> str:
    state = found[f"{row}.state"]
    parts = [f"{state.symbol} is {state.value}"]
    for key in ("trades", "win_rate", "pnl", "fees"):
        fact = found.get(f"{row}.{key}")
        if fact is not None:
            told = with_interval(fact) if key == "win_rate" else number(fact)
            parts.append(f"{fact.label} {told}")
    return ", ".join(parts) + "."


def patterns(asked: Asked) -> str:
    """Tell the patterns that survive the test, and how many were looked at."""
    found = asked.look("find_patterns", kind=_book_kind(asked))
    trades_count, looked_at = found["trades"], found["looked_at"]
    if not looked_at.value:
        return (
            f"Your trades looked at: {number(trades_count)}. That is too few to tell a pattern from "
            "chance."
        )
    rows = _rows(found, ".here")
    head = (
        f"Patterns looked at: {number(looked_at)}, over trades looked at: {number(trades_count)}."
    )
    if not rows:
        return f"{head}\nNone of them is more than chance explains."
    lines = [head]
    for row in rows:
        here, there, p = (found[f"{row}.{key}"] for key in ("here", "there", "p"))
        lines.append(f"Your {here.label} is {with_interval(here)}.")
        lines.append(f"Your {there.label} is {with_interval(there)}.")
        lines.append(f"Its {p.label} is {number(p)}.")
    lines.append("A pattern of the past is no promise, and says nothing about its cause.")
    return "\n".join(lines)


# --- Lines ---


def _record_line(fact: Fact) -> str:
    if fact.value is None:
        return ""
    told = with_interval(fact) if fact.low is not None else number(fact)
    return f"{fact.label}: {told}"


def _position_line(found: dict[str, Fact], row: str) -> str:
    parts: Iterable[Fact] = (found[f"{row}.{key}"] for key in ("qty", "entry", "open"))
    symbol = found[f"{row}.qty"].symbol
    told = [f"{fact.label} {number(fact)}" for fact in parts if fact.value is not None]
    return f"{symbol}: " + ", ".join(told)
