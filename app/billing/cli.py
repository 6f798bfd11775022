"""Commands for the operator: plans and money."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar, get_args

import click
from babel.numbers import get_currency_precision
from flask.cli import AppGroup

from app.billing import service
from app.billing.queries import journal as journal_queries
from app.billing.schemas.figures import FiguresQuery, Period
from app.billing.service import creators, earnings, payouts, reconciliation, splits
from app.core.db import transaction
from app.core.errors import AppError

T = TypeVar("T")
PERIODS: tuple[Period, ...] = get_args(Period)
billing = AppGroup("billing", help="Plans, money and the owner's figures.")


@billing.command("rebuild-figures")
def rebuild_figures() -> None:
    """Make the movements of the monthly income and their sums anew from the history of plans."""
    with transaction():
        count = service.rebuild_figures()
    click.echo(f"{count} movements")


@billing.command("figures")
@click.option("--period", default="30d", show_default=True, type=click.Choice(PERIODS))
@click.option("--rows", help="The rows behind a figure as CSV, such as mrr_movements or sign_ups.")
def figures(period: Period, rows: str | None) -> None:
    """Show the owner's figures of the whole service with their definitions, as JSON."""
    with transaction():
        if rows is not None:
            click.echo(_told(lambda: service.figure_file(rows, period)), nl=False)
            return
        found = service.business(FiguresQuery(period=period))
    click.echo(found.model_dump_json(indent=2))


@billing.command("sync-plans")
def sync_plans() -> None:
    """Let the payment provider sell what the plans file says; run twice, it does nothing more."""
    try:
        lines = service.sync_plans()
    except AppError as error:
        raise click.ClickException(error.message) from error
    for line in lines:
        click.echo(line)
    click.echo(f"{len(lines)} changes")


@billing.command("replay")
@click.argument("event")
def replay(event: str) -> None:
    """Have an event of the provider (evt_…) worked on again."""
    try:
        with transaction():
            subject = service.replay_event(event)
    except AppError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"will ask about {subject}")


@billing.command("sweep")
def sweep() -> None:
    """Find what no event has told, and have it worked on."""
    try:
        found = service.sweep()
    except AppError as error:
        raise click.ClickException(error.message) from error
    click.echo(json.dumps(found))


# --- The journal ---


@billing.command("balances")
@click.argument("accounts", nargs=-1)
def balances(accounts: tuple[str, ...]) -> None:
    """Show the balance of each account of the journal, or of some (payable:7)."""
    for account, currency, amount in journal_queries.balances(accounts):
        click.echo(f"{account:24} {shown(amount, currency):>18} {currency}")


@billing.command("journal")
@click.option("--account", help="Only what moved this account, such as payable:7.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
def show_journal(account: str | None, limit: int) -> None:
    """Show the newest postings, with what caused them."""
    for row, entry in journal_queries.newest_postings(account, limit):
        cause = f"{entry.source_type} {entry.source_id} {entry.purpose}"
        amount = shown(row.amount_minor, row.currency)
        click.echo(f"{row.day} {amount:>14} {row.currency} {row.debit} <- {row.credit}  {cause}")


@billing.command("payouts")
@click.option("--plan", is_flag=True, help="Write this week's payouts now.")
def show_payouts(*, plan: bool) -> None:
    """Show what each creator is due, and why no more; --plan pays what is due this week."""
    if plan:
        click.echo(f"{payouts.plan_week()} payouts written")
    with transaction():
        for creator_id, currency, amount, why in payouts.due():
            said = why or "due"
            click.echo(f"creator {creator_id:6} {shown(amount, currency):>14} {currency} {said}")


@billing.command("reconcile")
def reconcile() -> None:
    """Compare the journal with the provider's balance; exit code 1 when something is unexplained."""
    rows = _told(reconciliation.reconcile)
    for row in rows:
        click.echo(
            f"{row.day} {row.currency}: provider {shown(row.provider_minor, row.currency)}, "
            f"journal {shown(row.journal_minor, row.currency)}, "
            f"unexplained {shown(row.difference_minor, row.currency)}"
        )
        for one in row.explained:
            amount = shown(one["amount_minor"], row.currency)
            click.echo(f"  {one['key']}: {amount}, {OPEN[one['what']]} since {one['since']}")
    if any(row.difference_minor for row in rows):
        raise SystemExit(1)


@billing.command("explain")
@click.argument("currency")
@click.argument("key")
@click.argument("reason")
def explain(currency: str, key: str, reason: str) -> None:
    """Post a correction for an open thing KEY that `reconcile` has shown, with a REASON."""
    with transaction():
        amount = _told(lambda: reconciliation.explain(currency.upper(), key, reason))
    click.echo(f"posted {shown(amount, currency.upper())}")


@billing.command("splits")
def show_splits() -> None:
    """Show how money is shared, each version with its first day."""
    for row in splits.list_splits():
        charged = f", {row.profit_bps / 100:g} % of profit" if row.profit_bps is not None else ""
        click.echo(
            f"{row.product_type:8} from {row.starts_on}: {row.creator_bps / 100:g} %{charged}"
        )


@billing.command("split")
@click.argument("product_type")
@click.argument("creator_bps", type=int)
@click.argument("starts_on", type=click.DateTime(["%Y-%m-%d"]))
def set_split(product_type: str, creator_bps: int, starts_on: datetime) -> None:
    """Share money of PRODUCT_TYPE otherwise from a day on: CREATOR_BPS hundredths of a percent."""
    with transaction():
        row = _told(lambda: splits.set_split(product_type, creator_bps, starts_on.date()))
    click.echo(f"version {row.id}")


@billing.command("statement")
@click.argument("month")
def statement(month: str) -> None:
    """Show what each account had before a MONTH such as 2026-11, what moved, and what it has since."""
    for account, currency, opening, moved, closing in _told(
        lambda: earnings.platform_statement(month)
    ):
        amounts = " ".join(f"{shown(one, currency):>16}" for one in (opening, moved, closing))
        click.echo(f"{account:24} {currency} {amounts}")


@billing.command("suspend")
@click.argument("user_id", type=int)
@click.argument("reason")
@click.option("--undo", is_flag=True, help="Let them sell and be paid again.")
def suspend(user_id: int, reason: str, *, undo: bool) -> None:
    """Stop a creator's sales and payouts; what was bought goes on."""
    with transaction():
        _told(lambda: creators.set_suspended(user_id, reason, is_suspended=not undo))
    click.echo("done")


OPEN = {
    "fee": "its fee is not known here yet,",
    "provider": "not in the journal yet,",
    "journal": "not at the provider yet,",
}


def shown(amount_minor: int, currency: str) -> str:
    """Return an amount in units of its currency, such as -12.50; the same in every language."""
    digits = get_currency_precision(currency)
    return f"{Decimal(amount_minor).scaleb(-digits):,.{digits}f}"


def _told(step: Callable[[], T]) -> T:
    try:
        return step()
    except AppError as error:
        raise click.ClickException(error.message) from error
