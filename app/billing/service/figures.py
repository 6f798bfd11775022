"""The owner's figures, put together from sums of days. docs/metrics.md defines each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from app.accounts import service as accounts
from app.billing.queries import figures as queries
from app.billing.rules import figures as rules
from app.billing.rules.figures import Span
from app.billing.schemas.figures import (
    Active,
    Business,
    Creators,
    Definition,
    FiguresQuery,
    FunnelRow,
    Ladder,
    SignUps,
    Trials,
)
from app.billing.service.money_figures import money
from app.core import clock

FUNNEL_WEEKS = 13
HALF_YEAR = timedelta(days=182)
NOWHERE = "unknown"
"""The source of who came when none was told."""
ACTIVE_DAYS = (1, 7, 30)


def business(asked: FiguresQuery, *, site_id: str | None = None) -> Business:
    """Return the figures of the whole service; with `site_id`, of that site's members, no money."""
    today = clock.now().date()
    span = rules.span_of(asked.period, today)
    is_whole = site_id is None
    return Business(
        today=today,
        period=asked.period,
        first=span.first,
        step=rules.STEPS[asked.period],
        is_operators=is_whole,
        sign_ups=_sign_ups(span, site_id),
        funnel=_funnel(span, site_id),
        active=_active(site_id),
        money=money(span, rules.STEPS[asked.period]) if is_whole else [],
        ladders=_ladders(today) if is_whole else [],
        trials=_trials(span) if is_whole else None,
        creators=_creators(span) if is_whole else None,
        definitions=definitions(),
    )


def definitions() -> list[Definition]:
    """Return what each figure means, in the language of the request."""
    return [
        Definition(key=key, name=str(name), text=str(text))
        for key, (name, text) in rules.DEFINITIONS.items()
    ]


def _day(value: Any) -> date:
    """Return a day as either database gives it."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _sign_ups(span: Span, site_id: str | None) -> SignUps:
    total = sum(count for _, _, count in queries.sign_ups(span, site_id))
    before = sum(count for _, _, count in queries.sign_ups(span.before, site_id))
    tiers: defaultdict[int, set[str]] = defaultdict(set)
    for user_id, _, _, tier in queries.first_plans(span, site_id):
        tiers[user_id].add(tier)
    paid = Counter(rules.highest(each) for each in tiers.values())
    return SignUps(free=total - sum(paid.values()), before=before, **paid)


def _funnel(span: Span, site_id: str | None) -> list[FunnelRow]:
    """Return weeks with their sources, newest first; at most the last thirteen weeks."""
    monday = rules.bucket(span.last, "week") - timedelta(weeks=FUNNEL_WEEKS - 1)
    weeks = Span(max(rules.bucket(span.first, "week"), monday), span.last)
    came: Counter[tuple[date, str]] = Counter()
    for day, source, count in queries.sign_ups(weeks, site_id):
        came[rules.bucket(_day(day), "week"), source or NOWHERE] += count
    reached = _reached(queries.first_plans(weeks, site_id))
    keys = sorted(came, key=lambda key: (-key[0].toordinal(), key[1]))
    return [
        FunnelRow(
            week=key[0],
            source=key[1],
            signed_up=came[key],
            **{tier: reached[key, tier] for tier in ("low", "mid", "premium")},
        )
        for key in keys
    ]


def _reached(paid: Iterable[Any]) -> Counter[tuple[tuple[date, str], str]]:
    """Count, by week and source, who has paid for a plan or for a higher one."""
    tiers: defaultdict[tuple[int, date, str], set[str]] = defaultdict(set)
    for user_id, day, source, tier in paid:
        tiers[user_id, rules.bucket(_day(day), "week"), source or NOWHERE].add(tier)
    reached: Counter[tuple[tuple[date, str], str]] = Counter()
    for (_, week, source), each in tiers.items():
        rank = rules.TIER_RANK[rules.highest(each)]
        for tier, own in rules.TIER_RANK.items():
            reached[(week, source), tier] += own <= rank
    return reached


def _active(site_id: str | None) -> Active:
    today = accounts.today()
    since = [today - timedelta(days=days - 1) for days in ACTIVE_DAYS]
    day, week, month = accounts.count_seen_since(since, site_id)
    return Active(day=day, week=week, month=month)


def _ladders(today: date) -> list[Ladder]:
    return [
        Ladder(ladder=ladder, currency=currency, mrr_minor=amount, subscriptions=count)
        for ladder, currency, amount, count in queries.income_by_ladder(today)
        if amount or count
    ]


def _trials(span: Span) -> Trials:
    ended, converted = queries.trials(span)
    return Trials(ended=ended, converted=converted, ratio=rules.share(converted, ended))


def _creators(span: Span) -> Creators:
    rows = queries.creators(span.first)
    active = [now for _, _, _, now in rows if now > 0]
    before = [now for _, _, then, now in rows if then > 0]
    old = [now for _, first, _, now in rows if first <= span.last - HALF_YEAR]
    left, kept = sum(now <= 0 for now in before), sum(now > 0 for now in old)
    return Creators(
        total=queries.count_creators(),
        active=len(active),
        subscribers_each=rules.share(sum(active), len(active)),
        active_before=len(before),
        left=left,
        churn=rules.share(left, len(before)),
        first_half_year_ago=len(old),
        kept=kept,
        retention=rules.share(kept, len(old)),
    )
