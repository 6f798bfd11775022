"""A site's own members, as its administrators see them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import structlog
from sqlalchemy.exc import OperationalError

from app.accounts import queries, rules
from app.accounts.errors import UserUnknownError
from app.accounts.models import SiteMember
from app.accounts.schemas import MemberFigures, SiteMemberView
from app.accounts.schemas.members import EVERYBODY, Chosen
from app.accounts.service.audit import audit
from app.accounts.service.changes import as_time
from app.core import clock, live
from app.core.db import db, transaction
from app.core.errors import ForbiddenError
from app.core.formatters import NEW_YORK
from app.core.i18n import gettext

log = structlog.get_logger()
WEEK = timedelta(days=7)


def today() -> date:
    """Return the day in New York, by which the service counts."""
    return clock.now().astimezone(NEW_YORK).date()


def admit_member(member: SiteMember | None, signed_at: int) -> int:
    """Return the user who a WordPress user is, and note that they are here today.

    Raises:
        UserUnknownError: the plugin has not introduced them yet.
        ForbiddenError: an administrator has shut them out of this site, or the site has taken the
            right to see the dashboard away since the request was signed.
    """
    if member is None:
        message = gettext("This WordPress user has not been here before.")
        raise UserUnknownError(message)
    user_id = member.user_id
    if member.disabled_at is not None:
        message = gettext("An administrator of this site has disabled your account here.")
        raise ForbiddenError(message, code="account_disabled")
    if not rules.may_view(as_time(signed_at), member.caps or [], member.caps_told_at):
        message = gettext("This site no longer opens the dashboard to you.")
        raise ForbiddenError(message, code="dashboard_closed")
    if member.last_seen_on != today():
        _note_seen(member)
    return user_id


def _note_seen(member: SiteMember) -> None:
    try:
        with transaction():
            db.session.merge(member).last_seen_on = today()
    except OperationalError as error:
        # Somebody else writes for long: the next request notes it, this one goes on.
        log.warning("member_not_noted", error=type(error).__name__)


def list_site_members(
    site_id: str, chosen: Chosen = EVERYBODY, *, before_id: int | None = None, limit: int = 20
) -> list[SiteMemberView]:
    """Return the members of a site, those who joined last first."""
    rows = queries.list_site_members(site_id, chosen, before_id=before_id, limit=limit)
    return [SiteMemberView.of(member, user) for member, user in rows]


def get_site_member(site_id: str, member_id: int) -> SiteMemberView:
    """Return a member of a site; NotFoundError for a member of another one."""
    return SiteMemberView.of(*queries.get_site_member(site_id, member_id))


def set_member_disabled(site_id: str, member_id: int, *, is_disabled: bool) -> SiteMemberView:
    """Shut a member out of this site, or let them in again; doing it twice is fine."""
    member, user = queries.get_site_member(site_id, member_id)
    if is_disabled == (member.disabled_at is not None):
        return SiteMemberView.of(member, user)
    member.disabled_at = clock.now() if is_disabled else None
    action = "member.disabled" if is_disabled else "member.enabled"
    audit(action, user_id=user.id, site_id=site_id, subject=f"member:{member.id}")
    if is_disabled:
        live.end_streams(live.Ended(site_id, user.id))
    return SiteMemberView.of(member, user)


def member_figures(site_id: str) -> MemberFigures:
    """Count a site's members: all, new within a week, here today, shut out."""
    return queries.count_members(site_id, new_since=_week_ago(), day=today())


def _week_ago() -> datetime:
    return clock.now() - WEEK


def member_ids(site_id: str) -> list[int]:
    """Return the users who are members of a site."""
    return queries.list_member_ids(site_id)


def site_members_of(site_id: str, user_ids: set[int]) -> dict[int, SiteMemberView]:
    """Return, by user, those of `user_ids` who are members of a site."""
    rows = queries.find_site_members(site_id, user_ids)
    return {user.id: SiteMemberView.of(member, user) for member, user in rows}


def lock_user(user_id: int) -> None:
    """Let other transactions that lock the same user wait until this one ends."""
    queries.lock_user(user_id)


def is_pseudonym(bare: str) -> bool:
    """Whether a user is known on public boards by a name of which only letters and digits count."""
    return queries.is_pseudonym(bare)
