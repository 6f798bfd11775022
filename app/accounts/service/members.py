"""Which user a WordPress user is."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from app.accounts import queries
from app.accounts.errors import UserUnknownError
from app.accounts.events import MembersMoved, SignedUp
from app.accounts.models import Site, SiteMember, User
from app.accounts.schemas import Moved, WordPressUserIn
from app.accounts.service.audit import audit
from app.accounts.service.users import create_user
from app.core import clock, events
from app.core.db import db
from app.core.errors import ConflictError, NotFoundError
from app.core.i18n import gettext


def welcome_member(site_id: str, given: WordPressUserIn) -> tuple[int, bool]:
    """Return the user id of a WordPress user and whether it is new; makes the account at need.

    An existing account is never opened by its address: the site of somebody else could claim it,
    and so could a stranger who registers an address that a member of this site has given up. The
    operator links it (`flask sites link-member`).
    """
    member = queries.find_member(site_id, given.wp_user_id)
    if member is not None:
        return member.user_id, False
    user = queries.find_user_by_email(given.email)
    # Members of the demo belong to nobody, so any site may show theirs.
    if user is not None and not user.is_demo:
        raise _elsewhere()
    try:
        with db.session.begin_nested():
            return _make_member(site_id, given, user), True
    except IntegrityError as error:
        # The same first visit came twice at one moment, and the other one has just been kept.
        member = queries.find_member(site_id, given.wp_user_id)
        if member is None:
            raise _elsewhere() from error
        return member.user_id, False


def _elsewhere() -> ConflictError:
    message = gettext(
        "There is already an account with this e-mail address that belongs to somebody else "
        "or to an earlier user. Ask the operator of the service, or use another address."
    )
    return ConflictError(message, code="account_elsewhere")


def _make_member(site_id: str, given: WordPressUserIn, user: User | None) -> int:
    if user is None:
        user = create_user(given.email, username=given.username)
        events.publish(SignedUp(user.id, site_id, "wordpress"))
    db.session.add(
        SiteMember(
            site_id=site_id,
            wp_user_id=given.wp_user_id,
            user_id=user.id,
            created_at=clock.now(),
        )
    )
    db.session.flush()
    return int(user.id)


def link_member(site_id: str, wp_user_id: int, user_id: int) -> None:
    """Link a WordPress user to a user by the operator's word, in place of whom he was until now."""
    member = queries.find_member(site_id, wp_user_id)
    if member is not None:
        member.user_id = user_id
        # The operator's word: whoever has this number now is no longer the one who was deleted.
        member.left_at = member.caps = member.caps_told_at = None
        return
    db.session.add(
        SiteMember(site_id=site_id, wp_user_id=wp_user_id, user_id=user_id, created_at=clock.now())
    )


def link_address(site_id: str, wp_user_id: int, email: str) -> None:
    """Let a WordPress user of a site be the account with this address, by the operator's word."""
    _require_site(site_id)
    user = queries.find_user_by_email(email)
    if user is None:
        message = f"There is no account with the address {email}."
        raise NotFoundError(message)
    link_member(site_id, wp_user_id, user.id)
    audit("member.linked", user_id=user.id, site_id=site_id, wp_user=wp_user_id)
    db.session.flush()


def _require_site(site_id: str) -> None:
    if db.session.get(Site, site_id) is None:
        message = f"There is no site {site_id}. List them: flask sites list"
        raise NotFoundError(message)


def member_user(site_id: str, wp_user_id: int) -> int:
    """Return the user id of a known WordPress user; UserUnknownError asks the plugin to tell us."""
    member = queries.find_member(site_id, wp_user_id)
    if member is None:
        message = gettext("This WordPress user has not been here before.")
        raise UserUnknownError(message)
    return member.user_id


def move_members(old_site: str, new_site: str) -> Moved:
    """Give the members of one site to another, by the operator's word.

    For a site that was connected anew without its address: its members are known under the old
    id, and locked out by that. Where both sites know a WordPress user as two different users, the
    new site's stays.
    """
    for site_id in (old_site, new_site):
        _require_site(site_id)
    taken = {member.wp_user_id: member.user_id for member in queries.list_members(new_site)}
    moved = kept = 0
    users: list[int] = []
    for member in queries.list_members(old_site):
        known = taken.get(member.wp_user_id)
        if known in {None, member.user_id}:
            users.append(member.user_id)
        if known is None:
            member.site_id = new_site
            moved += 1
        elif known == member.user_id:
            db.session.delete(member)
        else:
            kept += 1
    db.session.flush()
    events.publish(MembersMoved(old_site, new_site, tuple(users)))
    audit("site.members_moved", site_id=new_site, moved_from=old_site, moved=moved, kept=kept)
    return Moved(moved=moved, kept=kept)
