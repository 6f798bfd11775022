"""What robots on paper hold at a session's close, and bars that came too late for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, or_, select, update

from app.core import clock
from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.schemas import MarkIn
from app.ledger.service import Posting
from app.market import service as market
from app.robots.models import RobotDeployment
from app.robots.service.backtests import instant, mark_in
from app.robots.service.paper_record import SETTLED, SOURCE, session_close

PAGE = 500


def mark_sessions() -> int:
    """Value what deployments hold at the last close of their venue; return how many are new.

    A robot values its own when it sees the session's last bar. This is for the rest: paused and
    stopped ones, and sessions whose last minutes had no bar. Done twice it is done once.
    """
    now = clock.now()
    count, after = 0, 0
    while True:
        rows = _holders(after)
        if not rows:
            return count
        after = rows[-1].id
        count += _mark(rows, now)


def _holders(after: int) -> Sequence[RobotDeployment]:
    """Return the next deployments that may hold something."""
    rows = db.session.scalars(
        select(RobotDeployment)
        .where(RobotDeployment.id > after, RobotDeployment.account_id.is_not(None))
        .order_by(RobotDeployment.id)
        .limit(PAGE)
    ).all()
    db.session.expunge_all()
    return rows


def _mark(rows: Sequence[RobotDeployment], now: datetime) -> int:
    """Mark what a page of deployments holds, where that is not done yet."""
    due = _due(rows, now)
    held = ledger.held_symbols([row.account_id for row, _ in due if row.account_id])
    closes = _closes({symbol for symbols in held.values() for symbol in symbols}, now)
    postings = []
    for row, session in due:
        marks = _marks(held.get(row.account_id or 0, ()), closes, session)
        if marks and row.account_id:
            postings.append(Posting(row.account_id, marks=marks))
    answers = {}
    if due:
        with transaction():
            answers = ledger.record_many(postings, source=SOURCE)
            marked = [{"id": row.id, "marked_on": session} for row, session in due]
            db.session.execute(update(RobotDeployment), marked)
    return sum(each.status == "created" for found in answers.values() for each in found)


def _due(rows: Sequence[RobotDeployment], now: datetime) -> list[tuple[RobotDeployment, date]]:
    """Return deployments that are not valued yet at the last close, and its session."""
    known = market.describe_all({symbol for row in rows for symbol in row.symbols})
    sessions = {
        venue: market.last_completed_session(venue, now - SETTLED)
        for venue in {each.venue for each in known.values()}
    }
    found = []
    for row in rows:
        session = sessions[known[row.symbols[0]].venue]
        if session is not None and (row.marked_on is None or row.marked_on < session):
            found.append((row, session))
    behind = _behind([row for row, _ in found if row.state == "active"])
    return [(row, session) for row, session in found if row.id not in behind]


def _behind(rows: Sequence[RobotDeployment]) -> set[int]:
    """Return active deployments that have closed bars before them.

    They will trade on these first, and value what they hold by themselves.
    """
    feeds: dict[tuple[str, str], list[RobotDeployment]] = defaultdict(list)
    for row in rows:
        feeds[row.timeframe, row.feed].append(row)
    found: set[int] = set()
    for (timeframe, feed), members in feeds.items():
        known = market.describe_all(feed.split(" ")).values()
        ids = [each.id for each in known if each.id]
        new = market.closed_bars_since(ids, timeframe, min(row.watermark for row in members))
        newest = max((int(bars.closed_at[-1]) for bars in new.values()), default=0)
        found.update(row.id for row in members if market.microseconds(row.watermark) < newest)
    return found


def _closes(symbols: set[str], now: datetime) -> dict[str, dict[int, float]]:
    """Return the last daily closes by symbol and session."""
    names = {each.id: symbol for symbol, each in market.describe_all(symbols).items() if each.id}
    if not names:
        return {}
    bars = market.read_many(names, "D1", last=3, now=now, adjust=False)
    closes: dict[str, dict[int, float]] = defaultdict(dict)
    for each, columns in bars.items():
        closes[names[each]] = dict(
            zip(columns.session.tolist(), columns.close.tolist(), strict=True)
        )
    return closes


def _marks(
    symbols: Sequence[str], closes: dict[str, dict[int, float]], session: date
) -> list[MarkIn]:
    day = session.toordinal()
    found = []
    known = market.describe_all(symbols)
    for symbol in symbols:
        at = session_close(known[symbol].venue, day)
        if at is not None and day in closes.get(symbol, {}):
            found.append(mark_in(day, symbol, closes[symbol][day], instant(at)))
    return found


def note_late(symbol: str, from_us: int, count: int) -> None:
    """Note at the deployments of a symbol that bars changed, or came, behind their watermark."""
    names = RobotDeployment.feed
    has_symbol = or_(
        names == symbol,
        names.startswith(f"{symbol} ", autoescape=True),
        names.endswith(f" {symbol}", autoescape=True),
        names.contains(f" {symbol} ", autoescape=True),
    )
    db.session.execute(
        update(RobotDeployment)
        .where(
            has_symbol,
            RobotDeployment.state != "stopped",
            RobotDeployment.watermark > instant(from_us),
        )
        .values(late_count=func.coalesce(RobotDeployment.late_count, 0) + count)
        .execution_options(synchronize_session=False)
    )
