"""What the moderation slice takes in and gives out."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.core.i18n import gettext

Kind = Literal["public_name", "report"]
State = Literal["open", "approved", "rejected", "withdrawn", "resolved", "dismissed"]
Reason = Literal["wrong_figures", "misleading", "rules", "other"]
LINES = {"\n", "\r", "\t"}
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


def plain(value: str) -> str:
    """Return text without control characters; ValueError when somebody sends markup."""
    if "<" in value or ">" in value:
        message = gettext("is plain text: leave out < and >")
        raise ValueError(message)
    # Cf would let a text turn its direction or hide a part of itself.
    if any(unicodedata.category(each) in HIDDEN for each in value if each not in LINES):
        message = gettext("holds a character that does not show")
        raise ValueError(message)
    return value


PlainText = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(plain)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NameIn(_Strict):
    """The name that a member wants on the boards of a site."""

    name: PlainText = Field(max_length=80)


class ReportIn(_Strict):
    """What a member finds wrong with a robot's listing or record."""

    robot: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    reason: Reason
    text: PlainText = Field(min_length=10, max_length=1000)


class DecisionIn(_Strict):
    """An administrator's answer to a case."""

    decision: Literal["approve", "reject", "resolve", "dismiss"]
    note: PlainText = Field(default="", max_length=500)


@dataclass(frozen=True)
class CaseView:
    """A case as both sides read it."""

    id: int
    user_id: int
    kind: str
    state: str
    subject: str
    reason: str
    body: str
    note: str
    decided_by: int | None
    created_at: datetime
    decided_at: datetime | None
