"""Column types: exact decimals as scaled integers, instants always aware and in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, Numeric
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

DIGITS = 8
# Ids of tables that grow for ever; SQLite numbers rows only in a column of type INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")
SCALE = 10**DIGITS
MAX_SCALED = 2**63 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNITS = {digits: Decimal(1).scaleb(-digits) for digits in range(DIGITS + 1)}


def to_scaled(value: Decimal, digits: int = DIGITS) -> int:
    """Return `value` in units of 10^-digits, half-even; OverflowError beyond 64 bits."""
    scaled = int(value.quantize(_UNITS[digits], ROUND_HALF_EVEN).scaleb(digits))
    if not -MAX_SCALED <= scaled <= MAX_SCALED:
        message = f"{value} does not fit into 64 bits at {digits} decimals"
        raise OverflowError(message)
    return scaled


def from_scaled(value: int, digits: int = DIGITS) -> Decimal:
    """Return the exact decimal of a scaled integer."""
    return Decimal(value).scaleb(-digits)


class ScaledDecimal(TypeDecorator[Decimal]):
    """A Decimal kept as a 64-bit integer in units of 10^-digits.

    SQLite's own NUMERIC goes through a float and rounds; integers add up exactly on every engine.
    """

    impl = BigInteger
    cache_ok = True

    def __init__(self, digits: int = DIGITS) -> None:
        super().__init__()
        self.digits = digits

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        return None if value is None else to_scaled(Decimal(value), self.digits)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else from_scaled(int(value), self.digits)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant; a naive one is refused instead of guessed."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time without a zone cannot be stored"
            raise ValueError(message)
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class UtcMicroseconds(TypeDecorator[datetime]):
    """An aware instant kept as microseconds since 1970: for tables that are read as columns."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time without a zone cannot be stored"
            raise ValueError(message)
        return (value - EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


class FixedDecimal(TypeDecorator[Decimal]):
    """A DECIMAL(precision, scale) of the public contract, for rounded figures only.

    SQLite keeps it as a float; up to 15 digits the decimal that went in comes out again.
    """

    impl = Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale, asdecimal=False)
        self.precision, self.scale = precision, scale
        self.unit = Decimal(1).scaleb(-scale)

    def __repr__(self) -> str:
        """Show precision and scale, which migrations are made from."""
        return f"FixedDecimal({self.precision}, {self.scale})"

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return float(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(repr(float(value))).quantize(self.unit)
