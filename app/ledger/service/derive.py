"""Deriving trades and daily money from events: on and on, anew for one position, or all anew.

All three ways give the same rows. A fill later than everything known of its position moves it in
place (`Derivation`); an earlier one, a correction or a tombstone re-derives its position from the
last moment it was flat (`rederive`); `rebuild` begins with nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from app.core import events as core_events
from app.core.db import db
from app.core.i18n import gettext
from app.ledger import queries
from app.ledger.errors import TooLargeError
from app.ledger.events import DayMoneyChanged
from app.ledger.models import TradingAccount
from app.ledger.queries import BEGINNING, Moment
from app.ledger.rules.book import (
    OPENING,
    WIDTH,
    Book,
    DayKey,
    Entry,
    Held,
    TradeRow,
    add_entry,
    read_body,
)
from app.ledger.rules.fills import SCALE
from app.market import service as market

MAX_STORED = 2**63 - 1
TRADES_A_WRITE = 5000
TIMED = ("fill", "correction", "mark")
"""Kinds whose order in time decides what a position does."""
UNBOOKED = ("intent", "prediction", "outcome")
"""Kinds that move neither a position nor money."""
Extremes = dict[DayKey, tuple[int, int]]


class Keys:
    """Finds the key of a position, "instrument id:currency", asking for each instrument once."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], int] = {}

    def find(self, body: dict[str, Any]) -> str:
        """Return the key that an event's body belongs to; "" when it belongs to no position."""
        symbol = body.get("symbol")
        if symbol is None:
            return ""
        pair = (symbol, body["asset_class"])
        known = self._ids.get(pair)
        if known is None:
            known = market.get_instrument(symbol, asset_class=body["asset_class"]).id
            self._ids[pair] = known
        return f"{known}:{body['currency']}"


class Derivation:
    """The derived state of an account while a delivery is applied to it."""

    def __init__(self, account: TradingAccount) -> None:
        self.account = account
        self.old_seq = account.head_seq
        self.is_behind = account.derived_seq < account.head_seq
        """Events wait that nothing was derived from yet: all is made anew at the end."""
        state = account.positions or {}
        self.last: str = state.get("last", "")
        self.last_mark: str = state.get("mark", "")
        self.book = Book()
        for key, held in state.get("open", {}).items():
            self.book.held[key] = Held.from_state(held)
        self.late: dict[str, str] = {}
        """Positions to re-derive, and the earliest moment at which they change."""
        self._exits: dict[str, str] = {}

    def is_in_order(self, key: str, at: str) -> bool:
        """Whether nothing later than `at` has been applied to the position `key`."""
        if key in self.late:
            return False
        if at >= self.last:
            return True
        held = self.book.held.get(key)
        if held is not None:
            return at >= held.at
        if key not in self._exits:
            self._exits[key] = queries.last_exit(self.account.id, key)
        return at >= self.last_mark and at >= self._exits[key]

    def note_exit(self, key: str, at: str) -> None:
        """Note that the position `key` went flat."""
        self._exits[key] = at

    def add_late(self, key: str, at: str) -> None:
        """Note that the position `key` changes at a moment that is past for it."""
        self.late[key] = min(at, self.late.get(key, at))

    def note_times(self, events: Iterable[tuple[str, str]]) -> None:
        """Move the account's clocks on by (kind, occurred_at) of what was appended."""
        for kind, at in events:
            if kind in TIMED:
                self.last = max(self.last, at)
                if kind == "mark":
                    self.last_mark = max(self.last_mark, at)

    def store(self, last_seq: int, *, is_deferred: bool) -> None:
        """Write what changed; deferred and out of order, leave it for a later rebuild."""
        if self.is_behind or (self.late and is_deferred):
            if not is_deferred:
                rebuild_account(self.account)
            return
        changes = self.changes()
        trades = self.book.trades
        if self.late:
            trades = trades + self._rederive(last_seq, changes)
        insert_trades(self.account.id, trades)
        self.keep_positions()
        self.account.derived_seq = last_seq
        write_changes(self.account, changes)
        opened_on = self.account.opened_on
        first = min((session for _, session in changes.days), default=None)
        if self.late or (first and (opened_on is None or first < opened_on.isoformat())):
            settle_opening(self.account)

    @property
    def is_plain(self) -> bool:
        """Whether all that was appended follows what is there, so that rows only grow."""
        return not self.is_behind and not self.late

    def changes(self) -> Changes:
        """Return what the day rows grow by."""
        return Changes(self.book.days, self.book.extremes, set())

    def keep_positions(self) -> None:
        """Put the open positions into the account's row."""
        self.account.positions = {
            "last": self.last,
            "mark": self.last_mark,
            "open": {key: self.book.held[key].to_state() for key in sorted(self.book.held)},
        }

    def _rederive(self, last_seq: int, changes: Changes) -> list[TradeRow]:
        """Make late positions anew from where they were flat; add the difference to `changes`."""
        account_id = self.account.id
        starts = {key: self._start(key, at) for key, at in self.late.items()}
        before, after = Book(), Book()
        for view, entry in iterate_entries(
            account_id, min(starts.values()), self.old_seq, last_seq
        ):
            if entry.key in starts and (entry.at, entry.seq) > starts[entry.key]:
                add_entry(after if view else before, entry)
        for key, start in starts.items():
            if key:
                changes.extremes_anew.update(queries.delete_trades(account_id, key, start))
            self.book.take(key, after)
        changes.extremes_anew.update(after.extremes)
        self.book.add_days(after, 1)
        self.book.add_days(before, -1)
        return after.trades

    def _start(self, key: str, at: str) -> Moment:
        if not key:
            return BEGINNING
        held = self.book.held.get(key)
        open_seq = held.position.open_seq if held else 0
        return queries.flat_before(self.account.id, key, at, open_seq)


class Changes(NamedTuple):
    """What to add to the day rows of an account."""

    days: dict[DayKey, list[int]]
    extremes: Extremes
    """Best and worst of added trades."""
    extremes_anew: set[DayKey]
    """Days whose best and worst come from the table of trades instead."""


def replacements(account_id: int, last_seq: int) -> dict[str, int]:
    """Return, for each replaced external id, the number of the event that holds in its place."""
    return {
        read_body(event.body)["replaces"]: event.seq
        for event in queries.list_replacing(account_id, last_seq)
    }


def iterate_entries(
    account_id: int, after: Moment, old_seq: int, last_seq: int
) -> Iterator[tuple[bool, Entry]]:
    """Yield the entries in effect now (True) and those that were up to `old_seq` (False)."""
    now, old = replacements(account_id, last_seq), replacements(account_id, old_seq)
    keys = Keys()
    # All of the first instant: a correction has a later number than the fill that it replaces.
    events = queries.iterate_events(account_id, (after[0], 0), last_seq)
    for _, together in groupby(events, itemgetter(1)):
        entries = []
        for kind, at, seq, external_id, text in together:
            if kind in UNBOOKED:
                continue
            body = read_body(text)
            replaced = body["replaces"] if kind == "correction" else external_id
            holds = seq if kind == "correction" else None
            entry = Entry(
                "fill" if kind == "correction" else kind,
                at,
                body["replaces_seq"] if kind == "correction" else seq,
                keys.find(body) if kind != "tombstone" else "",
                body,
            )
            entries.append(
                (entry, now.get(replaced) == holds, seq <= old_seq and old.get(replaced) == holds)
            )
        entries.sort(key=lambda item: item[0].seq)
        for entry, is_now, was in entries:
            if entry.kind == "tombstone":
                continue
            if is_now:
                yield True, entry
            if was:
                yield False, entry


def rebuild_account(account: TradingAccount) -> None:
    """Make everything derived from an account's events anew."""
    with_rows = queries.day_spans(account.id)
    queries.delete_derived(account.id)
    account.positions, account.opened_on = {}, None
    derivation = Derivation(account)
    derivation.old_seq = 0
    book = derivation.book
    for _, entry in iterate_entries(account.id, BEGINNING, 0, account.head_seq):
        add_entry(book, entry)
        if len(book.trades) >= TRADES_A_WRITE:
            insert_trades(account.id, book.trades)
            book.trades.clear()
    insert_trades(account.id, book.trades)
    derivation.last, derivation.last_mark = queries.last_times(account.id)
    derivation.keep_positions()
    account.derived_seq = account.head_seq
    write_changes(account, Changes(book.days, book.extremes, set()), with_rows)
    settle_opening(account)


def insert_trades(account_id: int, trades: list[TradeRow]) -> None:
    """Write closed trades; TooLargeError when a figure needs more than 64 bits."""
    for trade in trades:
        check_trade(trade)
    queries.insert_trades((account_id, trade) for trade in trades)


def check_trade(trade: TradeRow) -> None:
    """Raise TooLargeError when a figure of a trade needs more than 64 bits."""
    check_size(trade.qty, trade.entry_price, trade.exit_price, trade.gross_pnl, trade.net_pnl)


def check_size(*values: int) -> None:
    """Raise TooLargeError when a figure needs more than 64 bits."""
    if max(values) > MAX_STORED or min(values) < -MAX_STORED:
        message = gettext(
            "The sums of this account would grow beyond 92 billion; nothing was recorded."
        )
        raise TooLargeError(message)


def write_changes(
    account: TradingAccount, changes: Changes, also_changed: dict[str, str] | None = None
) -> None:
    """Add to day rows, drop those on which nothing is left, and tell who listens.

    `also_changed` names first days by currency that changed besides.
    """
    keys = set(changes.days) | changes.extremes_anew
    known = queries.list_days(account.id, keys)
    anew = queries.extremes(account.id, changes.extremes_anew)
    rows, empty, first = day_rows(account, changes, known, anew)
    first = {**(also_changed or {}), **{
        currency: min(day, (also_changed or {}).get(currency, day))
        for currency, day in first.items()
    }}  # fmt: skip
    queries.write_days(rows)
    queries.delete_days(account.id, empty)
    db.session.flush()
    publish(account, first)


DayRows = tuple[list[tuple[Any, ...]], list[DayKey], dict[str, str]]


def day_rows(
    account: TradingAccount,
    changes: Changes,
    known: Mapping[DayKey, Any],
    anew: Extremes,
) -> DayRows:
    """Return day rows to write, days on which nothing is left, first changed days by currency."""
    keys = set(changes.days) | changes.extremes_anew
    rows: list[tuple[Any, ...]] = []
    empty: list[DayKey] = []
    first: dict[str, str] = {}
    for key in sorted(keys):
        old = known.get(key)
        sums = list(old[:WIDTH]) if old else [0] * WIDTH
        for at, value in enumerate(changes.days.get(key, ())):
            sums[at] += value
        best = _best_and_worst(key, old, changes, anew)
        if old and sums == list(old[:WIDTH]) and best == (old[WIDTH], old[WIDTH + 1]):
            continue
        if not any(sums) and not _is_opening(account, key):
            if old is None:
                continue
            empty.append(key)
        else:
            check_size(*sums)
            rows.append((
                account.id, *key, account.user_id, account.plugin_id, account.kind,
                account.is_ranked, *sums, *best,
            ))  # fmt: skip
        first[key[0]] = min(key[1], first.get(key[0], key[1]))
    return rows, empty, first


def _best_and_worst(
    key: DayKey, old: Any, changes: Changes, anew: Extremes
) -> tuple[int | None, int | None]:
    if key in changes.extremes_anew:
        return anew.get(key, (None, None))
    found = [changes.extremes[key]] if key in changes.extremes else []
    if old and old[WIDTH] is not None:
        found.append((old[WIDTH], old[WIDTH + 1]))
    if not found:
        return None, None
    return max(pair[0] for pair in found), min(pair[1] for pair in found)


def _is_opening(account: TradingAccount, key: DayKey) -> bool:
    """Whether a day row stands for the opening of the account even when nothing happened."""
    return (
        account.opened_on is not None
        and key == (account.currency, account.opened_on.isoformat())
        and _has_opening(account)
    )


def _has_opening(account: TradingAccount) -> bool:
    return account.starting_balance is not None or account.given_opened_on is not None


def settle_opening(account: TradingAccount) -> None:
    """Book the starting balance on the first day: the owner's date, or an earlier session.

    History that is older than the owner's date moves the opening back to it, so that every day
    has a balance to be measured against; the account is then marked as back-filled.
    """
    first = queries.first_active_day(account.id)
    found = [] if first is None else [date.fromisoformat(first)]
    if account.given_opened_on is not None:
        found.append(account.given_opened_on)
    old, new = account.opened_on, min(found, default=None)
    if old == new:
        return
    account.opened_on = new
    if not _has_opening(account):
        return
    balance = int((account.starting_balance or 0) * SCALE)
    days: dict[DayKey, list[int]] = {}
    for day, amount in ((old, -balance), (new, balance)):
        if day is not None:
            days[account.currency, day.isoformat()] = [0] * OPENING + [amount]
    write_changes(account, Changes(days, {}, set()))


def publish(account: TradingAccount, first: Mapping[str, str]) -> None:
    """Tell who listens from which days on an account's money has changed."""
    for currency, day in sorted(first.items()):
        core_events.publish(
            DayMoneyChanged(
                account.id,
                account.user_id,
                account.plugin_id,
                account.kind,
                currency,
                date.fromisoformat(day),
                account.is_ranked,
            )
        )
