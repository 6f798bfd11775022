"""What is asked of the gateway and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel


class Tool(NamedTuple):
    """Something that a model may look up. It reads, it never writes.

    Whose data it reads is decided by whoever makes it, never by what a model passes.
    """

    name: str
    description: str
    arguments: type[BaseModel]
    run: Callable[[Any], Any]
    """Takes checked arguments, returns JSON-able data; an AppError's message goes to the model."""


class Turn(NamedTuple):
    """One earlier message of a conversation."""

    by: str
    """member or assistant."""
    text: str


class Image(NamedTuple):
    """A picture for a model to look at."""

    content: bytes
    media_type: str


class Reached(NamedTuple):
    """A model that may be asked, and the key to ask it with."""

    name: str
    key: str


class ToolCall(NamedTuple):
    """One look-up that a model made."""

    name: str
    arguments: dict[str, Any]
    result: Any
    """None where it failed."""
    error: str = ""


class Call(Protocol):
    """Makes a tool call for the offline analyst, and records it as a model's is."""

    def __call__(self, name: str, **arguments: Any) -> Any:
        """Return the tool's data; raises what the tool raises."""


@dataclass(frozen=True)
class Ask:
    """One request."""

    task: str
    request_key: str
    """The same key is the same request: it is answered once."""
    text: str
    user_id: int | None = None
    site_id: str | None = None
    history: tuple[Turn, ...] = ()
    facts: str = ""
    """What the model should know of who asks, beside the prompt."""
    tools: tuple[Tool, ...] = ()
    images: tuple[Image, ...] = ()
    output: type[BaseModel] | None = None
    """None: text."""
    data_key: str = ""
    """Names the data that the question is about; the same text on the same data may be answered
    from what was said before. Empty: never."""
    offline: Callable[[Ask, Call], str | BaseModel] | None = None
    """What answers where no model can: plain rules over the same tools."""
    only: tuple[str, ...] = ()
    """Models to ask in place of the task's."""
    prompt_number: int | None = None
    """Another version of the prompt than the one in use."""
    is_trial: bool = False
    """The owner tries something: it counts, and no member sees it."""


@dataclass(frozen=True)
class Outcome:
    """What came back."""

    run_id: int
    model: str
    """ "offline" where no model was asked."""
    prompt: str
    text: str = ""
    data: BaseModel | None = None
    tool_calls: tuple[ToolCall, ...] = field(default=())
    cost: Decimal = Decimal(0)
    is_from_cache: bool = False

    @property
    def is_offline(self) -> bool:
        """Whether no model was used."""
        return self.model == OFFLINE


OFFLINE = "offline"


class TokenUse(NamedTuple):
    """What a call used, as the provider counted it."""

    input: int = 0
    """All input tokens, cached ones included."""
    cached: int = 0
    output: int = 0
