"""The economy around the market: brought in by file or provider, and read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import structlog
from flask import current_app

from app.core import clock
from app.core.db import transaction
from app.core.formatters import NEW_YORK
from app.market.clients.macro import MacroProvider, SimulatedMacro
from app.market.clients.providers import ProviderError
from app.market.queries import macro as queries
from app.market.rules import SIMULATED
from app.market.rules.macro import (
    BENCHMARK,
    KINDS,
    SHAPES,
    Earnings,
    Fact,
    Kind,
    MacroFile,
    RateExpectation,
    Release,
    SectorClose,
    parse_macro_file,
)
from app.market.schemas.macro import (
    EarningsAnswer,
    MacroAnswer,
    MeetingAnswer,
    ReleaseAnswer,
    SectorAnswer,
)
from app.market.service.sessions import hours

if TYPE_CHECKING:
    from app.quant.rotation import Rotation

log = structlog.get_logger()
CSV = "csv"
REACH: dict[Kind, tuple[int, int]] = {
    "calendar": (35, 35),
    "rates": (1, 400),
    "sectors": (200, 0),
    "earnings": (45, 30),
}
"""Days back and ahead that are fetched and shown."""
KEPT = timedelta(days=800)
MONTH, QUARTER = 21, 63
TRAIL = 15
"""Sessions of a sector's way that are shown."""
Shape = TypeVar("Shape", Release, RateExpectation, SectorClose, Earnings)


class Told(NamedTuple):
    """How many facts were new, changed, and there already."""

    created: int = 0
    changed: int = 0
    same: int = 0


class Meeting(NamedTuple):
    """What the market expects of the policy rate after a meeting."""

    meeting_on: date
    as_of: date
    ranges: list[RateExpectation]
    """By rate, the lowest first."""

    @property
    def expected(self) -> float | None:
        """The mean of the ranges' middles by their probabilities, in percent."""
        whole = sum(each.probability for each in self.ranges)
        if not whole:
            return None
        middles = ((float(each.low + each.high) / 2, each.probability) for each in self.ranges)
        return sum(middle * share for middle, share in middles) / whole


class SectorState(NamedTuple):
    """How a sector does beside the whole market."""

    sector: str
    symbol: str
    session: date
    month: float | None
    """Change over 21 sessions, as a share."""
    quarter: float | None
    month_ahead: float | None
    """That change less the whole market's."""
    strength: float | None
    momentum: float | None
    quadrant: str | None
    trail: list[tuple[float, float]]
    """Strength and momentum of the last 15 sessions, every fifth of them, the newest last."""


class Macro(NamedTuple):
    """All that is shown, and how far it can be trusted."""

    releases: list[Release]
    meetings: list[Meeting]
    sectors: list[SectorState]
    earnings: list[Earnings]
    simulated: frozenset[Kind]
    """Kinds of which something shown is invented."""
    updated_at: dict[Kind, datetime]


def import_macro(
    kind: Kind, lines: Iterable[str], *, skip_bad: bool = False
) -> tuple[MacroFile, Told | None]:
    """Bring in a file of facts; None in the second place: a bad row, and nothing was written."""
    file = parse_macro_file(kind, lines)
    if file.faults and not (skip_bad and file.facts):
        return file, None
    with transaction():
        told = _put(kind, file.facts, CSV)
    return file, told


def refresh_macro() -> None:
    """Ask the providers for what is due around now; safe to run again, commits kind by kind."""
    now = clock.now()
    today = now.astimezone(NEW_YORK).date()
    for provider in macro_providers():
        for kind in provider.kinds:
            back, ahead = REACH[kind]
            try:
                facts = provider.fetch(
                    kind, today - timedelta(days=back), today + timedelta(days=ahead)
                )
            except ProviderError as error:
                log.warning("macro_not_told", provider=provider.name, kind=kind, why=str(error))
                continue
            with transaction():
                _put(kind, facts, provider.name)
                queries.drop_before(kind, now - KEPT)


def macro_providers() -> list[MacroProvider]:
    """Return who can be asked. No outside service is among them yet: files bring real facts."""
    config = current_app.config
    if not config["MARKET_SIMULATED"]:
        return []
    days = [date.fromordinal(int(day)) for day in hours("XNYS").days]
    return [SimulatedMacro(str(config["MARKET_SEED"]), days, clock.now())]


def _put(kind: Kind, facts: Sequence[Fact], source: str) -> Told:
    bodies = {fact.key: fact.model_dump(mode="json") for fact in facts}
    known = queries.known(kind, list(bodies))
    now = clock.now()
    fresh = [fact for fact in facts if known.get(fact.key) != bodies[fact.key]]
    queries.put([
        {
            "kind": kind,
            "key": fact.key,
            "at": fact.at,
            "body": bodies[fact.key],
            "source": source,
            "received_at": now,
        }
        for fact in fresh
    ])  # fmt: skip
    changed = sum(fact.key in known for fact in fresh)
    return Told(len(fresh) - changed, changed, len(facts) - len(fresh))


def read_macro() -> Macro:
    """Return what is due around now."""
    now = clock.now()
    found = {kind: _read(kind, now) for kind in KINDS}
    simulated = {kind for kind, (_, sources) in found.items() if SIMULATED in sources}
    updated = {kind: at for kind in KINDS if (at := queries.newest(kind)) is not None}
    return Macro(
        releases=_of(Release, found["calendar"][0]),
        meetings=_meetings(_of(RateExpectation, found["rates"][0])),
        sectors=_sectors(_of(SectorClose, found["sectors"][0])),
        earnings=_of(Earnings, found["earnings"][0]),
        simulated=frozenset(simulated),
        updated_at=updated,
    )


def macro_answer() -> MacroAnswer:
    """Return the same for programs."""
    found = read_macro()
    return MacroAnswer(
        simulated=sorted(found.simulated),
        updated_at={str(kind): at for kind, at in found.updated_at.items()},
        calendar=[
            ReleaseAnswer(
                **each.model_dump(),
                surprise_by=None if each.surprise is None else float(each.surprise),
            )
            for each in found.releases
        ],
        rates=[
            MeetingAnswer(
                meeting_on=each.meeting_on,
                as_of=each.as_of,
                expected=each.expected,
                ranges=each.ranges,
            )
            for each in found.meetings
        ],
        sectors=[SectorAnswer.model_validate(each) for each in found.sectors],
        earnings=[
            EarningsAnswer(**each.model_dump(), surprise_ratio=each.eps_surprise)
            for each in found.earnings
        ],
    )


def _read(kind: Kind, now: datetime) -> tuple[list[Fact], set[str]]:
    back, ahead = REACH[kind]
    midnight = datetime.combine(now.date(), time.min, now.tzinfo)
    rows = queries.between(
        kind, midnight - timedelta(days=back), midnight + timedelta(days=ahead + 1)
    )
    return [SHAPES[kind].model_validate(row.body) for row in rows], {row.source for row in rows}


def _of(shape: type[Shape], facts: Iterable[Fact]) -> list[Shape]:
    return [fact for fact in facts if isinstance(fact, shape)]


def _meetings(expectations: Iterable[RateExpectation]) -> list[Meeting]:
    """Of each meeting what was seen last; an older view of it says nothing any more."""
    found: dict[date, list[RateExpectation]] = {}
    for each in expectations:
        kept = found.setdefault(each.meeting_on, [])
        if kept and each.as_of > kept[0].as_of:
            kept.clear()
        if not kept or each.as_of == kept[0].as_of:
            kept.append(each)
    return [
        Meeting(day, kept[0].as_of, sorted(kept, key=lambda each: each.low))
        for day, kept in sorted(found.items())
    ]


def _sectors(closes: Iterable[SectorClose]) -> list[SectorState]:
    import numpy as np

    from app.quant import rotation as quant

    by_sector: dict[str, dict[date, SectorClose]] = {}
    for each in closes:
        by_sector.setdefault(each.sector, {})[each.session] = each
    market = by_sector.pop(BENCHMARK, {})
    states = []
    for name, own in by_sector.items():
        # Sessions that both have: a day that one of them lacks would shift the two.
        days = sorted(set(own) & set(market))
        mine = np.array([float(own[day].close) for day in days])
        whole = np.array([float(market[day].close) for day in days])
        turned = quant.rotation(mine, whole)
        month, beside = quant.change(mine, MONTH), quant.change(whole, MONTH)
        last = own[max(own)]
        states.append(
            SectorState(
                sector=name,
                symbol=last.symbol,
                session=days[-1] if days else last.session,
                month=month,
                quarter=quant.change(mine, QUARTER),
                month_ahead=None if month is None or beside is None else month - beside,
                strength=float(turned.strength[-1]) if turned else None,
                momentum=float(turned.momentum[-1]) if turned else None,
                quadrant=turned.quadrant if turned else None,
                trail=_trail(turned) if turned else [],
            )
        )
    return sorted(states, key=lambda each: (-(each.strength or 0.0), each.sector))


def _trail(turned: Rotation) -> list[tuple[float, float]]:
    both = list(zip(turned.strength.tolist(), turned.momentum.tolist(), strict=True))
    return both[-TRAIL:][::-5][::-1]
