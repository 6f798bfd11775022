"""Clicks of the calls to action: counted by day, site, plan and place, never by person.

A browser tells the site, the site tells us in its own name: no address, cookie or user comes along,
so nothing here could say who it was. That a page tells of a click once, also when it tells twice, is
held by the request's Idempotency-Key.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict
from datetime import timedelta

from app.billing.queries import clicks as queries
from app.billing.rules import clicks as rules
from app.billing.rules.figures import Span
from app.billing.schemas import Plan
from app.billing.schemas.clicks import Call, Calls, ClickIn
from app.billing.service import plans
from app.core import clock
from app.core.db import transaction
from app.core.errors import NotFoundError, ValidationError
from app.core.i18n import gettext, pgettext

KEEP = timedelta(days=400)
"""Longer than the longest period of the owner's figures."""
Key = tuple[str, str]


def note_click(site_id: str, told: ClickIn) -> None:
    """Count a click in the present transaction.

    Raises:
        ValidationError: there is no such plan; only buttons that there are can be pressed.
    """
    try:
        plans.get_plan(told.plan, told.ladder)
    except NotFoundError as error:
        message = gettext("plan: none of the ladder; GET /api/plans lists them")
        raise ValidationError(message, field="plan") from error
    queries.add_click(clock.now().date(), site_id, told.ladder, told.plan, told.place)


def calls(span: Span, site_id: str | None) -> Calls:
    """Return the clicks of a period by call, and how many of who clicked went on."""
    places: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    for ladder, plan, place, count in queries.sums(span, site_id):
        places[ladder, plan][place] += count
    begun = {(row[0], row[1]): (row[2], int(row[3])) for row in queries.checkouts(span, site_id)}
    known = _shown(places.keys() | begun.keys())
    return Calls(
        viewed=queries.count_viewed(span, site_id),
        rows=[_call(key, plan, places[key], begun.get(key, (0, 0))) for key, plan in known.items()],
    )


def _shown(told: set[Key]) -> dict[Key, Plan | None]:
    """Return the calls to show: the site's own ladder whole, of the others those that were followed.

    Nothing at all while nobody has followed one. A plan that is no longer sold stands at the end.
    """
    if not told:
        return {}
    sold: dict[Key, Plan | None] = {
        (ladder.key, plan.tier): plan
        for ladder in plans.list_ladders()
        for plan in ladder.plans
        if ladder.key == plans.ROBOTS or (ladder.key, plan.tier) in told
    }
    return {**sold, **dict.fromkeys(sorted(told - sold.keys()))}


def _call(key: Key, plan: Plan | None, places: Counter[str], begun: tuple[int, int]) -> Call:
    clicks, (started, finished) = places.total(), begun
    # Whoever follows the call of a free plan is through: a share of none would read as a failure.
    led_on = 0 if plan and not plan.price else clicks
    return Call(
        ladder=key[0],
        plan=key[1],
        call=pgettext("plan", plan.cta) if plan else f"{key[0]}: {key[1]}",
        clicks=clicks,
        **{place: places[place] for place in rules.PLACES},
        started=asdict(rules.reached(started, led_on)),
        finished=asdict(rules.reached(finished, started)),
    )


def prune_clicks() -> int:
    """Forget the counts of days that no figure reads any more; return how many."""
    with transaction():
        return queries.delete_before(clock.now().date() - KEEP)
