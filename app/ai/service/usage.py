"""What was asked of models and what it cost, for owners: sums, and down to the requests behind them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from app.accounts import service as accounts
from app.ai import queries
from app.ai.models import AiRun
from app.ai.queries import Scope
from app.ai.rules.catalogue import read_catalogue
from app.ai.rules.words import why
from app.ai.schemas.owner import (
    Alarm,
    DayUse,
    Failure,
    MemberUse,
    ModelUse,
    MonthBudget,
    OwnUse,
    Period,
    RunItem,
    RunPage,
    RunsQuery,
    TaskUse,
    Totals,
    Usage,
    UsageQuery,
)
from app.billing import service as billing
from app.core import cells, clock
from app.core.i18n import gettext
from app.core.paging import seal

PERIODS = {"7d": 7, "30d": 30, "90d": 90}
FILE_ROWS = 20_000
FILE_STEP = 1_000
MONTH_COST = Decimal(40)
"""US dollars a month that a member may cost the service (S2-189)."""
MONTH_ANALYSES = 12_500
"""Analyses a month that a basic subscription carries at the margin that was promised (C2)."""
DEAREST = 5


def usage(asked: UsageQuery, *, site_id: str | None, shown_site: str) -> Usage:
    """Return the figures of a period: of the whole service, or of one site.

    `shown_site` is the site on whose screen they stand: its members can be led to.
    """
    today = clock.now().date()
    scope = Scope(_first(asked.period, today), today, site_id, asked.user)
    members = queries.by_member(scope)
    return Usage(
        today=today, first=scope.first, period=asked.period, is_operators=site_id is None,
        user_id=asked.user, name=_names([asked.user]).get(asked.user, ""),
        totals=Totals(**queries.totals(scope)),
        days=_days(scope),
        members=_members(members, shown_site),
        models=_models(scope),
        tasks=_tasks(scope),
        failures=[
            Failure(of=of, reason=reason, text=why(reason), count=count)
            for of, reason, count in queries.failures(scope)
        ],
        month=_month(today, site_id, asked.user, shown_site),
        alarms=list_alarms(site_id),
    )  # fmt: skip


def runs(asked: RunsQuery, *, site_id: str | None) -> RunPage:
    """Return a page of the requests behind a figure."""
    rows = queries.list_runs(_scope(asked, site_id), asked, asked.cursor, asked.limit + 1)
    shown = rows[: asked.limit]
    return RunPage(
        items=_items(shown),
        next_cursor=seal("ai_runs", shown[-1].id) if len(rows) > asked.limit else None,
    )


def runs_file(asked: RunsQuery, *, site_id: str | None) -> str:
    """Return the same requests as CSV, the newest 20,000; no cell is a formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([
        "at", "member", "task", "model", "prompt", "cost_usd", "tool_calls", "state", "why",
        "seconds", "own_key", "cached", "trial",
    ])  # fmt: skip
    before: int | None = None
    for _ in range(FILE_ROWS // FILE_STEP):
        rows = queries.list_runs(_scope(asked, site_id), asked, before, FILE_STEP)
        writer.writerows(cells.safe_row(_cells(item)) for item in _items(rows))
        if len(rows) < FILE_STEP:
            break
        before = rows[-1].id
    return file.getvalue()


def own_use(user_id: int) -> list[OwnUse]:
    """Return what a member's own keys were used for in the last 30 days, by day and task."""
    today = clock.now().date()
    rows = queries.own_use(Scope(_first("30d", today), today, user_id=user_id))
    return [
        OwnUse(
            day=date.fromisoformat(str(row.day)), label=_label(row.task), runs=row.runs,
            cost=row.cost,
        )
        for row in rows
    ]  # fmt: skip


def list_alarms(site_id: str | None) -> list[Alarm]:
    """Return what the operator was told lately; of a site what concerns it."""
    return [
        Alarm(
            kind=row.kind, subject=row.subject, begins=row.begins, amount=row.amount,
            limit=row.limit, told_at=row.told_at, text=_said(row.kind, row.subject),
        )
        for row in queries.list_alarms(None if site_id is None else f"site:{site_id}")
    ]  # fmt: skip


def _said(kind: str, subject: str) -> str:
    whose = {"all": gettext("the whole service")}.get(subject, subject.replace(":", " "))
    texts = {
        "limit": gettext("The day's limit of %(whose)s is nearly used up", whose=whose),
        "member_cost": gettext("The month of %(whose)s costs more than a member may", whose=whose),
        "member_analyses": gettext(
            "%(whose)s has asked more analyses in a month than a subscription carries", whose=whose
        ),
    }
    return texts.get(kind, kind)


def _scope(asked: RunsQuery, site_id: str | None) -> Scope:
    today = clock.now().date()
    return Scope(_first(asked.period, today), today, site_id, asked.user)


def _first(period: Period, today: date) -> date:
    return today - timedelta(days=PERIODS[period] - 1)


def _days(scope: Scope) -> list[DayUse]:
    found = queries.by_day(scope)
    days = [scope.first + timedelta(days=at) for at in range((scope.last - scope.first).days + 1)]
    return [
        DayUse(day=day, runs=found[day].runs, cost=found[day].cost)
        if day in found
        else DayUse(day=day, runs=0, cost=Decimal(0))
        for day in days
    ]


def _members(rows: list[Any], site_id: str) -> list[MemberUse]:
    known = {row.user_id for row in rows if row.user_id is not None}
    names, here = _names(known), accounts.site_members_of(site_id, known)
    return [
        MemberUse(
            user_id=row.user_id,
            member_id=here[row.user_id].id if row.user_id in here else None,
            name=names.get(row.user_id, ""),
            runs=row.runs, failed=row.failed, cost=row.cost, own_cost=row.own_cost,
        )
        for row in rows
    ]  # fmt: skip


def _models(scope: Scope) -> list[ModelUse]:
    known = read_catalogue().models
    return [
        ModelUse(**row, provider=known[row["model"]].provider if row["model"] in known else "")
        for row in queries.by_model(scope)
    ]


def _tasks(scope: Scope) -> list[TaskUse]:
    return [
        TaskUse(
            task=row.task, label=_label(row.task), runs=row.runs, failed=row.failed,
            offline=row.offline, cached=row.cached, cost=row.cost, own_cost=row.own_cost,
        )
        for row in queries.by_task(scope)
    ]  # fmt: skip


def _month(today: date, site_id: str | None, user_id: int | None, shown_site: str) -> MonthBudget:
    scope = Scope(today.replace(day=1), today, site_id, user_id)
    rows = [row for row in queries.by_member(scope, limit=2**31 - 1) if row.user_id is not None]
    cost = sum((row.cost for row in rows), Decimal(0))
    members = sum(1 for row in rows if row.cost)
    paying = billing.count_paying_members() if site_id is None and user_id is None else None
    analyses = queries.most_analyses(scope)
    return MonthBudget(
        begins=scope.first, cost=cost, members=members, paying_members=paying,
        per_member=_each(cost, members), per_paying_member=_each(cost, paying),
        most=MONTH_COST, dearest=_members(rows[:DEAREST], shown_site),
        most_analyses=MONTH_ANALYSES, analyses=analyses,
        is_over=analyses > MONTH_ANALYSES or any(row.cost >= MONTH_COST for row in rows),
    )  # fmt: skip


def _each(cost: Decimal, members: int | None) -> Decimal | None:
    return (cost / members).quantize(Decimal("0.0001")) if members else None


def _items(rows: Iterable[AiRun]) -> list[RunItem]:
    rows = list(rows)
    names = _names(row.user_id for row in rows)
    return [
        RunItem(
            id=row.id, at=row.started_at, user_id=row.user_id, name=names.get(row.user_id, ""),
            task=row.task, label=_label(row.task), model=row.model, prompt=row.prompt,
            cost=row.cost, tool_calls=row.tool_calls, state=row.state, reason=row.reason,
            why=why(row.reason) if row.reason else "",
            seconds=None
            if row.ended_at is None
            else round((row.ended_at - row.started_at).total_seconds(), 2),
            is_trial=row.is_trial, uses_own_key=row.uses_own_key, is_from_cache=row.is_from_cache,
        )
        for row in rows
    ]  # fmt: skip


def _cells(item: RunItem) -> list[str]:
    return [
        item.at.isoformat(timespec="seconds"), item.name, item.task, item.model, item.prompt,
        f"{item.cost:f}", str(item.tool_calls), item.state, item.why,
        "" if item.seconds is None else str(item.seconds),
        *("yes" if one else "" for one in (item.uses_own_key, item.is_from_cache, item.is_trial)),
    ]  # fmt: skip


def _label(task: str) -> str:
    known = read_catalogue().tasks.get(task)
    return known.label if known else task


def _names(user_ids: Iterable[int | None]) -> dict[int | None, str]:
    known = sorted({user_id for user_id in user_ids if user_id is not None})
    return {user_id: f"{name} (#{user_id})" for user_id, name in accounts.pseudonyms(known).items()}
