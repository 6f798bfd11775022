"""The page of a member's plan: how it stands, what may be done, and the step that is being taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from flask import current_app
from markupsafe import Markup, escape

from app.accounts import service as accounts
from app.billing import service as billing
from app.billing.schemas import Plan
from app.billing.schemas.buying import CancelIn, CheckoutIn, PauseIn, SwitchIn
from app.core.errors import AppError, NotFoundError
from app.core.i18n import lazy_gettext, lazy_pgettext, pgettext
from app.core.parse import parse
from app.embed.schemas import PlanQuery
from app.embed.service import prompts
from app.embed.service.links import Target, page
from app.embed.service.usage import Use, usage_of

STATES = {
    "none": lazy_pgettext("state of a plan", "Free"),
    "gift": lazy_pgettext("state of a plan", "Given to you"),
    "trialing": lazy_pgettext("state of a plan", "On trial"),
    "active": lazy_pgettext("state of a plan", "Active"),
    "past_due": lazy_pgettext("state of a plan", "Payment open"),
    "paused": lazy_pgettext("state of a plan", "Paused"),
    "cancelling": lazy_pgettext("state of a plan", "Cancelled, usable until its end"),
    "ended": lazy_pgettext("state of a plan", "Ended"),
}
INVOICE_STATES = {
    "open": lazy_pgettext("state of an invoice", "To be paid"),
    "paid": lazy_pgettext("state of an invoice", "Paid"),
    "void": lazy_pgettext("state of an invoice", "Not valid any more"),
    "uncollectible": lazy_pgettext("state of an invoice", "Given up"),
}
REASONS = [
    ("too_expensive", lazy_gettext("It costs too much")),
    ("unused", lazy_gettext("I do not use it enough")),
    ("missing_features", lazy_gettext("Something is missing")),
    ("low_quality", lazy_gettext("It is not good enough")),
    ("too_complex", lazy_gettext("It is too complicated")),
    ("switched_service", lazy_gettext("I use something else now")),
    ("customer_service", lazy_gettext("I was not helped well")),
    ("other", lazy_gettext("Something else")),
]
PLAN = Target("/embed/plan", "plan", "dashboard")
SESSION = "{CHECKOUT_SESSION_ID}"


class Place(Protocol):
    """Where the page stands: on a site's dashboard, or among the service's own account pages."""

    is_own: bool

    def link(self, **query: str) -> Markup:
        """Return the attributes of a link to another step of the page."""

    def form(self, action: str) -> Markup:
        """Return the attributes of a form that does something."""

    def address(self, **query: str) -> str:
        """Return the address of the page, for who comes back from the provider."""


class OnSite:
    """In the dashboard of a site: fragments, with real addresses underneath."""

    is_own = False

    def link(self, **query: str) -> Markup:
        """Return a link that htmx makes quicker."""
        return PLAN.link(PlanQuery(), tab="plan", **query)

    def form(self, action: str) -> Markup:
        """Return what sends a form by htmx."""
        return Markup(
            'method="post" hx-post="/embed/plan/{}" hx-target="#plan" hx-swap="outerHTML" '
            'hx-disabled-elt="find button"'
        ).format(escape(action))

    def address(self, **query: str) -> str:
        """Return the address of the tab."""
        return page("dashboard", tab="plan", **query)


class OnAccount:
    """Under /account/: plain pages."""

    is_own = True

    def link(self, **query: str) -> Markup:
        """Return a plain link."""
        return Markup('href="{}"').format(escape(f"/account/plan{PlanQuery(**query).encoded()}"))

    def form(self, action: str) -> Markup:
        """Return a plain form."""
        return Markup('method="post" action="/account/plan/{}"').format(escape(action))

    def address(self, **query: str) -> str:
        """Return the whole address of the page."""
        base = str(current_app.config["PUBLIC_URL"]).rstrip("/")
        return f"{base}/account/plan{PlanQuery(**query).encoded()}"


ON_SITE, ON_ACCOUNT = OnSite(), OnAccount()


@dataclass(frozen=True)
class Choice:
    """A plan of the ladder that the member could have."""

    plan: Plan
    price_minor: int
    is_present: bool
    can_choose: bool
    rank: int
    """Below (negative) or above the present one."""


@dataclass(frozen=True)
class PlanPage:
    """What the template shows."""

    query: PlanQuery
    own: Any
    state: str
    choices: list[Choice]
    usage: list[Use]
    ladders: list[tuple[str, str]]
    has_till: bool
    is_test_till: bool
    step: str = ""
    """buy, change, cancel, pause: which question is asked; go: the next step is at the provider."""
    chosen: Plan | None = None
    trial_days: int = 0
    preview: Any = None
    go_to: str = ""
    go_text: str = ""
    error: str = ""
    done: str = ""
    settled: str = ""
    """What became of the checkout from which the member came back."""
    reasons: list[tuple[str, str]] = field(default_factory=lambda: list(REASONS))
    contact: str = ""
    followed: str = ""
    """The prompt whose way up led here."""


def plan_page(user_id: int, query: PlanQuery, **said: Any) -> PlanPage:
    """Return the page with the step that its address asks for; `said` is what is known of it."""
    settled = said.pop("settled", "") or _settle(user_id, query)
    own = billing.own_plan(user_id, query.ladder)
    facts: dict[str, Any] = {
        "query": query,
        "own": own,
        "state": str(STATES[own.state]),
        "choices": _choices(own, query),
        "usage": usage_of(user_id, query.ladder),
        "ladders": _ladders(user_id),
        "has_till": billing.has_till(),
        "is_test_till": billing.is_test_till(),
        "settled": settled,
        "followed": query.source if query.buy and prompts.is_prompt(query.source) else "",
        "contact": accounts.page_url("contact") or "",
    }
    if not said.get("step") and not said.get("done"):
        facts |= _step(user_id, query, own)
    return PlanPage(**(facts | said))


def _ladders(user_id: int) -> list[tuple[str, str]]:
    """Return the ladders on which something can be had, or is."""
    paid = {row.ladder for row in billing.paid_plans(user_id)}
    return [
        (each.key, pgettext("plan", each.name))
        for each in billing.list_ladders()
        if each.key in paid or any(billing.is_for_sale(plan) for plan in each.plans)
    ]


def _settle(user_id: int, query: PlanQuery) -> str:
    """Return what became of the checkout that the address names: complete, open, or nothing."""
    if not query.paid:
        return ""
    try:
        return billing.settle_checkout(user_id, query.paid).state
    except NotFoundError:
        return ""
    except AppError:
        # The provider rests; its events bring the plan as well.
        return "open"


def _choices(own: Any, query: PlanQuery) -> list[Choice]:
    plans = billing.list_plans(query.ladder)
    present = own.paid_plan or own.plan
    keys = [plan.tier for plan in plans]
    here = keys.index(present.tier) if present else -1
    can = own.doings.change or own.doings.buy
    found = []
    for rank, plan in enumerate(plans):
        is_paid_so = own.paid_plan is not None and own.interval == query.interval
        is_present = rank == here and (is_paid_so or own.paid_plan is None)
        sold = billing.is_for_sale(plan)
        can_choose = can and sold and not is_present and not (own.state == "gift" and rank <= here)
        found.append(
            Choice(plan, plan.price_minor(query.interval), is_present, can_choose, rank - here)
        )
    return found


def _step(user_id: int, query: PlanQuery, own: Any) -> dict[str, Any]:
    """Return the question that the address asks, if it can be asked as things stand."""
    if query.buy:
        return _chosen(user_id, query, own)
    if query.step == "cancel" and own.doings.cancel:
        return {"step": "cancel"}
    if query.step == "pause" and own.doings.pause:
        return {"step": "pause"}
    return {}


def _chosen(user_id: int, query: PlanQuery, own: Any) -> dict[str, Any]:
    try:
        plan = billing.get_plan(query.buy, query.ladder)
    except NotFoundError:
        return {}
    if not billing.is_for_sale(plan):
        return {}
    if own.doings.buy:
        return {"step": "buy", "chosen": plan, "trial_days": billing.trial_days(user_id, plan)}
    if not own.doings.change:
        return {}
    try:
        shown = billing.preview_change(user_id, query.ladder, query.buy, query.interval)
    except AppError as error:
        return {"error": error.message}
    return {"step": "change", "chosen": plan, "preview": shown}


# --- What is done ---


def open_checkout(user_id: int, place: Place, fields: dict[str, str]) -> PlanPage:
    """Open the place where a plan is paid, and show the way there."""
    query = PlanQuery.parse(fields)
    back = place.address(ladder=query.ladder, paid="SESSION")
    asked = {
        "ladder": query.ladder,
        "plan": query.buy,
        "interval": query.interval,
        "source": query.source or "plan",
    }
    if back.startswith("http"):
        asked["success_url"] = back.replace("SESSION", SESSION)
        asked["cancel_url"] = place.address(ladder=query.ladder)
    opened = billing.buy(user_id, parse(CheckoutIn, asked))
    return _go(user_id, query, opened.url, lazy_gettext("Go on to the payment"))


def open_portal(user_id: int, place: Place, fields: dict[str, str]) -> PlanPage:
    """Show the way to the provider's own pages, where the payment method is changed."""
    query = PlanQuery.parse(fields)
    back = place.address(ladder=query.ladder)
    url = billing.open_portal(
        user_id,
        back if back.startswith("http") else None,
        payment_method=fields.get("what") == "method",
    )
    return _go(user_id, query, url, lazy_gettext("Go on to your payment method"))


def _go(user_id: int, query: PlanQuery, url: str, text: Any) -> PlanPage:
    return plan_page(user_id, query, step="go", go_to=url, go_text=str(text))


def change_plan(user_id: int, _place: Place, fields: dict[str, str]) -> PlanPage:
    """Switch to another plan or interval."""
    query = PlanQuery.parse(fields)
    given = {"ladder": query.ladder, "plan": query.buy, "interval": query.interval}
    at = fields.get("proration_at", "")
    asked = parse(SwitchIn, given | ({"proration_at": at} if at else {}))
    made = billing.change_plan(
        user_id, asked.ladder, asked.plan, asked.interval, proration_at=asked.proration_at
    )
    done = {
        "now": lazy_gettext("Your plan is changed."),
        "period_end": lazy_gettext("Your plan changes when what you have paid for ends."),
    }
    return _done(user_id, query, done[made.when])


def cancel_plan(user_id: int, _place: Place, fields: dict[str, str]) -> PlanPage:
    """End a plan, at once or when what is paid for ends."""
    query = PlanQuery.parse(fields)
    given: dict[str, Any] = {"ladder": query.ladder, "at_once": fields.get("when") == "now"}
    for name in ("feedback", "comment"):
        if fields.get(name, "").strip():
            given[name] = fields[name].strip()
    asked = parse(CancelIn, given)
    billing.cancel_plan(
        user_id, asked.ladder, now=asked.at_once, feedback=asked.feedback, comment=asked.comment
    )
    done = (
        lazy_gettext("Your plan has ended. Your record and your data stay.")
        if asked.at_once
        else lazy_gettext(
            "Your plan is cancelled. You can use it until its end, and take this back."
        )
    )
    return _done(user_id, query, done)


def pause_plan(user_id: int, _place: Place, fields: dict[str, str]) -> PlanPage:
    """Let a plan rest for some months."""
    query, months = PlanQuery.parse(fields), fields.get("months", "")
    asked = parse(PauseIn, {"ladder": query.ladder, "months": months})
    billing.pause_plan(user_id, query.ladder, asked.months)
    return _done(user_id, query, lazy_gettext("Your plan rests when what you have paid for ends."))


def resume_plan(user_id: int, _place: Place, fields: dict[str, str]) -> PlanPage:
    """Take a cancellation or a pause back."""
    query = PlanQuery.parse(fields)
    billing.resume_plan(user_id, query.ladder)
    return _done(user_id, query, lazy_gettext("Your plan goes on."))


def keep_plan(user_id: int, _place: Place, fields: dict[str, str]) -> PlanPage:
    """Take a lower plan back that was to follow."""
    query = PlanQuery.parse(fields)
    billing.keep_plan(user_id, query.ladder)
    return _done(user_id, query, lazy_gettext("You keep your present plan."))


def _done(user_id: int, query: PlanQuery, text: Any) -> PlanPage:
    return plan_page(user_id, PlanQuery(ladder=query.ladder), done=str(text))


ACTIONS: dict[str, Callable[[int, Place, dict[str, str]], PlanPage]] = {
    "checkout": open_checkout,
    "portal": open_portal,
    "change": change_plan,
    "cancel": cancel_plan,
    "pause": pause_plan,
    "resume": resume_plan,
    "keep": keep_plan,
}


def act(user_id: int, place: Place, action: str, fields: dict[str, str]) -> tuple[PlanPage, bool]:
    """Do what a form of the page asks; return the page, and whether it was done.

    What goes wrong is said on the page, with the same question again: nothing is lost.
    """
    try:
        return ACTIONS[action](user_id, place, fields), True
    except AppError as error:
        query = PlanQuery.parse(fields)
        return plan_page(user_id, query, error=error.message), False


def plan_now(user_id: int) -> dict[str, Any]:
    """Return what a member has now, for the page of plans."""
    own = billing.own_plan(user_id)
    return {"own": own, "state": str(STATES[own.state])}


def invoice_state(code: str) -> str:
    """Return the word for the state of an invoice: Paid."""
    return str(INVOICE_STATES.get(code, code))
