"""A member's plan: the fragment in the dashboard, and the page of the account."""

from __future__ import annotations

from flask import Response, make_response, request

from app.accounts import service as accounts
from app.core.auth import person, signed_in, user_id
from app.core.http import own_transactions
from app.core.pages import own_pages, show
from app.core.parse import parse
from app.embed.schemas import DashboardQuery, PlanQuery, SeenIn
from app.embed.service import first_steps as service_steps
from app.embed.service import missing as service_missing
from app.embed.service import plan as service
from app.embed.service import prompts
from app.embed.views.blueprint import UNPROCESSABLE, bp, render_template

pages = own_pages("account_plan", __name__)
DOINGS = '<any("checkout", "portal", "change", "cancel", "pause", "resume", "keep"):action>'


@bp.get("/plan")
@own_transactions
@person
def plan() -> str:
    """Show a member's plan, and the step that the address asks for."""
    found = service.plan_page(user_id(), PlanQuery.parse(request.args))
    return render_template("embed/_plan.html", plan=found, at=service.ON_SITE)


# A row for each, because the plugin's table knows no choices inside of an address.
@bp.post("/plan/checkout", defaults={"action": "checkout"})
@bp.post("/plan/portal", defaults={"action": "portal"})
@bp.post("/plan/change", defaults={"action": "change"})
@bp.post("/plan/cancel", defaults={"action": "cancel"})
@bp.post("/plan/pause", defaults={"action": "pause"})
@bp.post("/plan/resume", defaults={"action": "resume"})
@bp.post("/plan/keep", defaults={"action": "keep"})
@own_transactions
@person
def act_on_plan(action: str) -> Response:
    """Buy, change, keep, cancel, pause or resume a plan, or look at how it is paid."""
    found, is_done = service.act(user_id(), service.ON_SITE, action, request.form.to_dict())
    html = render_template("embed/_plan.html", plan=found, at=service.ON_SITE)
    return make_response(html, 200 if is_done else UNPROCESSABLE)


@bp.get("/plan-now")
@person
def plan_now() -> str:
    """Show what a member has now, above the page of plans."""
    return render_template("embed/_plan_now.html", **service.plan_now(user_id()))


@bp.post("/seen")
@person
def note_seen() -> tuple[str, int]:
    """Count what a page of the member's has shown; nothing is kept of visitors."""
    prompts.note_seen(user_id(), parse(SeenIn, request.form.to_dict()))
    return "", 204


@bp.get("/missing")
@person
def missing() -> str:
    """Show what the next plan would show, from real data alone."""
    return render_template("embed/_missing.html", missing=service_missing.missing(user_id()))


@bp.get("/first-steps")
@person
def first_steps() -> str:
    """Show a newcomer's three steps."""
    query = DashboardQuery.parse(request.args)
    found = service_steps.first_steps(user_id(), query.look, query.activate)
    return render_template("embed/_first_steps.html", steps=found)


@bp.post("/first-steps/dismiss")
@person
def dismiss_first_steps() -> str:
    """Show the three steps no more."""
    service_steps.dismiss(user_id())
    return render_template("embed/_first_steps.html", steps=None)


@pages.get("/plan")
@own_transactions
@signed_in
def own_plan() -> Response:
    """Show a person's plan."""
    accounts.require_fresh()
    return _page(service.plan_page(user_id(), PlanQuery.parse(request.args)))


@pages.post(f"/plan/{DOINGS}")
@own_transactions
@signed_in
def act_on_own_plan(action: str) -> Response:
    """Buy, change, keep, cancel, pause or resume a plan, or look at how it is paid."""
    accounts.require_fresh()
    fields = {name: text for name, text in request.form.items() if name != "csrf_token"}
    found, is_done = service.act(user_id(), service.ON_ACCOUNT, action, fields)
    return _page(found, 200 if is_done else UNPROCESSABLE)


def _page(found: service.PlanPage, status: int = 200) -> Response:
    user = accounts.get_user(user_id())
    response = show("accounts/plan.html", user=user, plan=found, at=service.ON_ACCOUNT)
    response.status_code = status
    return response
