"""A member's own keys of providers as JSON: written, never given back."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.ai.rules.catalogue import ProviderName

MOST_MONTHLY = Decimal(100_000)
# A cent of a cent and less is kept: a question may cost that little.
Limit = Annotated[
    Decimal, Field(gt=0, le=MOST_MONTHLY, decimal_places=8, max_digits=14, allow_inf_nan=False)
]
KeyState = Literal["unchecked", "good", "refused", "unknown"]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelKeyLimits(_Given):
    """What a key may spend, in US dollars; null: as much as the provider allows."""

    daily_limit: Limit | None = Field(None, description="In a UTC day.")
    monthly_limit: Limit | None = Field(None, description="In a month.")


class ModelKeyIn(ModelKeyLimits):
    """A key of a provider, in place of the one that there is."""

    provider: ProviderName = Field(description="Who runs the models.")
    key: SecretStr = Field(
        min_length=8, max_length=400, description="The provider's key; no answer holds it."
    )


class ModelKeyOut(BaseModel):
    """A key as its owner sees it: of the text the last four characters."""

    model_config = ConfigDict(frozen=True)

    provider: ProviderName
    label: str = Field(description="What the provider is called.")
    key_hint: str = Field(description="The last four characters.")
    state: KeyState = Field(
        description="unchecked, good, refused by the provider, or unknown: it did not answer."
    )
    created_at: datetime
    checked_at: datetime | None
    daily_limit: Decimal | None
    monthly_limit: Decimal | None
    spent_today: Decimal = Field(description="US dollars in this UTC day.")
    spent_this_month: Decimal


class ModelKeyList(BaseModel):
    """A member's own keys of providers."""

    items: list[ModelKeyOut]
    is_in_plan: bool = Field(description="Whether the plan takes own keys; without it they rest.")
