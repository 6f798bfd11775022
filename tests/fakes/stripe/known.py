"""Which parameters Stripe knows: read from the SDK's own types, so that an invented one fails."""

from __future__ import annotations

import functools
import sys
import types
import typing

from stripe import params as top
from stripe.params import billing_portal, checkout

from .errors import invalid

# What the SDK takes beside the parameters and sends as headers.
OPTIONS = {
    "api_key", "content_type", "headers", "idempotency_key", "max_network_retries",
    "stripe_account", "stripe_context", "stripe_version",
}  # fmt: skip
PLACES = {"checkout": checkout, "billing_portal": billing_portal}


@functools.cache
def shape(name: str):
    """Return a params type by its name, such as `RefundCreateParams` or `checkout.…`."""
    place, _, last = name.rpartition(".")
    return getattr(PLACES[place] if place else top, last)


@functools.cache
def _hints(kind) -> dict:
    module = sys.modules[kind.__module__]
    # Options are no parameters: what their types are does not matter.
    names = {**vars(module), "StripeContext": str, "Mapping": typing.Mapping}
    return typing.get_type_hints(kind, names)


def check(given, kind, path="") -> None:
    """Refuse parameters that the type does not have, at any depth."""
    hints = _hints(kind)
    for name, value in given.items():
        full = f"{path}[{name}]" if path else name
        if name not in hints or (not path and name in OPTIONS):
            raise invalid(f"Received unknown parameter: {full}", full, "parameter_unknown")
        _check_value(value, hints[name], full)


def _check_value(value, hint, path):
    if isinstance(value, list):
        inner = _arguments(hint, list)
        for at, one in enumerate(value):
            _check_value(one, inner[0] if inner else typing.Any, f"{path}[{at}]")
    elif isinstance(value, dict):
        # The SDK takes TypedDict from typing_extensions, which typing does not recognise.
        kinds = [kind for kind in _members(hint) if hasattr(kind, "__total__")]
        if kinds:
            check(value, kinds[0], path)


def _members(hint):
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return [one for part in typing.get_args(hint) for one in _members(part)]
    return [hint]


def _arguments(hint, origin):
    for kind in _members(hint):
        if typing.get_origin(kind) is origin:
            return typing.get_args(kind)
    return ()
