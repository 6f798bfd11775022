"""The public pages, and a member's figures, imports, keys and webhooks: parse, call, render."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Response, make_response, request

from app.accounts.schemas.keys import ApiKeyForm
from app.core.auth import person, site, user_id
from app.core.errors import ConflictError, ForbiddenError, ValidationError
from app.core.http import own_transactions
from app.core.parse import parse
from app.embed import service
from app.embed.schemas import (
    DashboardQuery,
    ImportForm,
    JournalQuery,
    LeaderboardQuery,
    MarketplaceQuery,
    OverviewQuery,
    PricingQuery,
)
from app.embed.views.blueprint import UNPROCESSABLE, bp, public, render_template, tagged
from app.moderation.schemas import NameIn, ReportIn


@bp.get("/performance")
@site
def performance() -> Response:
    """Show the public track records."""
    query = LeaderboardQuery.parse(request.args)
    return public("embed/_performance.html", records=service.track_records(query))


@bp.get("/leaderboard-table")
@site
def leaderboard_table() -> Response:
    """Show the leaderboard alone."""
    query = LeaderboardQuery.parse(request.args)
    return public("embed/_leaderboard_table.html", board=service.leaderboard(query))


@bp.get("/marketplace")
@site
def marketplace() -> Response:
    """Show the catalogue, or the robot that the address names."""
    query = MarketplaceQuery.parse(request.args)
    if query.robot:
        return public("embed/_marketplace.html", robot=service.robot_page(query.robot))
    return public("embed/_marketplace.html", shelf=service.shelf(query))


@bp.get("/robot-cards")
@site
def robot_cards() -> Response:
    """Show the cards alone."""
    query = MarketplaceQuery.parse(request.args)
    return public("embed/_robot_cards.html", shelf=service.shelf(query))


@bp.get("/robot/<plugin_id>")
@site
def robot(plugin_id: str) -> Response:
    """Show a robot's public record."""
    return public("embed/_robot.html", robot=service.robot_page(plugin_id))


@bp.get("/pricing")
@site
def pricing() -> Response:
    """Show a ladder of plans."""
    query = PricingQuery.parse(request.args)
    return public("embed/_pricing.html", **service.pricing(query))


@bp.get("/dashboard")
@own_transactions
@person
def dashboard() -> str:
    """Show a member's dashboard with the chosen tab."""
    query = DashboardQuery.parse(request.args)
    panel = service.dashboard_panel(user_id(), query)
    return render_template("embed/_dashboard.html", query=query, **panel)


@bp.get("/dashboard-overview")
@person
def dashboard_overview() -> Response:
    """Show the overview; asked every second, so an unchanged one costs one small query."""
    query = OverviewQuery.parse(request.args)
    tag = service.overview_tag(user_id(), query)
    if tag in request.if_none_match:
        return tagged(make_response("", 304), tag)
    overview = service.overview(user_id(), query)
    return tagged(
        make_response(render_template("embed/_dashboard_overview.html", overview=overview)), tag
    )


@bp.get("/dashboard-robots")
@person
def dashboard_robots() -> str:
    """Show a member's robots: those at work, runs over past bars, and all their figures."""
    panel = service.robots_panel(user_id(), DashboardQuery(tab="robots"))
    return render_template("embed/_dashboard_robots.html", **panel)


@bp.get("/dashboard-journal")
@person
def dashboard_journal() -> str:
    """Show a member's closed trades and the way to import more."""
    query = JournalQuery.parse(request.args)
    return render_template("embed/_dashboard_journal.html", **service.own_trades(user_id(), query))


@bp.get("/dashboard-accounts")
@person
def dashboard_accounts() -> str:
    """Show a member's trading accounts with their proof."""
    accounts = service.own_accounts(user_id())
    return render_template("embed/_dashboard_accounts.html", accounts=accounts)


@bp.post("/accounts/<int:account_id>/opening")
@person
def set_opening(account_id: int) -> str | tuple[str, int]:
    """Keep what an account of the member began with."""
    try:
        service.set_opening(user_id(), account_id, request.form.to_dict())
    except (ConflictError, ValidationError) as error:
        accounts = service.own_accounts(user_id(), {account_id: error.message})
        return render_template("embed/_dashboard_accounts.html", accounts=accounts), UNPROCESSABLE
    accounts = service.own_accounts(user_id())
    return render_template("embed/_dashboard_accounts.html", accounts=accounts)


@bp.get("/dashboard-plan")
@own_transactions
@person
def dashboard_plan() -> str:
    """Show a member's plan."""
    query = DashboardQuery.parse({**request.args.to_dict(), "tab": "plan"})
    return render_template("embed/_dashboard_plan.html", **service.plan_panel(user_id(), query))


@bp.get("/dashboard-settings")
@person
def dashboard_settings() -> str:
    """Show a member's settings."""
    return render_template("embed/_dashboard_settings.html", **service.settings(user_id()))


@bp.get("/import-form")
@person
def import_form() -> str:
    """Show the form for a file of fills."""
    return render_template("embed/_import_form.html")


@bp.post("/imports")
@person
def create_import() -> str | tuple[str, int]:
    """Check an uploaded file and show what would be imported; nothing is written to the ledger."""
    try:
        form = parse(ImportForm, request.form.to_dict())
        status = service.preview_import(user_id(), form, request.files.get("file"))
    except ValidationError as error:
        given = {"import_error": error.message, "import_plugin": request.form.get("plugin_id")}
        return render_template("embed/_import_form.html", **given), UNPROCESSABLE
    return render_template("embed/_import_status.html", status=status)


@bp.get("/imports/<int:import_id>")
@person
def import_status(import_id: int) -> str:
    """Show a preview, the progress or the outcome of an import."""
    status = service.import_status(user_id(), import_id)
    return render_template("embed/_import_status.html", status=status)


@bp.post("/imports/<int:import_id>/start")
@person
def start_import(import_id: int) -> str:
    """Import a previewed file in the background."""
    status = service.start_import(user_id(), import_id)
    return render_template("embed/_import_status.html", status=status)


@bp.post("/imports/<int:import_id>/cancel")
@person
def cancel_import(import_id: int) -> str:
    """Stop an import; what it has written stays."""
    status = service.cancel_import(user_id(), import_id)
    return render_template("embed/_import_status.html", status=status)


@bp.get("/api-keys")
@person
def api_keys() -> str:
    """Show a member's API keys."""
    return render_template("embed/_api_keys.html", keys=service.api_keys(user_id()))


@bp.post("/api-keys")
@person
def create_api_key() -> str | tuple[str, int]:
    """Make an API key and show it, this once."""
    try:
        fields = {**request.form.to_dict(), "scopes": request.form.getlist("scopes")}
        keys = service.create_api_key(user_id(), parse(ApiKeyForm, fields))
    except (ConflictError, ForbiddenError, ValidationError) as error:
        keys = service.api_keys(user_id(), error=error.message)
        return render_template("embed/_api_keys.html", keys=keys), UNPROCESSABLE
    return render_template("embed/_api_keys.html", keys=keys)


@bp.post("/api-keys/<int:key_id>/rotate")
@person
def rotate_api_key(key_id: int) -> str | tuple[str, int]:
    """Replace an API key and show the new one, this once."""
    try:
        keys = service.rotate_api_key(user_id(), key_id)
    except ConflictError as error:
        keys = service.api_keys(user_id(), error=error.message)
        return render_template("embed/_api_keys.html", keys=keys), UNPROCESSABLE
    return render_template("embed/_api_keys.html", keys=keys)


@bp.post("/api-keys/<int:key_id>/revoke")
@person
def revoke_api_key(key_id: int) -> str:
    """Make an API key useless."""
    keys = service.revoke_api_key(user_id(), key_id)
    return render_template("embed/_api_keys.html", keys=keys)


@bp.get("/webhooks")
@person
def webhooks() -> str:
    """Show a member's webhooks."""
    return render_template("embed/_webhooks.html", hooks=service.webhooks(user_id()))


@bp.post("/webhooks")
@person
def create_webhook() -> str | tuple[str, int]:
    """Make a webhook and show its secret, this once."""
    typed, types = request.form.to_dict(), request.form.getlist("event_types")
    try:
        hooks = service.create_webhook(user_id(), typed, types)
    except (ConflictError, ValidationError) as error:
        hooks = service.webhooks(user_id(), error=error.message, form=(typed, types))
        return render_template("embed/_webhooks.html", hooks=hooks), UNPROCESSABLE
    return render_template("embed/_webhooks.html", hooks=hooks)


@bp.get("/webhooks/<int:endpoint_id>")
@person
def webhook(endpoint_id: int) -> str:
    """Show one webhook with its last deliveries."""
    return render_template("embed/_webhook.html", hook=service.webhook(user_id(), endpoint_id))


@bp.post("/webhooks/<int:endpoint_id>/test")
@person
def send_test(endpoint_id: int) -> str | tuple[str, int]:
    """Send an event to a webhook that means nothing."""
    return _acted(endpoint_id, service.send_test)


@bp.post("/webhooks/<int:endpoint_id>/rotate")
@person
def rotate_webhook(endpoint_id: int) -> str | tuple[str, int]:
    """Give a webhook a new secret and show it, this once."""
    return _acted(endpoint_id, service.rotate_webhook)


@bp.post("/webhooks/<int:endpoint_id>/disable")
@person
def disable_webhook(endpoint_id: int) -> str | tuple[str, int]:
    """Send nothing more to a webhook."""
    return _acted(endpoint_id, partial(service.switch_webhook, state="disabled"))


@bp.post("/webhooks/<int:endpoint_id>/enable")
@person
def enable_webhook(endpoint_id: int) -> str | tuple[str, int]:
    """Send to a webhook again."""
    return _acted(endpoint_id, partial(service.switch_webhook, state="active"))


@bp.post("/webhooks/<int:endpoint_id>/deliveries/<int:delivery_id>/replay")
@person
def replay_webhook(endpoint_id: int, delivery_id: int) -> str | tuple[str, int]:
    """Send a delivery of a webhook again."""
    return _acted(endpoint_id, partial(service.replay_webhook, delivery_id=delivery_id))


@bp.post("/webhooks/<int:endpoint_id>/delete")
@person
def delete_webhook(endpoint_id: int) -> str:
    """Delete a webhook."""
    hooks = service.delete_webhook(user_id(), endpoint_id)
    return render_template("embed/_webhooks.html", hooks=hooks)


@bp.get("/public-name")
@person
def public_name() -> str:
    """Show by which name the boards of this site call a member."""
    return render_template("embed/_public_name.html", called=service.public_name(user_id()))


@bp.post("/public-name")
@person
def ask_for_name() -> str | tuple[str, int]:
    """Ask the site's administrators for a name in place of the pseudonym."""
    try:
        called = service.ask_for_name(user_id(), parse(NameIn, request.form.to_dict()))
    except (ConflictError, ValidationError) as error:
        called = service.public_name(user_id(), error=error.message)
        return render_template("embed/_public_name.html", called=called), UNPROCESSABLE
    return render_template("embed/_public_name.html", called=called)


@bp.post("/public-name/withdraw")
@person
def withdraw_name() -> str:
    """Show the pseudonym again from now on."""
    return render_template("embed/_public_name.html", called=service.withdraw_name(user_id()))


@bp.get("/reports")
@person
def reports() -> str:
    """Show a member's reports and what became of them."""
    return render_template("embed/_reports.html", reports=service.reports(user_id()))


@bp.post("/reports")
@person
def send_report() -> str | tuple[str, int]:
    """Tell the site's administrators what is wrong with a robot."""
    given = request.form.to_dict()
    try:
        found = service.send_report(user_id(), parse(ReportIn, given))
    except (ConflictError, ValidationError) as error:
        typed = {name: given.get(name, "") for name in ("reason", "text")}
        robot_id = given.get("robot", "")
        found = service.reports(user_id(), robot_id, error=error.message, **typed)
        return render_template("embed/_reports.html", reports=found), UNPROCESSABLE
    return render_template("embed/_reports.html", reports=found)


def _acted(endpoint_id: int, act: Callable[[int, int], object]) -> str | tuple[str, int]:
    try:
        hook = act(user_id(), endpoint_id)
    except (ConflictError, ValidationError) as error:
        hook = service.webhook(user_id(), endpoint_id, error.message)
        return render_template("embed/_webhook.html", hook=hook), UNPROCESSABLE
    return render_template("embed/_webhook.html", hook=hook)
