"""Pure decisions about API keys: until when, from where, and what one key may hand on."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

MAX_NETWORKS = 20
MAX_OVERLAP = timedelta(days=7)
OVERLAP = timedelta(hours=24)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Standing(NamedTuple):
    """What decides whether a key counts at a moment."""

    expires_at: datetime | None
    rotated_at: datetime | None
    revoked_at: datetime | None


def state_of(standing: Standing, now: datetime) -> str:
    """Return active, ending (replaced, and still good for a while), expired or revoked."""
    if standing.revoked_at is not None:
        return "revoked"
    if standing.expires_at is not None and standing.expires_at <= now:
        return "expired"
    return "active" if standing.rotated_at is None else "ending"


@dataclass(frozen=True)
class KeyFacts:
    """What decides whether a key counts, and for what."""

    id: int
    user_id: int
    secret_hash: str
    scopes: tuple[str, ...]
    networks: tuple[str, ...]
    standing: Standing
    last_used_at: datetime | None
    auth_version: int
    """The user's."""
    is_user_active: bool

    def counts(self, now: datetime) -> bool:
        """Whether the key may be used at a moment."""
        return self.is_user_active and state_of(self.standing, now) in {
            "active",
            "ending",
        }


def repeat_until(
    facts: KeyFacts, now: datetime, seconds: float, end: float | None = None
) -> float | None:
    """Return until when an answer to this key may be repeated without asking who asks again.

    Never where the caller's address decides; at most for some seconds, and not past an end.
    """
    if facts.networks:
        return None
    ends = [facts.standing.expires_at.timestamp()] if facts.standing.expires_at else []
    return min([now.timestamp() + seconds, *ends, *([end] if end is not None else [])])


def read_network(text: str) -> str:
    """Return an address or network in its one spelling; ValueError when it is none."""
    return str(_plain(ipaddress.ip_network(text.strip(), strict=False)))


def _plain(network: Network) -> Network:
    """Return the IPv4 network that an IPv6 spelling such as ::ffff:10.0.0.0/104 stands for."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < 96:  # noqa: PLR2004 - the mapped part begins there
        return network
    return ipaddress.ip_network(f"{mapped}/{network.prefixlen - 96}")


def admits(networks: Collection[str], address: str) -> bool:
    """Whether a key may be used from `address`; without networks from everywhere."""
    if not networks:
        return True
    try:
        found: Address = ipaddress.ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in ipaddress.ip_network(one) for one in networks)


def lie_within(inner: Iterable[str], outer: Sequence[str]) -> bool:
    """Whether every network of `inner` is part of one of `outer`."""
    around = [ipaddress.ip_network(one) for one in outer]
    return all(
        any(
            one.version == other.version and one.subnet_of(other)  # type: ignore[arg-type]
            for other in around
        )
        for one in map(ipaddress.ip_network, inner)
    )


def successor_end(made_at: datetime, expires_at: datetime | None, now: datetime) -> datetime | None:
    """Return the end of a key that replaces one: it gets as long a life as the old one had."""
    return None if expires_at is None else now + (expires_at - made_at)


def earlier(first: datetime | None, second: datetime | None) -> datetime | None:
    """Return the earlier of two ends; None is never."""
    ends = [end for end in (first, second) if end is not None]
    return min(ends, default=None)
