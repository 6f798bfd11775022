"""Open positions at the feed's last price where it tells one, else as last marked; each says which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.core import clock, formatters
from app.core.i18n import gettext
from app.ledger import service as ledger
from app.market import service as market
from app.trading import service as trading

MOST_WATCHED = 20
"""So many instruments of one member are kept live by these cards."""


@dataclass(frozen=True)
class Valued:
    """A position with what it is worth now."""

    position: ledger.OpenPosition
    live: market.LivePrice | None

    @property
    def pnl(self) -> Decimal | None:
        """Open profit: live where a live price is known, else as last marked."""
        if self.live is None:
            return self.position.unrealized_pnl
        return self.position.pnl_at(self.live.price)

    @property
    def is_simulated(self) -> bool:
        """Whether its market is invented."""
        return market.is_simulated(trading.instrument_of(self.position.symbol).symbol)

    @property
    def how(self) -> str:
        """Say in words of when its worth is."""
        if self.live is not None:
            return gettext("live, %(age)s s old", age=self.live.age_seconds)
        if self.position.valued_at is None:
            return gettext("never marked")
        return gettext("as of %(time)s", time=formatters.instant(self.position.valued_at))

    @property
    def shift(self) -> Decimal:
        """How far live is from what was marked; nothing where no live price is known."""
        marked = self.position.unrealized_pnl or Decimal(0)
        return Decimal(0) if self.live is None else (self.pnl or Decimal(0)) - marked


@dataclass(frozen=True)
class Freshness:
    """Of how many positions the worth is live, and how old the rest is."""

    open_count: int
    live_count: int
    oldest_age: int | None
    """Seconds, of the live ones."""
    valued_at: datetime | None
    """Of when the oldest of those is that are not live."""

    @property
    def is_live(self) -> bool:
        """Whether everything that is open is live."""
        return 0 < self.open_count == self.live_count

    @property
    def text(self) -> str:
        """Say it in words."""
        if not self.open_count:
            return gettext("nothing open")
        if self.is_live:
            return gettext("live, %(age)s s old", age=self.oldest_age)
        rest = (
            gettext("as of %(time)s", time=formatters.instant(self.valued_at))
            if self.valued_at
            else gettext("never marked")
        )
        if not self.live_count:
            return rest
        return gettext(
            "%(count)s of %(all)s live, the rest %(rest)s",
            count=self.live_count, all=self.open_count, rest=rest,
        )  # fmt: skip


def valued(positions: Sequence[ledger.OpenPosition]) -> list[Valued]:
    """Return positions with the feed's last price, where it is live and in their own currency."""
    known = market.instruments_by_id({each.instrument_id for each in positions})
    return [
        Valued(
            each,
            market.live_price(each.instrument_id)
            if known[each.instrument_id].currency == each.currency
            else None,
        )
        for each in positions
    ]


def freshness(positions: Sequence[Valued]) -> Freshness:
    """Return of when the worth of positions is."""
    ages = [each.live.age_seconds for each in positions if each.live]
    others = [each.position.valued_at for each in positions if not each.live]
    known = [at for at in others if at is not None]
    return Freshness(
        len(positions), len(ages), max(ages, default=None),
        min(known) if known and len(known) == len(others) else None,
    )  # fmt: skip


def watch(positions: Iterable[ledger.OpenPosition]) -> list[str]:
    """Have the feed follow what is held; return what changes with each price that it tells."""
    held = sorted({each.instrument_id for each in positions})[:MOST_WATCHED]
    return [market.follow_live(each) for each in held]


def shift(positions: Sequence[Valued]) -> Decimal:
    """Return how far the live worth of positions is from what was marked."""
    return sum((each.shift for each in positions), Decimal(0))


def is_all_of_today(positions: Sequence[Valued]) -> bool:
    """Whether what live prices have changed came today: of what was opened before, nobody can tell."""
    today = clock.now().astimezone(formatters.NEW_YORK).date()
    opened = [
        each.position.entry_at.astimezone(formatters.NEW_YORK).date()
        for each in positions
        if each.live is not None
    ]
    return all(day == today for day in opened)
