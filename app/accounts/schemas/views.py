"""An administrator's view of a member's dashboard: how it is opened, and what is told of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class ViewIn(BaseModel):
    """Why an administrator looks at a member's dashboard, and what the member is in WordPress."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=3, max_length=300),
        Field(examples=["Asked for help by letter"]),
    ]
    member_caps: list[Annotated[str, StringConstraints(max_length=60)]] = Field(
        max_length=50, examples=[["read"]]
    )
    """The member's capabilities: nobody looks at another administrator's dashboard."""


class ViewAs(BaseModel):
    """The view of a member's dashboard that the asking administrator has open."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    wp_user_id: int
    """Whose dashboard."""
    reason: str
    started_at: datetime
    ends_at: datetime
