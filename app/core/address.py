"""From which address a request comes, when proxies of ours stand in between."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import current_app, request

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MAX_HOPS = 20


def client_address() -> str:
    """Return the caller's address; "" when the server does not know it.

    `X-Forwarded-For` is believed as far as it was written by TRUSTED_PROXIES: read from its end,
    the first address that is none of them is the caller's.
    """
    return caller(request.environ, current_app.config["TRUSTED_PROXIES"])


def caller(environ: Mapping[str, Any], proxies: str) -> str:
    """Return the caller's address of a WSGI request; `proxies` are networks with commas."""
    trusted = networks(proxies)
    found = normal(environ.get("REMOTE_ADDR") or "")
    if not trusted or not _is_in(found, trusted):
        return found
    for hop in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")[-MAX_HOPS:]):
        address = normal(hop.strip())
        if not address:
            break
        found = address
        if not _is_in(address, trusted):
            break
    return found


def is_from_here() -> bool:
    """Whether the request comes from this very machine, past every proxy."""
    # What came through a proxy on this machine comes from anywhere.
    names = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-Ip", "Via")
    if any(name in request.headers for name in names):
        return False
    return is_loopback(request.remote_addr or "")


def is_loopback(host: str) -> bool:
    """Whether a name or an address, as it stands in a URL, is this very machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def normal(text: str) -> str:
    """Return an address in its one spelling; "" for what is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


@lru_cache(maxsize=8)
def networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a list with commas; ValueError names one that is none."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def _is_in(address: str, those: tuple[Network, ...]) -> bool:
    return bool(address) and any(ipaddress.ip_address(address) in one for one in those)
