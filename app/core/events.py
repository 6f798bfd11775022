"""How a lower slice tells a higher one: subscribers run at once and only enqueue jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_subscribers: dict[type[Any], list[Callable[[Any], None]]] = {}


def subscribe(kind: type[Any], handler: Callable[[Any], None]) -> None:
    """Call `handler` on each event of `kind`; registering twice counts once."""
    handlers = _subscribers.setdefault(kind, [])
    if handler not in handlers:
        handlers.append(handler)


def publish(event: object) -> None:
    """Tell the subscribers of an event, inside the present transaction."""
    for handler in _subscribers.get(type(event), ()):
        handler(event)
