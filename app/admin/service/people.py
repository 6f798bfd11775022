"""Members of a site, for its administrators."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.accounts import service as accounts
from app.accounts.schemas import SiteMemberView
from app.accounts.schemas.members import Chosen
from app.accounts.schemas.views import ViewAs, ViewIn
from app.admin.schemas import MemberDetail, MemberPage, MembersQuery, OwnRobot
from app.admin.service.logs import lines_of_member
from app.billing import service as billing
from app.core import paging
from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.ledger import service as ledger
from app.moderation import service as cases
from app.robots import service as robots

DAYS = timedelta(days=13)
STATES = {"all": None, "active": False, "disabled": True}


def members(site_id: str, query: MembersQuery) -> MemberPage:
    """Return a page of a site's members."""
    found = accounts.list_site_members(
        site_id,
        Chosen(
            search=query.search,
            is_disabled=STATES[query.state],
            tier=_plan(query.plan),
            among=_among(query),
        ),
        before_id=query.cursor,
        limit=query.limit + 1,
    )
    has_more = len(found) > query.limit
    items = found[: query.limit]
    return MemberPage(
        items=items, next_cursor=paging.seal("members", items[-1].id) if has_more else None
    )


def _plan(asked: str) -> str | None:
    keys = billing.plan_keys()
    if asked != "all" and asked not in keys:
        message = gettext("plan: all, %(names)s", names=", ".join(keys))
        raise ValidationError(message, field="plan")
    return None if asked == "all" else asked


def _among(query: MembersQuery) -> tuple[Any, bool] | None:
    if query.ladder == query.standing == "all":
        return None
    ladder = billing.ROBOTS if query.ladder == "all" else query.ladder
    if ladder not in {each.key for each in billing.list_ladders()}:
        message = gettext("ladder: there is no such ladder of plans")
        raise ValidationError(message, field="ladder")
    return billing.users_standing(ladder, query.standing)


def member(site_id: str, member_id: int) -> MemberDetail:
    """Return one member of a site; NotFoundError for a member of another one."""
    found = accounts.get_site_member(site_id, member_id)
    today = accounts.today()
    fills = ledger.fills_by_day([found.user_id], today - DAYS, today)
    return MemberDetail(
        member=found,
        robots=[
            OwnRobot(
                plugin_id=each.plugin_id,
                name=each.name,
                kinds=each.kinds,
                accounts=len(each.account_ids),
            )
            for each in robots.active_robots(found.user_id)
        ],
        fills_today=fills[today],
        fills_in_14_days=sum(fills.values()),
        public_name=cases.name_case(site_id, found.user_id),
        reports=cases.reports(site_id, found.user_id),
        log=lines_of_member(site_id, found.user_id),
    )


def set_disabled(site_id: str, member_id: int, *, is_disabled: bool) -> SiteMemberView:
    """Shut a member out of this site, or let them in again."""
    return accounts.set_member_disabled(site_id, member_id, is_disabled=is_disabled)


def begin_view(site_id: str, member_id: int, given: ViewIn, *, by: int, me: int | None) -> ViewAs:
    """Open a view of a member's dashboard for an administrator, in place of any other of theirs."""
    return accounts.begin_view(site_id, member_id, given, by=by, me=me)


def running_view(site_id: str, member_id: int, *, by: int) -> ViewAs:
    """Return the view of a member that an administrator has open; NotFoundError without one."""
    return accounts.running_view(site_id, member_id, by=by)


def end_view(site_id: str, member_id: int, *, by: int) -> None:
    """End an administrator's view of a member; one that has ended is fine."""
    accounts.end_view(site_id, member_id, by=by)
