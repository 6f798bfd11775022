"""Cases that wait for a site's administrators."""

from __future__ import annotations

from app.accounts import service as accounts
from app.admin.schemas import CaseItem, CasePage, ModerationQuery
from app.core import paging
from app.moderation import service as cases
from app.moderation.schemas import CaseView, DecisionIn
from app.robots import service as catalogue


def moderation(site_id: str, query: ModerationQuery) -> CasePage:
    """Return a page of a site's cases with the members who opened them."""
    found = cases.list_cases(
        site_id,
        is_open=query.state == "open",
        kind=None if query.kind == "all" else query.kind,
        before_id=query.cursor,
        limit=query.limit + 1,
    )
    shown = found[: query.limit]
    return CasePage(
        items=_items(site_id, shown),
        next_cursor=paging.seal("cases", shown[-1].id) if len(found) > query.limit else None,
        open_cases=cases.count_open(site_id),
    )


def decide(site_id: str, case_id: int, given: DecisionIn, *, by: int) -> CaseItem:
    """Answer a case of this site."""
    decided = cases.decide(site_id, case_id, given, by=by)
    accounts.audit(
        "case.decided",
        user_id=decided.user_id,
        site_id=site_id,
        subject=f"case:{case_id}",
        state=decided.state,
        wp_user=by,
    )
    return _items(site_id, [decided])[0]


def _items(site_id: str, found: list[CaseView]) -> list[CaseItem]:
    members = accounts.site_members_of(site_id, {case.user_id for case in found})
    shelf = {each.facts.id: each.robot.name for each in catalogue.shelf(site_id)}
    return [
        CaseItem(
            case=case,
            member=members.get(case.user_id),
            robot_name=shelf.get(case.subject, case.subject) if case.kind == "report" else None,
        )
        for case in found
    ]
