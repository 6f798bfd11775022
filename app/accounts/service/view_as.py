"""A member's dashboard in the eyes of an administrator: only reading, with a reason, and not for long."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.accounts import queries, rules
from app.accounts.models import MemberView, SiteMember, User
from app.accounts.schemas.views import ViewAs, ViewIn
from app.accounts.service.audit import audit
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import ForbiddenError, NotFoundError
from app.core.i18n import gettext

LIFE = timedelta(minutes=15)
STEP = 500


def begin_view(site_id: str, member_id: int, given: ViewIn, *, by: int, me: int | None) -> ViewAs:
    """Open a view for the administrator `by`, who is the user `me`; their former one ends.

    Raises:
        NotFoundError: the site has no such member.
        ForbiddenError: it is their own, another administrator's, or nobody's who may come in.
    """
    member, user = queries.get_site_member(site_id, member_id)
    fault = _fault(member, user, by, me) or _rank_fault(member, user, given.member_caps)
    if fault:
        raise ForbiddenError(fault, code="view_refused")
    for former in _running(site_id, by):
        _close(former, by)
    now = clock.now()
    view = MemberView(
        site_id=site_id,
        admin_wp_user=by,
        wp_user_id=member.wp_user_id,
        user_id=user.id,
        reason=given.reason,
        started_at=now,
        ends_at=now + LIFE,
    )
    db.session.add(view)
    db.session.flush()
    audit("view.begun", user_id=user.id, site_id=site_id, subject=f"view:{view.id}", wp_user=by,
          ends_at=view.ends_at.isoformat())  # fmt: skip
    return ViewAs.model_validate(view)


def _fault(member: SiteMember, user: User, by: int, me: int | None) -> str | None:
    if member.wp_user_id == by or user.id == me:
        return gettext("This is your own dashboard: open it as yourself.")
    if member.disabled_at or member.left_at or user.disabled_at or user.erased_at:
        return gettext("This member cannot use the dashboard now, so there is nothing to see.")
    return None


def _rank_fault(member: SiteMember, user: User, caps: list[str]) -> str | None:
    if user.role == "operator" or rules.is_administrator([*caps, *(member.caps or [])]):
        return gettext("Nobody looks at the dashboard of another administrator.")
    return None


def _running(site_id: str, by: int) -> list[MemberView]:
    now = clock.now()
    return list(
        db.session.scalars(
            select(MemberView).where(
                MemberView.site_id == site_id,
                MemberView.admin_wp_user == by,
                MemberView.ended_at.is_(None),
                MemberView.ends_at > now,
            )
        )
    )


def _close(view: MemberView, by: int) -> None:
    view.ended_at = clock.now()
    audit("view.ended", user_id=view.user_id, site_id=view.site_id, subject=f"view:{view.id}",
          wp_user=by)  # fmt: skip


def running_view(site_id: str, member_id: int, *, by: int) -> ViewAs:
    """Return the view of a member that an administrator has open; NotFoundError without one."""
    member, _user = queries.get_site_member(site_id, member_id)
    for view in _running(site_id, by):
        if view.user_id == member.user_id and view.wp_user_id == member.wp_user_id:
            return ViewAs.model_validate(view)
    message = gettext("This view has ended. Open another one if you need it.")
    raise NotFoundError(message)


def end_view(site_id: str, member_id: int, *, by: int) -> None:
    """End an administrator's view of a member; one that has ended is fine."""
    member, _user = queries.get_site_member(site_id, member_id)
    for view in _running(site_id, by):
        if view.user_id == member.user_id:
            _close(view, by)


def find_view(site_id: str, view_id: int, *, by: int, me: int | None) -> MemberView:
    """Return the running view that an administrator's request names, looked at anew each time.

    Raises:
        ForbiddenError: it has ended, is another's or another site's, or may not go on.
    """
    view = db.session.get(MemberView, view_id, populate_existing=True) if view_id else None
    member = queries.find_member(site_id, view.wp_user_id) if view else None
    if view is None or member is None or not _is_open(view, site_id, by):
        raise _ended()
    user = queries.get_user(view.user_id)
    if member.user_id != view.user_id or _fault(member, user, by, me):
        raise _ended()
    if _rank_fault(member, user, []):
        raise _ended()
    return view


def _is_open(view: MemberView, site_id: str, by: int) -> bool:
    is_own = view.site_id == site_id and view.admin_wp_user == by
    return is_own and view.ended_at is None and view.ends_at > clock.now()


def _ended() -> ForbiddenError:
    message = gettext("This view has ended. Open another one if you need it.")
    return ForbiddenError(message, code="view_ended")


def close_views() -> None:
    """Note the end of views whose time is over; they let nobody in since then."""
    with transaction():
        views = db.session.scalars(
            select(MemberView)
            .where(MemberView.ended_at.is_(None), MemberView.ends_at <= clock.now())
            .order_by(MemberView.id)
            .limit(STEP)
            .with_for_update(skip_locked=True)
        ).all()
        for view in views:
            view.ended_at = view.ends_at
            audit("view.ended", user_id=view.user_id, site_id=view.site_id,
                  subject=f"view:{view.id}", actor="system",
                  ended_at=view.ends_at.isoformat())  # fmt: skip
