"""What happens to a site's users in WordPress: signed out, another role, deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, update

from app.accounts import queries, rules
from app.accounts.models import EndedSession, SiteMember, User
from app.accounts.queries.members import has_open_membership, lock_member
from app.accounts.schemas import Change
from app.accounts.service.audit import audit
from app.core import clock, live
from app.core.db import db, transaction
from app.core.errors import ForbiddenError, UnauthorizedError
from app.core.i18n import gettext

# WordPress signs out after fourteen days at the latest, unless a plugin says otherwise.
SESSION = timedelta(days=15)
LONGEST_SESSION = timedelta(days=400)
# A site's clock may be wrong; what it says counts from now on at the latest.
LEEWAY = timedelta(seconds=30)


def as_time(seconds: int) -> datetime:
    """Return a Unix time of a token or a site as an instant."""
    return datetime.fromtimestamp(seconds, UTC)


def standing(member: SiteMember | None, session: str, signed_at: int, caps: list[Any]) -> list[Any]:
    """Return what a WordPress user may do now: the lower of what is signed and what is known.

    Raises:
        UnauthorizedError: the sign-in has ended.
        ForbiddenError: WordPress has deleted the user.
    """
    if member is None:
        return caps
    if member.left_at is not None:
        message = gettext("This WordPress user was deleted. Ask the operator of the service.")
        raise ForbiddenError(message, code="user_deleted")
    at = as_time(signed_at)
    is_old = member.sessions_ended_at is not None and at < member.sessions_ended_at
    if is_old or (session and _ended(member, session) is not None):
        message = gettext("This sign-in has ended. Sign in again.")
        raise UnauthorizedError(message, code="session_ended")
    return rules.caps_that_count(caps, at, member.caps or [], member.caps_told_at)


def _ended(member: SiteMember, session: str) -> EndedSession | None:
    return db.session.get(EndedSession, (member.site_id, member.wp_user_id, session))


def take_changes(site_id: str, changes: list[Change]) -> int:
    """Apply what a site says of its users; return how many of the changes were about known ones.

    Each change may come late, twice and in any order.
    """
    return sum(_take(site_id, change) for change in changes)


def _take(site_id: str, change: Change) -> bool:
    at = min(as_time(change.at), clock.now() + LEEWAY)
    if change.wp_user_id == 0:
        _end_everybody(site_id, at)
        return True
    member = lock_member(site_id, change.wp_user_id)
    if member is None or member.left_at is not None:
        return member is not None
    steps: dict[str, Callable[[SiteMember, Change, datetime], None]] = {
        "session_ended": _end_session,
        "sessions_ended": _end_sessions,
        "role_changed": _change_role,
        "user_deleted": _leave,
    }
    steps[change.kind](member, change, at)
    db.session.flush()
    return True


def _end_everybody(site_id: str, at: datetime) -> None:
    db.session.execute(
        update(SiteMember)
        .where(SiteMember.site_id == site_id)
        .where(SiteMember.sessions_ended_at.is_(None) | (SiteMember.sessions_ended_at < at))
        .values(sessions_ended_at=at)
        .execution_options(synchronize_session=False)
    )
    audit("site.sessions_ended", site_id=site_id)
    live.end_streams(live.Ended(site_id))


def _end_session(member: SiteMember, change: Change, at: datetime) -> None:
    if _ended(member, change.sid) is None:
        until = at + SESSION if change.until is None else as_time(change.until)
        db.session.add(
            EndedSession(
                site_id=member.site_id,
                wp_user_id=member.wp_user_id,
                sid=change.sid,
                expires_at=min(max(until, at + SESSION), clock.now() + LONGEST_SESSION),
            )
        )
        _note(member, "session.ended")
    live.end_streams(live.Ended(member.site_id, member.user_id, change.sid))


def _end_sessions(member: SiteMember, _change: Change, at: datetime) -> None:
    if member.sessions_ended_at is None or member.sessions_ended_at < at:
        member.sessions_ended_at = at
        _note(member, "session.all_ended")
    live.end_streams(live.Ended(member.site_id, member.user_id))


def _change_role(member: SiteMember, change: Change, at: datetime) -> None:
    if member.caps_told_at is not None and member.caps_told_at > at:
        return
    caps = sorted(set(change.caps))
    if member.caps != caps:
        _note(member, "member.role_changed", caps=caps)
    member.caps, member.caps_told_at = caps, at
    if rules.VIEW_CAP not in caps:
        live.end_streams(live.Ended(member.site_id, member.user_id))


def _leave(member: SiteMember, _change: Change, at: datetime) -> None:
    member.left_at = at
    _note(member, "member.deleted")
    user = queries.get_user(member.user_id)
    if _is_homeless(user):
        # Nobody could see or revoke their keys any more.
        user.disabled_at = user.disabled_at or clock.now()
        _note(member, "user.disabled")
    live.end_streams(live.Ended(member.site_id, member.user_id))


def _is_homeless(user: User) -> bool:
    """Whether a user has no door left: no other site, and no password of their own."""
    if user.is_demo or user.password_hash:
        return False
    return not has_open_membership(user.id)


def _note(member: SiteMember, action: str, **facts: Any) -> None:
    subject = f"member:{member.id}"
    audit(action, user_id=member.user_id, site_id=member.site_id, subject=subject, **facts)


def prune_sessions() -> None:
    """Forget ended sessions that would have ended by themselves by now."""
    with transaction():
        db.session.execute(delete(EndedSession).where(EndedSession.expires_at < clock.now()))
