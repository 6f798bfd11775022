"""Commands for the operator: users, keys, sites."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app.accounts import rules, service
from app.accounts.models import User
from app.accounts.rules.sessions import ROLES
from app.accounts.schemas import KeyTerms
from app.core.auth import PERSON_SCOPES, SCOPES
from app.core.db import transaction
from app.core.errors import AppError
from app.core.parse import parse

accounts = AppGroup("accounts", help="Users and their API keys.")
sites = AppGroup("sites", help="WordPress connections.")
T = TypeVar("T")


def register(app: Flask) -> None:
    """Attach the commands."""
    app.cli.add_command(accounts)
    app.cli.add_command(sites)


def fail(error: AppError) -> click.ClickException:
    """Return an error as one clear line."""
    return click.ClickException(error.message)


@accounts.command("create-key")
@click.argument("email")
@click.option(
    "--scopes",
    help=f"Comma-separated; {','.join(SCOPES)} when left out. "
    f"Only when named: {','.join(PERSON_SCOPES)}.",
)
@click.option("--name", default="Command line", show_default=True)
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="The last day, in UTC.")
@click.option("--network", "networks", multiple=True, help="Only from here; may be repeated.")
def create_key(
    email: str, scopes: str | None, name: str, expires: datetime | None, networks: tuple[str, ...]
) -> None:
    """Make an API key for the user EMAIL; prints it once, as the last word."""
    user = _user(email)
    chosen = None if scopes is None else [part for part in scopes.replace(",", " ").split() if part]
    until = expires and (expires + timedelta(days=1)).replace(tzinfo=UTC)
    text = _run(
        lambda: service.create_key(
            user.id,
            chosen,
            name,
            parse(KeyTerms, {"expires_at": until, "networks": list(networks)}),
        )
    )
    click.echo(f"This key is shown once; keep it safe: {text}")


@accounts.command("list-keys")
@click.argument("email")
def list_keys(email: str) -> None:
    """List the API keys of the user EMAIL: number, beginning, state, scopes."""
    for key in service.list_keys(_user(email).id):
        until = f"  until {key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at else ""
        click.echo(
            f"{key.id:>6}  {key.prefix}…  {key.state:<8}{until}  {','.join(key.scopes)}  {key.name}"
        )


@accounts.command("rotate-key")
@click.argument("email")
@click.argument("key")
@click.option("--overlap-hours", type=click.IntRange(0, 168), default=24, show_default=True)
def rotate_key(email: str, key: str, overlap_hours: int) -> None:
    """Replace KEY (its number or its beginning) of the user EMAIL; prints the new one once.

    The old one counts for some hours longer.
    """
    user = _user(email)
    made = _run(
        lambda: service.rotate_key(user.id, _key_id(user.id, key), timedelta(hours=overlap_hours))
    )
    click.echo(f"This key is shown once; keep it safe: {made.text}")


@accounts.command("revoke-key")
@click.argument("email")
@click.argument("key")
def revoke_key(email: str, key: str) -> None:
    """Make KEY (its number or its beginning) of the user EMAIL useless, with its whole line."""
    user = _user(email)
    _run(lambda: service.revoke_key(user.id, _key_id(user.id, key)))
    click.echo("revoked")


def _key_id(user_id: int, key: str) -> int:
    return int(key) if key.isdecimal() else service.find_key_id(user_id, key)


def _user(email: str) -> User:
    user = service.find_user_by_email(email)
    if user is None:
        message = f"There is no user {email}. Make one: flask accounts create-user {email}"
        raise click.ClickException(message)
    return user


@accounts.command("disable")
@click.argument("email")
def disable(email: str) -> None:
    """Shut the user EMAIL out, at the next request and by every door."""
    _run(lambda: service.set_user_disabled(_user(email).id, disabled=True))
    click.echo(f"{email} is disabled")


@accounts.command("enable")
@click.argument("email")
def enable(email: str) -> None:
    """Let the user EMAIL in again."""
    _run(lambda: service.set_user_disabled(_user(email).id, disabled=False))
    click.echo(f"{email} is enabled")


@accounts.command("set-role")
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
def set_role(email: str, role: str) -> None:
    """Give the user EMAIL a role; creator and operator count only with a code at sign-in."""
    _run(lambda: service.set_role(_user(email).id, role))
    click.echo(f"{email} is {role}")


@accounts.command("remove-second-factor")
@click.argument("email")
def remove_second_factor(email: str) -> None:
    """Turn the codes of EMAIL off, when phone and recovery codes are lost. Ends all sessions."""
    user_id = _user(email).id

    def remove() -> None:
        service.remove_second_factor(user_id)
        service.end_all_sessions(user_id)

    _run(remove)
    click.echo(f"{email} signs in with the password alone")


@sites.command("create-code")
@click.option("--name", default="WordPress site", show_default=True)
@click.option("--url", help="The site known at this address reconnects and keeps its members.")
@click.option("--own", is_flag=True, help="It is yours: its administrators see all the money.")
def create_code(name: str, url: str | None, *, own: bool) -> None:
    """Make a one-use connect code for a WordPress site.

    Prints a connect link, which holds the service's address too, and the code as the last word.
    """
    with transaction():
        code = service.create_connect_code(name, url=url, is_operators=own)
    click.echo(f"Connect link, to paste into the site: {rules.connect_link(_address(), code)}")
    click.echo(f"Connect code, good for 24 hours: {code}")


def _address() -> str:
    return str(current_app.config["PUBLIC_URL"])


@sites.command("list")
@click.option("--format", "shape", type=click.Choice(["table", "json"]), default="table")
def list_sites(shape: str) -> None:
    """List the sites with their states and numbers of members."""
    rows = service.list_sites()
    if shape == "json":
        click.echo(json.dumps([row.model_dump(mode="json") for row in rows]))
        return
    for row in rows:
        copied = f"  copy seen {row.copy_seen_at:%Y-%m-%d %H:%M}" if row.copy_seen_at else ""
        click.echo(
            f"{row.id}  {row.state:<12}  {row.members:>6} members  "
            f"since {row.connected_at:%Y-%m-%d}  {row.url}  {row.name}{copied}"
        )
    click.echo(f"{len(rows)} sites")


@sites.command("set-own")
@click.argument("site_id")
@click.option("--no", "is_taken", is_flag=True, help="It no longer is.")
def set_own(site_id: str, *, is_taken: bool) -> None:
    """Say that SITE_ID is yours: its administrators see and decide about the service's money."""
    _run(lambda: service.set_operators_site(site_id, is_operators=not is_taken))
    click.echo(f"{site_id} is " + ("no longer yours" if is_taken else "yours"))


@sites.command("pause")
@click.argument("site_id")
def pause(site_id: str) -> None:
    """Refuse all requests of SITE_ID; its pages show the last known values."""
    _run(lambda: service.pause_site(site_id))
    click.echo(f"{site_id} is paused")


@sites.command("resume")
@click.argument("site_id")
def resume(site_id: str) -> None:
    """Serve SITE_ID again."""
    _run(lambda: service.resume_site(site_id))
    click.echo(f"{site_id} is active")


@sites.command("move-members")
@click.argument("old_site")
@click.argument("new_site")
def move_members(old_site: str, new_site: str) -> None:
    """Give the members of OLD_SITE to NEW_SITE, when one site was connected twice."""
    done = _run(lambda: service.move_members(old_site, new_site))
    click.echo(f"{done.moved} members moved, {done.kept} left: the new site knows them otherwise")


@sites.command("link-member")
@click.argument("site_id")
@click.argument("wp_user_id", type=click.IntRange(min=1))
@click.argument("email")
def link_member(site_id: str, wp_user_id: int, email: str) -> None:
    """Let WordPress user WP_USER_ID of SITE_ID be the account with the address EMAIL.

    For a WordPress user who was made anew: an account is never opened by its address alone.
    """
    _run(lambda: service.link_address(site_id, wp_user_id, email.strip().lower()))
    click.echo(f"user {wp_user_id} of {site_id} is {email}")


def _run(step: Callable[[], T]) -> T:
    try:
        with transaction():
            return step()
    except AppError as error:
        raise fail(error) from error
