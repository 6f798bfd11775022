"""Requests to addresses that somebody else chose: checked, pinned, bounded.

Whatever the service sends to a URL of a user goes through `post`. The rules (rules.py) are pure;
the wire (wire.py) looks a name up once, refuses every address that is not public, connects to the
very address that was checked and follows nothing.
"""

from __future__ import annotations

from flask import Flask, current_app

from app.core.outbound.rules import RefusedAddressError, Target, address_fault, read_url
from app.core.outbound.wire import Answer, Network, check_name, own_hosts, post

__all__ = [
    "Answer",
    "Network",
    "RefusedAddressError",
    "Target",
    "address_fault",
    "check_name",
    "network",
    "post",
    "read_url",
    "register",
]


def register(app: Flask) -> None:
    """Give the application its way out."""
    app.extensions["outbound"] = Network(
        allow_local=bool(app.config["WEBHOOKS_ALLOW_LOCAL"]),
        own_hosts=own_hosts(app.config[name] for name in ("PUBLIC_URL", "EDGE_URL", "WEB_URL")),
    )


def network() -> Network:
    """Return the application's way out."""
    found: Network = current_app.extensions["outbound"]
    return found
