"""Links by which anybody may look at a chart."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from app.charts.schemas.document import Document, Part


class ShareIn(Part):
    """What the owner of a chart agrees to."""

    expires_in_days: int | None = Field(default=30, ge=1, le=365)
    """null: until it is ended."""
    shows_name: bool = False
    """Whether the owner's public name stands beside the chart."""


class ChartLink(BaseModel):
    """A link to a chart; its address is shown only when it is made."""

    model_config = ConfigDict(frozen=True)

    chart_id: int
    url: str | None = Field(examples=["https://example.com/shared/charts/AbC-dEf_123"])
    shows_name: bool
    created_at: datetime
    expires_at: datetime | None


class ChartLinkList(BaseModel):
    """The link of a chart, where there is one."""

    items: list[ChartLink]


class SharedChart(BaseModel):
    """A chart as anybody sees it who has the link."""

    model_config = ConfigDict(frozen=True)

    title: str
    version: int
    document: Document
    changed_at: datetime
    expires_at: datetime | None
    owner: str | None
    """The owner's public name, where the owner agreed to show it."""
    is_simulated: bool
