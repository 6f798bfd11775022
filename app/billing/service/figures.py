"""The owner's figures, put together from sums of days. docs/metrics.md defines each."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta

from app.accounts import service as accounts
from app.billing.queries import figures as queries
from app.billing.rules import figures as rules
from app.billing.rules.figures import Span
from app.billing.rules.movements import STAGES
from app.billing.schemas.figures import (
    Active,
    Business,
    Creators,
    Definition,
    FiguresQuery,
    FunnelRow,
    Ladder,
    MailTopic,
    SignUps,
    Trials,
)
from app.billing.service.clicks import calls
from app.billing.service.money_figures import money
from app.core import clock
from app.notifications import service as notifications

FUNNEL_WEEKS = 13
HALF_YEAR = timedelta(days=182)
NOWHERE = "unknown"
"""The source of who came when none was told."""
FREE = STAGES[0]
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
        calls=calls(span, site_id),
        active=_active(site_id),
        money=money(span, rules.STEPS[asked.period]) if is_whole else [],
        ladders=_ladders(today) if is_whole else [],
        trials=_trials(span) if is_whole else None,
        creators=_creators(span) if is_whole else None,
        mails=_mails(span) if is_whole else None,
        definitions=definitions(),
    )


def definitions() -> list[Definition]:
    """Return what each figure means, in the language of the request."""
    return [
        Definition(key=key, name=str(name), text=str(text))
        for key, (name, text) in rules.DEFINITIONS.items()
    ]


def _sign_ups(span: Span, site_id: str | None) -> SignUps:
    both = Span(span.before.first, span.last)
    stages: Counter[str] = Counter()
    before = 0
    for day, _, stage, count in queries.funnel(both, site_id):
        if day >= span.first:
            stages[stage] += count
        elif stage == FREE:
            before += count
    # Who has got to a stage stands at those below it too.
    higher = (*STAGES[1:], "")
    return SignUps(
        before=before,
        **{each: stages[each] - stages[above] for each, above in zip(STAGES, higher, strict=True)},
    )


def _funnel(span: Span, site_id: str | None) -> list[FunnelRow]:
    """Return weeks with their sources, newest first; at most the last thirteen weeks."""
    monday = rules.bucket(span.last, "week") - timedelta(weeks=FUNNEL_WEEKS - 1)
    weeks = Span(max(rules.bucket(span.first, "week"), monday), span.last)
    got: defaultdict[tuple[date, str], Counter[str]] = defaultdict(Counter)
    for day, source, stage, count in queries.funnel(weeks, site_id):
        got[rules.bucket(day, "week"), source or NOWHERE][stage] += count
    return [
        FunnelRow(
            week=week, source=source, signed_up=stages[FREE],
            **{stage: stages[stage] for stage in STAGES[1:]},
        )
        for (week, source), stages in sorted(
            got.items(), key=lambda item: (-item[0][0].toordinal(), item[0][1])
        )
    ]  # fmt: skip


def _mails(span: Span) -> list[MailTopic]:
    """Return what became of mails by topic, in the weeks of the period; at most the last thirteen."""
    monday = rules.bucket(span.last, "week") - timedelta(weeks=FUNNEL_WEEKS - 1)
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in notifications.mail_figures(max(span.first, monday), span.last):
        for name in MailTopic.model_fields.keys() - {"topic"}:
            sums[row.topic][name] += getattr(row, name)
    return [MailTopic(topic=topic, **sums[topic]) for topic in sorted(sums)]


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


def count_paying_members() -> int:
    """Return how many members pay for a plan now, whatever the currency."""
    tomorrow = clock.now().date() + timedelta(days=1)
    return sum(int(row[2] or 0) for row in queries.income_before(tomorrow))
