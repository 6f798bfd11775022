"""The catalogue: models, prices, tasks and limits, checked as a whole when it is read."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FILE = Path(__file__).resolve().parents[1] / "catalogue.toml"
WARNED_DAYS = 90
"""So many days before a model's end the operator is told."""
ProviderName = Literal["openai", "anthropic", "google"]
Dollars = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Provider(_Entry):
    """Who runs models."""

    label: str


class Model(_Entry):
    """A model and its prices: US dollars for a million tokens."""

    provider: ProviderName
    input: Dollars
    cached_input: Dollars
    output: Dollars
    reads_images: bool = False
    image_tokens: int = Field(1_600, gt=0)
    """What one picture of the size that we send counts for at most."""
    ends_on: date | None = None
    """From this day on its provider does not answer any more, as it has said."""
    successor: str | None = None
    """Which model of the catalogue takes its place."""

    def has_ended(self, today: date) -> bool:
        """Whether its provider does not answer for it any more."""
        return self.ends_on is not None and self.ends_on <= today

    def days_left(self, today: date) -> int | None:
        """Return how many days it is still there, 0 once it has ended; None: no end is near."""
        if self.ends_on is None:
            return None
        left = max((self.ends_on - today).days, 0)
        return left if left <= WARNED_DAYS else None


class Task(_Entry):
    """A kind of work: which models it asks, and how much of them."""

    label: str
    order: list[str] = Field(min_length=1)
    longest_answer: int = Field(gt=0, le=16_000)
    rounds: int = Field(ge=1, le=10)
    tool_calls: int = Field(ge=0, le=50)
    seconds: float = Field(gt=0, le=300)
    most: Dollars
    keeps_seconds: int = Field(ge=0)
    own_key_pays: bool = False
    """Who has a plan for own keys is answered by them alone, and without one by plain rules."""


class Limits(_Entry):
    """US dollars that may be spent in a day, and from which share on somebody is told."""

    user_day: Dollars
    site_day: Dollars
    global_day: Dollars
    alarm: Annotated[Decimal, Field(gt=0, le=1)]


class Breaker(_Entry):
    """When a model that fails is left alone, and for how long."""

    failures: int = Field(ge=1)
    first_seconds: int = Field(ge=1)
    longest_seconds: int = Field(ge=1)


class Catalogue(_Entry):
    """All of the file."""

    providers: dict[ProviderName, Provider]
    models: dict[str, Model]
    tasks: dict[str, Task]
    limits: Limits
    breaker: Breaker

    @model_validator(mode="after")
    def _is_whole(self) -> Catalogue:
        for name, model in self.models.items():
            if model.provider not in self.providers:
                message = f"model {name}: there is no provider {model.provider}"
                raise ValueError(message)
            if model.successor is not None and model.successor not in self.models:
                message = f"model {name}: there is no model {model.successor}"
                raise ValueError(message)
        for name, task in self.tasks.items():
            unknown = [one for one in task.order if one not in self.models]
            if unknown:
                message = f"task {name}: there is no model {unknown[0]}"
                raise ValueError(message)
        return self


def still_there(catalogue: Catalogue, names: Sequence[str], today: date) -> list[str]:
    """Return models without those that have ended; all of them where no other one is left."""
    left = [name for name in names if not catalogue.models[name].has_ended(today)]
    return left or list(names)


@lru_cache(maxsize=1)
def read_catalogue() -> Catalogue:
    """Return the file's content; ValueError says what is wrong with it."""
    return Catalogue.model_validate(tomllib.loads(FILE.read_text()))
