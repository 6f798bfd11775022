"""One write to one account: its lock, its events, what follows from them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from app.core import clock, metrics
from app.core.i18n import gettext, lazy_gettext
from app.ledger import queries
from app.ledger.errors import LiveAccountError
from app.ledger.models import TradingAccount
from app.ledger.rules.chain import Event, EventWriter, canonical, personal_hash
from app.ledger.rules.fills import SCALE, Refusal, latest_instant, plain_instant
from app.ledger.schemas import FillResult
from app.ledger.service import news, texts
from app.ledger.service.derive import Derivation
from app.market import service as market

OTHER_VALUES = lazy_gettext("is already recorded with other values: send a correction")
OTHER_EVENT = lazy_gettext("is already the id of another event of this account: choose another")
FACTS = (
    "symbol", "asset_class", "multiplier", "side", "qty", "price", "fee", "fee_currency",
    "currency", "amount",
)  # fmt: skip
"""What two deliveries of one event must agree on; the session is ours, a note may change."""


class Facts(NamedTuple):
    """An instrument as the recording needs it."""

    id: int
    asset_class: str
    multiplier: int
    currency: str
    session: Callable[[str], str]


class Delivery:
    """One write to one account, under its lock: appends events, then settles what they change."""

    def __init__(self, account: TradingAccount, source: str, received_at: datetime | None) -> None:
        if account.kind == "live" and source != "broker":
            message = gettext("Only a broker connection writes into a live account.")
            raise LiveAccountError(message)
        now = clock.now()
        self.account = account
        self.latest = latest_instant(now)
        self.writer = EventWriter(
            account.id,
            account.head_seq,
            account.head_hash,
            source,
            plain_instant(received_at or now),
        )
        self.derivation = Derivation(account)
        self.notes: list[tuple[int, str, str, str]] = []
        self.earliest: str | None = None
        self._facts: dict[tuple[str, str | None], Facts] = {}
        self._known: dict[str, Event] | None = None

    def share(self, facts: dict[tuple[str, str | None], Facts], known: dict[str, Event]) -> None:
        """Take what was looked up for many accounts at once: instruments, and events by id."""
        self._facts, self._known = facts, known

    def find_events(self, external_ids: Sequence[str]) -> dict[str, Event]:
        """Return the events that the account has already, by their ids."""
        if self._known is not None:
            return self._known
        return queries.find_events(self.account.id, external_ids)

    def facts(self, symbol: str, asset_class: str | None) -> Facts:
        """Return an instrument's facts, looked up once a delivery."""
        known = self._facts.get((symbol, asset_class))
        if known is None:
            instrument = market.get_instrument(symbol, asset_class=asset_class)
            known = self._facts[symbol, asset_class] = Facts(
                instrument.id,
                instrument.asset_class,
                int(instrument.multiplier * SCALE),
                instrument.currency,
                market.session_finder(instrument.venue),
            )
        return known

    def look_up(self, instruments: set[tuple[str, str | None]]) -> None:
        """Look instruments up in one order for all: new ones made crosswise would deadlock."""
        for symbol, asset_class in sorted(instruments, key=str):
            self.facts(symbol, asset_class)

    def append(self, kind: str, at: str, external_id: str, body: dict[str, Any]) -> Event:
        """Append an event and note the earliest session that it touches."""
        return self.append_text(kind, at, external_id, (canonical(body), body.get("session")))

    def append_text(
        self, kind: str, at: str, external_id: str, body: tuple[str, str | None]
    ) -> Event:
        """Append an event whose body is canonical JSON already, given with its session."""
        text, session = body
        if session is not None and (self.earliest is None or session < self.earliest):
            self.earliest = session
        return self.writer.append(kind, at, external_id, text)

    def hash_note(self, seq: int, field: str, value: str) -> str:
        """Keep personal text beside the chain; return what the body holds of it."""
        salt = secrets.token_hex(16)
        self.notes.append((seq, field, salt, value))
        return personal_hash(salt, value)

    def settle(self, *, is_deferred: bool = False) -> None:
        """Write the events and what follows from them."""
        events = self.writer.events
        if not events:
            return
        self.close()
        queries.insert_events(events)
        texts.keep(self.account.id, self.notes)
        self.derivation.store(self.writer.seq, is_deferred=is_deferred)
        if not is_deferred:
            # An import tells of itself once, at its end.
            news.tell_recorded(self.account, events, self.derivation.book.trades)
        metrics.count("ledger_events", self.account.kind, amount=len(events))

    def close(self) -> None:
        """Move the account on to the last event; nothing is appended after that."""
        self._mark_backfilled()
        self.account.head_seq, self.account.head_hash = self.writer.seq, self.writer.head
        self.derivation.note_times((event.kind, event.occurred_at) for event in self.writer.events)

    def _mark_backfilled(self) -> None:
        account, opened_on = self.account, self.account.opened_on
        if self.earliest is None or opened_on is None or account.is_backfilled:
            return
        if self.earliest >= opened_on.isoformat():
            return
        # Chunks of one file were received at one instant: its own order back-fills nothing.
        account.is_backfilled = account.given_opened_on is not None or (
            account.head_seq > 0
            and queries.received_at(account.id, account.head_seq) < self.writer.received_at
        )


def refused(external_id: Any, refusal: Refusal) -> FillResult:
    """Return the answer for an item that is not taken."""
    text = external_id if isinstance(external_id, str) else ""
    return FillResult(shown(text, 200), "refused", str(refusal.reason), refusal.field)


def shown(text: str, length: int) -> str:
    """Return the beginning of somebody's text, fit to be sent back as UTF-8."""
    return text[:length].encode("utf-8", "replace").decode()


def agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two bodies tell of the same fill, mark or flow."""
    return all(one.get(name) == other.get(name) for name in FACTS)
