"""What a JSON view takes and answers, noted at the view; the OpenAPI document is made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from pydantic import BaseModel

View = Callable[..., Any]


@dataclass(frozen=True)
class Description:
    """Schemas of one operation."""

    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    also: tuple[int, ...] = ()
    """Further statuses of success, such as 200 where something was there already."""
    example: Any = None
    """Of the answer; None: one is made from the schema."""
    headers: tuple[str, ...] = ()
    """If-None-Match or If-Match, where the view reads it."""
    idempotent: bool | None = None
    """Whether a POST takes an Idempotency-Key; None: when it knows who asks."""
    media_type: str = "application/json"
    problems: tuple[int, ...] = ()
    """Statuses of failure beside those that every operation of its kind may answer."""


class _Said(TypedDict, total=False):
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    answer: type[BaseModel] | None
    status: int
    also: tuple[int, ...]
    example: Any
    headers: tuple[str, ...]
    idempotent: bool | None
    media_type: str
    problems: tuple[int, ...]


def describe(**said: Unpack[_Said]) -> Callable[[View], View]:
    """Note the schemas of a view (see Description). Put it above the auth decision."""

    def decorate(view: View) -> View:
        view.description = Description(**said)  # type: ignore[attr-defined]
        return view

    return decorate
