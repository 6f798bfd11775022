"""What programs are told of the economy around the market."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from app.market.rules.macro import Earnings, RateExpectation, Release


class ReleaseAnswer(Release):
    """A release with its surprise."""

    surprise_by: float | None = Field(description="Actual less forecast, in its own unit.")


class EarningsAnswer(Earnings):
    """A report with its surprise."""

    surprise_ratio: float | None = Field(
        description="Of earnings a share, as a share of the estimate."
    )


class MeetingAnswer(BaseModel):
    """What the market expects of the policy rate after a meeting."""

    meeting_on: date
    as_of: date
    expected: float | None = Field(description="Percent, the mean by probability.")
    ranges: list[RateExpectation]


class SectorAnswer(BaseModel):
    """How a sector does beside the whole market; see docs/metrics.md."""

    model_config = ConfigDict(from_attributes=True)

    sector: str
    symbol: str
    session: date
    month: float | None
    quarter: float | None
    month_ahead: float | None
    strength: float | None
    momentum: float | None
    quadrant: str | None


class MacroAnswer(BaseModel):
    """The economy around the market, around now."""

    simulated: list[str] = Field(description="Kinds of which something is invented.")
    updated_at: dict[str, datetime]
    calendar: list[ReleaseAnswer]
    rates: list[MeetingAnswer]
    sectors: list[SectorAnswer]
    earnings: list[EarningsAnswer]


EXAMPLE = {
    "simulated": [],
    "updated_at": {"calendar": "2026-05-20T12:31:00Z"},
    "calendar": [
        {
            "released_at": "2026-05-13T12:30:00Z",
            "region": "US",
            "name": "Consumer prices, year on year",
            "importance": 3,
            "period": "Apr 2026",
            "unit": "%",
            "previous": "2.8",
            "forecast": "2.7",
            "actual": "3.1",
            "surprise_by": 0.4,
        }
    ],
    "rates": [
        {
            "meeting_on": "2026-06-17",
            "as_of": "2026-05-20",
            "expected": 4.025,
            "ranges": [
                {
                    "as_of": "2026-05-20",
                    "meeting_on": "2026-06-17",
                    "low": "3.75",
                    "high": "4.00",
                    "probability": 0.4,
                }
            ],
        }
    ],
    "sectors": [
        {
            "sector": "Energy",
            "symbol": "XLE",
            "session": "2026-05-19",
            "month": 0.031,
            "quarter": 0.08,
            "month_ahead": 0.012,
            "strength": 102.4,
            "momentum": 100.9,
            "quadrant": "leading",
        }
    ],
    "earnings": [
        {
            "symbol": "ACME",
            "company": "Acme",
            "report_on": "2026-05-04",
            "hour": "after",
            "period": "Q1 2026",
            "currency": "USD",
            "eps_estimate": "0.50",
            "eps_actual": "0.60",
            "revenue_estimate": None,
            "revenue_actual": None,
            "surprise_ratio": 0.2,
        }
    ],
}
