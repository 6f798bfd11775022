"""What a model answers, whichever provider it is of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One answer to one request."""

    words: str = ""
    tools: tuple[tuple[str, dict[str, Any]], ...] = ()
    """Calls of tools: name and arguments."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = '{"error": {"message": "secret words of the provider"}}'
    """Of an answer with another status."""
    input_tokens: int | None = 100
    """None: the provider does not say what was used."""
    cached_tokens: int = 0
    output_tokens: int = 20
    cut_after: int | None = None
    """The connection breaks after so many events."""
    silent_after: int | None = None
    """Nothing more comes after so many events, and the connection stays open."""
    pause: float = 0.0
    """Seconds before each event."""
    bad_json: bool = False
    """Arguments of tools are no JSON."""
    blanks: int = 0
    """So many bytes of blanks come before the words."""
    raw: str | None = None
    """In place of the provider's events, with status 200."""
    content_type: str = "text/event-stream"
    finish: str = ""
    """Why the answer ends, in the provider's words; "" for the usual reason, "-" for none."""
    one_id: bool = False
    """All calls of tools have the same id."""


def text(words: str, **more: Any) -> Reply:
    """Return an answer in words."""
    return Reply(words, **more)


def tool(name: str, /, **arguments: Any) -> Reply:
    """Return a call of one tool."""
    return Reply(tools=((name, arguments),))
