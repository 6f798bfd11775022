"""What a JSON view takes and answers, noted at the view; the OpenAPI document is made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

View = Callable[..., Any]


@dataclass(frozen=True)
class Description:
    """Schemas of one operation."""

    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    example: Any = None
    idempotent: bool | None = None
    """Whether a POST takes an Idempotency-Key; None: when it knows who asks."""


def describe(
    *,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    answer: type[BaseModel] | None = None,
    status: int = 200,
    example: Any = None,
    idempotent: bool | None = None,
) -> Callable[[View], View]:
    """Note the schemas of a view. Put it above the auth decision."""

    def decorate(view: View) -> View:
        view.description = Description(query, body, answer, status, example, idempotent)  # type: ignore[attr-defined]
        return view

    return decorate
