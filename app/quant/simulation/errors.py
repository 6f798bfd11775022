"""What stops a simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.quant.simulation.terms import Step


class RobotFaultError(Exception):
    """A robot broke the rules or raised; it is not asked again.

    `step` is what the simulation did up to this bar: all of it stands, so it can be kept.
    """

    def __init__(self, fault: str, bar_opened_at: int = 0) -> None:
        super().__init__(fault, bar_opened_at)
        self.fault = fault
        self.bar_opened_at = bar_opened_at
        """Microseconds since 1970, UTC."""
        self.step: Step | None = None

    def __str__(self) -> str:
        return self.fault


class MissingHistoryError(ValueError):
    """Too few bars before the new ones: indicators would differ from those before."""
