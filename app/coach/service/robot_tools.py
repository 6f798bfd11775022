"""Tools that look at robots: those of the member that trade, and what the catalogue says of one."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.ai.schemas import Tool
from app.coach.rules.facts import Fact
from app.coach.service.evidence import Evidence
from app.core import clock
from app.core.errors import NotFoundError
from app.core.formatters import NEW_YORK
from app.core.i18n import gettext
from app.performance import service as performance
from app.performance.schemas import AccountResult, LeaderboardRow, Metrics
from app.quant.stats import wilson_interval
from app.robots import service as robots
from app.robots.schemas import Robot
from app.robots.schemas.running import DeploymentView

MOST_ROBOTS = 20
CENT = Decimal("0.01")
LINK = "dashboard?tab=robots"
BOARD = "performance"
KIND_WORDS = {"null": "by chance, to be beaten"}


class OwnRobotsAsked(BaseModel):
    """Whose robots: the member's own."""

    model_config = ConfigDict(extra="forbid")


class BoardAsked(BaseModel):
    """Which part of the leaderboard."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["all", "live", "paper"] = "all"
    count: int = Field(default=5, ge=1, le=20)


class RobotAsked(BaseModel):
    """Which robot of the catalogue."""

    model_config = ConfigDict(extra="forbid")

    robot: str = Field(min_length=1, max_length=80, description="Its name or id.")


def robot_tools(evidence: Evidence, user_id: int) -> list[Tool]:
    """Return the tools over robots."""

    def own(_asked: OwnRobotsAsked) -> list[Fact]:
        return _own_facts(robots.list_deployments(user_id))

    return [
        evidence.tool(
            "get_robots",
            "The member's own deployments: robots that trade on paper, their state, trades, win rate "
            "with its interval, result and what they paid in fees.",
            OwnRobotsAsked,
            own,
        ),
        evidence.tool(
            "get_robot",
            "A robot of the catalogue: what it trades, the plan it needs, and its public record after "
            "costs, with the number of trades and interval.",
            RobotAsked,
            _record,
        ),
    ]


def board_tools(evidence: Evidence) -> list[Tool]:
    """Return the tool over the public leaderboard."""
    return [
        evidence.tool(
            "get_leaderboard",
            "The first places of the public leaderboard of robots and traders. It ranks by the lower "
            "end of the 95 % interval of the mean daily return over all time, after fees; accounts "
            "with too few trades or days have no rank.",
            BoardAsked,
            _places,
        )
    ]


def find_robot(text: str) -> Robot | None:
    """Return the listed robot that a text names, the longest name first."""
    low = " ".join(text.lower().replace("\u2019", "'").split())
    found = [one for one in robots.list_robots() if _is_named(one, low)]
    return max(found, key=lambda one: len(one.name), default=None)


def _is_named(robot: Robot, text: str) -> bool:
    names = {robot.name.lower(), robot.id, robot.id.replace("_", " ")}
    # A single word such as "momentum" may mean anything; it names a robot where it is all there is.
    return any(
        text == name
        or ((" " in name or "_" in name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text))
        for name in names
    )


# --- The member's own ---


def _own_facts(found: list[DeploymentView]) -> list[Fact]:
    source = "Your robots on paper"
    going = sum(each.state == "active" for each in found)
    facts = [
        Fact("count", "robots", Decimal(len(found)), "count", names=("deployments",), source=source, link=LINK),
        Fact("active", "robots that trade", Decimal(going), "count", names=("active robots",), source=source, link=LINK),
    ]  # fmt: skip
    shown = found[:MOST_ROBOTS]
    accounts = [each.account_id for each in shown if each.account_id is not None]
    results = performance.account_results(accounts, clock.now().astimezone(NEW_YORK).date())
    names = robots.names({each.plugin_id for each in shown})
    uses = Counter(each.plugin_id for each in shown)
    for each in shown:
        name = names[each.plugin_id]
        # Two of one robot are told apart by their number.
        called = name if uses[each.plugin_id] == 1 else f"{name} #{each.id}"
        facts += _of_deployment(each, called, results.get(each.account_id or 0))
    return facts


def _of_deployment(each: DeploymentView, name: str, made: AccountResult | None) -> list[Fact]:
    key = f"{each.id}."
    about: dict[str, Any] = {
        "symbol": name,
        "source": f"{name} on {', '.join(each.symbols)}, {each.timeframe}, paper, after fees",
        "link": f"{LINK}&robot={each.plugin_id}",
    }
    facts = [Fact(f"{key}state", "state", each.state, "text", note=each.reason or "", **about)]
    trades = made.trade_count if made else 0
    facts.append(Fact(f"{key}trades", "trades", Decimal(trades), "count", **about))
    if made is None or not trades:
        return facts
    interval = wilson_interval(made.win_count, trades) or (0.0, 1.0)
    low, high = (round(Decimal(repr(end * 100)), 2) for end in interval)
    rate = round(Decimal(made.win_count * 100) / trades, 2)
    return [
        *facts,
        Fact(f"{key}win_rate", "win rate", rate, "percent", n=trades, low=low, high=high, **about),
        Fact(f"{key}pnl", "result", made.result.quantize(CENT), "money", names=("net P&L", "P&L", "net result"), n=trades, is_signed=True, **about),
        Fact(f"{key}fees", "fees", made.fees.quantize(CENT), "money", names=("costs",), n=trades, **about),
    ]  # fmt: skip


# --- The leaderboard ---


def _places(asked: BoardAsked) -> list[Fact]:
    found = performance.leaderboard(kind=asked.kind)
    ranked = [row for row in found.rows if row.rank is not None]
    source = f"Public leaderboard, {asked.kind}, all time, after fees, as of {found.as_of or '-'}"
    about = {"source": source, "link": BOARD}
    counts = (
        ("ranked", "accounts with a rank", len(ranked)),
        ("unranked", "accounts without enough evidence", len(found.rows) - len(ranked)),
    )
    facts = [
        Fact(key, label, Decimal(count), "count", **about)  # type: ignore[arg-type]
        for key, label, count in counts
    ]
    shown = ranked[: asked.count]
    names = robots.names({row.plugin_id for row in shown})
    for row in shown:
        facts += _of_place(row, names.get(row.plugin_id, row.plugin_id), about)
    return facts


def _of_place(row: LeaderboardRow, name: str, about: dict[str, Any]) -> list[Fact]:
    key, made = f"{row.rank}.", row.metrics
    # Several accounts trade one robot: the pseudonym tells them apart.
    of: dict[str, Any] = {**about, "symbol": f"{name} of {row.pseudonym}"}
    low, high = (
        None if end is None else round(Decimal(repr(float(end))), 2)
        for end in (made.win_rate_low, made.win_rate_high)
    )
    what = ", ".join(["simulated"] * row.is_simulated + [KIND_WORDS.get(row.kind, row.kind)])
    bound = None if row.lower_bound is None else round(Decimal(repr(row.lower_bound * 100)), 4)
    rate = None if made.win_rate is None else round(made.win_rate, 2)
    n = made.trade_count
    return [
        Fact(f"{key}bound", "lower bound of the mean return", bound, "percent", is_signed=True, n=n, **of),
        Fact(f"{key}what", "kind", what, "text", **of),
        Fact(f"{key}pnl", "net P&L", round(made.total_pnl, 2), "money", names=("P&L", "result"), n=n, is_signed=True, **of),
        Fact(f"{key}win_rate", "win rate", rate, "percent", n=n, low=low, high=high, **of),
    ]  # fmt: skip


# --- The catalogue ---


def _record(asked: RobotAsked) -> list[Fact]:
    robot = find_robot(asked.robot)
    if robot is None:
        message = gettext("There is no robot of that name in the catalogue.")
        raise NotFoundError(message)
    record = performance.robot_records([robot.id])[robot.id]
    kinds = ", ".join(record.kinds) or "no record yet"
    simulated = ", simulated" if record.is_simulated or robot.is_demo else ""
    about: dict[str, Any] = {
        "symbol": robot.name,
        "source": f"Public record of {robot.name}, {kinds}{simulated}, after fees, as of "
        f"{record.as_of or '-'}",
        "link": f"{LINK}&robot={robot.id}",
    }
    facts = [
        Fact("market", "market", robot.market, "text", **about),
        Fact("strategy", "strategy", robot.strategy_label, "text", **about),
        Fact("plan", "plan", robot.min_tier, "text", names=("least plan",), **about),
    ]
    if record.metrics is None or not record.metrics.trade_count:
        return [
            *facts,
            Fact("trades", "trades", Decimal(0), "count", note="no record yet", **about),
        ]
    return [*facts, *_of_metrics(record.metrics, record.days, about)]


def _of_metrics(made: Metrics, days: int, about: dict[str, Any]) -> list[Fact]:
    n = made.trade_count
    low, high, least, most = (
        None if end is None else round(Decimal(repr(float(end))), 2)
        for end in (
            made.win_rate_low,
            made.win_rate_high,
            made.profit_factor_low,
            made.profit_factor_high,
        )
    )

    def rounded(value: Decimal | None) -> Decimal | None:
        return None if value is None else round(value, 2)

    drawdown = None if made.max_drawdown is None else abs(made.max_drawdown)
    return [
        Fact("trades", "trades", Decimal(n), "count", names=("closed trades",), **about),
        Fact("days", "days", Decimal(days), "count", **about),
        Fact("win_rate", "win rate", rounded(made.win_rate), "percent", n=n, low=low, high=high, **about),
        Fact("pnl", "net P&L", rounded(made.total_pnl), "money", names=("P&L", "result"), n=n, is_signed=True, **about),
        Fact("profit_factor", "profit factor", rounded(made.profit_factor), "ratio", n=n, low=least, high=most, **about),
        Fact("drawdown", "maximum drawdown", rounded(drawdown), "percent", names=("drawdown",), **about),
    ]  # fmt: skip
