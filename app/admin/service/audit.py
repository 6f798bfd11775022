"""Changes of rights and secrets at a site, for its administrators."""

from __future__ import annotations

from app.accounts import service as accounts
from app.admin.schemas import AuditItem, AuditPage, AuditQuery
from app.core import paging


def audit_log(site_id: str, query: AuditQuery) -> AuditPage:
    """Return a page of a site's lines of the audit log."""
    found = accounts.site_activity(site_id, before_id=query.cursor, limit=query.limit + 1)
    shown = found[: query.limit]
    members = accounts.site_members_of(site_id, {one.user_id for one in shown if one.user_id})
    return AuditPage(
        items=[AuditItem(line=one, member=members.get(one.user_id or 0)) for one in shown],
        next_cursor=paging.seal("audit", shown[-1].id) if len(found) > query.limit else None,
    )
