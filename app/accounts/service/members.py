"""Which user a WordPress user is."""

from __future__ import annotations

from app.accounts import queries
from app.accounts.errors import UserUnknownError
from app.accounts.models import Site, SiteMember
from app.accounts.schemas import Moved, WordPressUserIn
from app.accounts.service.users import create_user
from app.core import clock
from app.core.db import db
from app.core.errors import ConflictError, NotFoundError
from app.core.i18n import gettext


def welcome_member(site_id: str, given: WordPressUserIn) -> tuple[int, bool]:
    """Return the user id of a WordPress user and whether it is new; makes the account at need.

    An existing account is linked only when it is known from this very site: the site of somebody
    else must not open it by claiming its address.
    """
    member = queries.find_member(site_id, given.wp_user_id)
    if member is not None:
        return member.user_id, False
    user = queries.find_user_by_email(given.email)
    # Members of the demo belong to nobody, so any site may show theirs.
    if user is not None and not user.is_demo and queries.has_other_site(user.id, site_id):
        message = gettext(
            "There is already an account with this e-mail address that does not belong to this "
            "site. Ask the operator of the service, or use another address."
        )
        raise ConflictError(message, code="account_elsewhere")
    if user is None:
        user = create_user(given.email, username=given.username)
    db.session.add(
        SiteMember(
            site_id=site_id,
            wp_user_id=given.wp_user_id,
            user_id=user.id,
            created_at=clock.now(),
        )
    )
    db.session.flush()
    return user.id, True


def link_member(site_id: str, wp_user_id: int, user_id: int) -> None:
    """Link a WordPress user to a user by the operator's word (tests and the command line)."""
    db.session.add(
        SiteMember(site_id=site_id, wp_user_id=wp_user_id, user_id=user_id, created_at=clock.now())
    )


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
        if db.session.get(Site, site_id) is None:
            message = f"There is no site {site_id}. List them: flask sites list"
            raise NotFoundError(message)
    taken = {member.wp_user_id: member.user_id for member in queries.list_members(new_site)}
    moved = kept = 0
    for member in queries.list_members(old_site):
        known = taken.get(member.wp_user_id)
        if known is None:
            member.site_id = new_site
            moved += 1
        elif known == member.user_id:
            db.session.delete(member)
        else:
            kept += 1
    db.session.flush()
    return Moved(moved=moved, kept=kept)
