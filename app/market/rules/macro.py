"""What moves the whole market: releases, rate expectations, sectors, earnings. Pure.

Each kind is one shape, read from a file or given by a provider, and kept under its key: a later
report of the same thing takes the former one's place.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from app.core.faults import told
from app.core.i18n import gettext
from app.market.schemas import RowFault

Kind = Literal["calendar", "rates", "sectors", "earnings"]
KINDS: tuple[Kind, ...] = ("calendar", "rates", "sectors", "earnings")
BENCHMARK = "benchmark"
"""In the place of a sector: the whole market, beside which sectors are measured."""
MOST_ROWS = 100_000
Name = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
Symbol = Annotated[str, StringConstraints(pattern=r"^\^?[A-Z0-9][A-Z0-9./:-]{0,19}$")]
Figure = Annotated[Decimal, Field(gt=-(10**15), lt=10**15, allow_inf_nan=False)]
Money = Annotated[Decimal, Field(gt=0, lt=10**10, allow_inf_nan=False)]
_ZONED = re.compile(r"([zZ]|[+-]\d\d:?\d\d)$")


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @property
    def key(self) -> str:
        """Under what it is kept."""
        raise NotImplementedError

    @property
    def at(self) -> datetime:
        """When it is due; for what has a day only, its beginning."""
        raise NotImplementedError


class Release(_Fact):
    """A figure or an event of the economic calendar."""

    released_at: datetime
    region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "US"
    name: Name
    importance: Literal[1, 2, 3]
    """1 low, 2 middle, 3 high."""
    period: Annotated[str, StringConstraints(max_length=20)] = ""
    unit: Annotated[str, StringConstraints(max_length=12)] = ""
    previous: Figure | None = None
    forecast: Figure | None = None
    actual: Figure | None = None

    @field_validator("released_at", mode="before")
    @classmethod
    def _aware(cls, value: Any) -> Any:
        if isinstance(value, str) and not _ZONED.search(value):
            message = gettext("needs its zone, such as 2026-05-20T08:30:00-04:00")
            raise ValueError(message)
        return value

    @field_validator("importance", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return int(value) if isinstance(value, str) and value in {"1", "2", "3"} else value

    @property
    def key(self) -> str:
        """The day, the region and the name: an hour may be moved."""
        return f"{self.at:%Y-%m-%d}:{self.region}:{self.name}"

    @property
    def at(self) -> datetime:
        """When it is published."""
        return self.released_at.astimezone(UTC)

    @property
    def surprise(self) -> Decimal | None:
        """By how much it came out above what was forecast; None while one of the two is unknown."""
        if self.actual is None or self.forecast is None:
            return None
        return self.actual - self.forecast


class RateExpectation(_Fact):
    """How likely a target range of the policy rate is after a meeting, as the market saw it."""

    as_of: date
    meeting_on: date
    low: Annotated[Decimal, Field(ge=-5, le=50, allow_inf_nan=False)]
    """Percent."""
    high: Annotated[Decimal, Field(ge=-5, le=50, allow_inf_nan=False)]
    probability: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

    @model_validator(mode="after")
    def _in_order(self) -> RateExpectation:
        if self.high < self.low:
            message = gettext("high: is below low")
            raise ValueError(message)
        if self.meeting_on < self.as_of:
            message = gettext("meeting_on: lies before as_of")
            raise ValueError(message)
        return self

    @property
    def key(self) -> str:
        """The day it was seen, the meeting and the range."""
        return f"{self.as_of}:{self.meeting_on}:{self.low.normalize():f}:{self.high.normalize():f}"

    @property
    def at(self) -> datetime:
        """The day of the meeting."""
        return _start(self.meeting_on)


class SectorClose(_Fact):
    """What a sector, by the fund that stands for it, or the whole market closed at."""

    session: date
    sector: Name
    """`benchmark`: the whole market."""
    symbol: Symbol
    close: Money

    @property
    def key(self) -> str:
        """Session and sector."""
        return f"{self.session}:{self.sector}"

    @property
    def at(self) -> datetime:
        """The day of the session."""
        return _start(self.session)


class Earnings(_Fact):
    """When a company reports, what is expected, and what it was."""

    symbol: Symbol
    company: Annotated[str, StringConstraints(max_length=80)] = ""
    report_on: date
    hour: Literal["before", "during", "after", ""] = ""
    """Before the open, during the session or after the close; empty: not told."""
    period: Name
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "USD"
    eps_estimate: Figure | None = None
    eps_actual: Figure | None = None
    revenue_estimate: Figure | None = None
    revenue_actual: Figure | None = None

    @property
    def key(self) -> str:
        """Company and period: the day may be moved."""
        return f"{self.symbol}:{self.period}"

    @property
    def at(self) -> datetime:
        """The day of the report."""
        return _start(self.report_on)

    @property
    def eps_surprise(self) -> float | None:
        """How far earnings a share lay above the estimate, as a share of it; None: no answer."""
        if self.eps_actual is None or not self.eps_estimate:
            return None
        return float((self.eps_actual - self.eps_estimate) / abs(self.eps_estimate))


Fact = Release | RateExpectation | SectorClose | Earnings
SHAPES: dict[Kind, type[Fact]] = {
    "calendar": Release,
    "rates": RateExpectation,
    "sectors": SectorClose,
    "earnings": Earnings,
}


class MacroFile(NamedTuple):
    """What is in a file: the good rows, and what is wrong with the others."""

    facts: list[Fact]
    faults: list[RowFault]


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def parse_macro_file(kind: Kind, lines: Iterable[str]) -> MacroFile:
    """Read the rows of a CSV file with a header: its columns are the fields of the kind's shape.

    A row that says the same thing as one before it is a fault: nobody knows which of them holds.
    """
    shape = SHAPES[kind]
    facts: dict[str, Fact] = {}
    faults: list[RowFault] = []
    row = 1
    try:
        reader = csv.DictReader(_lowered(lines), strict=True, restkey="", restval=None)
        fault = _head_fault(shape, reader.fieldnames or ())
        if fault is not None:
            return MacroFile([], [fault])
        for row, cells in enumerate(reader, start=2):
            if row > MOST_ROWS:
                faults.append(RowFault(row, "", gettext("the file has too many rows")))
                break
            read = _read(shape, row, cells)
            if isinstance(read, RowFault):
                faults.append(read)
            elif read.key in facts:
                faults.append(RowFault(row, "", gettext("repeats a row that is there already")))
            else:
                facts[read.key] = read
    except csv.Error as error:
        faults.append(RowFault(row + 1, "", gettext("is not valid CSV (%(error)s)", error=error)))
    if not facts and not faults:
        faults.append(RowFault(2, "", gettext("there are no rows")))
    return MacroFile(list(facts.values()), faults)


def _lowered(lines: Iterable[str]) -> Iterable[str]:
    for at, line in enumerate(lines):
        yield line.lower() if at == 0 else line


def _head_fault(shape: type[Fact], names: Iterable[str]) -> RowFault | None:
    given = [name.strip() for name in names]
    for name in given:
        if name not in shape.model_fields:
            known = ", ".join(shape.model_fields)
            reason = gettext("no such column is known; known: %(names)s", names=known)
            return RowFault(1, name, reason)
    for name, field in shape.model_fields.items():
        if field.is_required() and name not in given:
            return RowFault(1, name, gettext("there is no such column, and it is needed"))
    return None


def _read(shape: type[Fact], row: int, cells: dict[str, Any]) -> Fact | RowFault:
    if cells.get("") or None in cells.values():
        return RowFault(row, "", gettext("has another number of fields than the header"))
    given = {name.strip(): text.strip() for name, text in cells.items() if text.strip()}
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        return RowFault(row, field, told(first))
