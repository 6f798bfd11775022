"""The dashboard's tabs, and on the one of robots the page that the address names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.embed.schemas import (
    CoachQuery,
    DashboardQuery,
    JournalQuery,
    OptionsQuery,
    OverviewQuery,
    PlanQuery,
)
from app.embed.service import backtests, deployments, first_steps, prompts, robot_forms
from app.embed.service import plan as plans
from app.embed.service.coach import coach_panel
from app.embed.service.keys import settings
from app.embed.service.member import overview, own_accounts, own_robots, own_trades, own_years
from app.embed.service.options import options_panel


def robots_panel(user_id: int, query: DashboardQuery) -> dict[str, Any]:
    """Return what the tab's template needs; `part` says which page of it is shown.

    Raises:
        NotFoundError: the address names what is not there, or not the member's.
    """
    if query.run:
        return {"part": "run", "shown": backtests.backtest(user_id, int(query.run))}
    if query.deployment:
        found = deployments.deployment_page(user_id, int(query.deployment))
        return {"part": "deployment", "shown": found}
    if query.test:
        return {"part": "test", "form": robot_forms.backtest_form(query.test)}
    if query.activate:
        return {"part": "settings", "form": robot_forms.deploy_form(user_id, query.activate)}
    if query.choose:
        return {"part": "choice", "choices": deployments.choices(user_id)}
    return {
        "part": "",
        "deployments": deployments.list_deployments(user_id),
        "runs": backtests.list_backtests(user_id),
        "robots": own_robots(user_id),
        "years": own_years(user_id),
    }


def plan_panel(user_id: int, query: DashboardQuery) -> dict[str, Any]:
    """Return what the tab of the plan shows."""
    asked = {name: getattr(query, name) for name in PlanQuery.model_fields if name != "tab"}
    return {"plan": plans.plan_page(user_id, PlanQuery(**asked)), "at": plans.ON_SITE}


def of_options(query: DashboardQuery) -> OptionsQuery:
    """Return the part of a dashboard's query that is the tab of options."""
    asked = {name: getattr(query, name) for name in OptionsQuery.model_fields if name != "tab"}
    return OptionsQuery(tab="options", **asked)


def of_coach(query: DashboardQuery) -> CoachQuery:
    """Return the part of a dashboard's query that is the tab of the coach."""
    asked = {name: getattr(query, name) for name in CoachQuery.model_fields if name != "tab"}
    return CoachQuery(tab="coach", **asked)


def dashboard_panel(user_id: int, query: DashboardQuery) -> dict[str, Any]:
    """Return what the template of the chosen tab needs."""
    panels: dict[str, Callable[[], dict[str, Any]]] = {
        "overview": lambda: {"overview": overview(user_id, OverviewQuery(range=query.range))},
        "robots": lambda: robots_panel(user_id, query),
        "journal": lambda: own_trades(user_id, JournalQuery()),
        "accounts": lambda: {"accounts": own_accounts(user_id)},
        "options": lambda: options_panel(user_id, of_options(query)),
        "coach": lambda: coach_panel(user_id, of_coach(query)),
        "plan": lambda: plan_panel(user_id, query),
        "settings": lambda: settings(user_id, query.report),
    }
    shown = panels[query.tab]()
    if query.tab in ("overview", "robots"):
        shown["steps"] = first_steps.first_steps(user_id, query.look, query.activate)
    if query.tab in ("overview", "journal"):
        shown["prompt"] = prompts.history_prompt(user_id)
    return shown
