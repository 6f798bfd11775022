"""The log of a site, for its administrators."""

from __future__ import annotations

from app.admin.schemas import LogLine, LogPage, LogsQuery
from app.core import logbook, paging
from app.core.logbook import Filter, LogEntry

OF_MEMBER = 10


def logs(site_id: str, query: LogsQuery) -> LogPage:
    """Return a page of a site's log."""
    wanted = Filter(
        site_id=site_id,
        level=None if query.level == "all" else query.level,
        since=query.since,
        until=query.until,
        before_id=query.cursor,
    )
    found = logbook.list_entries(wanted, query.limit + 1)
    items = [_line(entry) for entry in found[: query.limit]]
    has_more = len(found) > query.limit
    return LogPage(items=items, next_cursor=paging.seal("log", items[-1].id) if has_more else None)


def lines_of_member(site_id: str, user_id: int) -> list[LogLine]:
    """Return what failed for one member at this site of late."""
    found = logbook.list_entries(Filter(site_id=site_id, user_id=user_id), OF_MEMBER)
    return [_line(entry) for entry in found]


def _line(entry: LogEntry) -> LogLine:
    is_service_wide = entry.site_id is None
    return LogLine(
        id=entry.id,
        at=entry.at,
        level=entry.level,
        event=entry.event,
        request_id=entry.request_id,
        method=entry.method,
        route=entry.route,
        status=entry.status,
        detail="" if is_service_wide else entry.detail,
        is_service_wide=is_service_wide,
    )
