"""What a browser's session lives on: its times, and what may be kept of browser and network."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

LIFETIME = timedelta(days=30)
IDLE = timedelta(hours=12)
FRESH = timedelta(minutes=10)
"""How long after the password was typed sensitive things may be changed."""
STEP_LIFETIME = timedelta(minutes=5)
"""How long after the password the second factor is waited for."""
SEEN_STEP = timedelta(minutes=1)

ROLES = ("member", "creator", "operator")
# Whoever may publish or run things must have a second factor before the role counts.
ROLES_WITH_SECOND_FACTOR = {"creator", "operator"}

# More telling names first: Edge and Opera call themselves Chrome, Chrome calls itself Safari.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"),
    ("Chrom", "Chrome"), ("CriOS", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True)
class SessionTimes:
    """When a session began and was last used, and what its owner's account says."""

    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    is_kept: bool
    revoked_at: datetime | None


def session_fault(times: SessionTimes, valid_from: datetime | None, now: datetime) -> str | None:
    """Return why a session no longer counts; None when it does.

    `valid_from` is when the password was last changed: what began before has ended.
    """
    if times.revoked_at is not None:
        return "revoked"
    if times.expires_at <= now:
        return "expired"
    if not times.is_kept and times.seen_at + IDLE <= now:
        return "idle"
    if valid_from is not None and times.created_at < valid_from:
        return "password_changed"
    return None


def is_fresh(confirmed_at: datetime, now: datetime) -> bool:
    """Whether the password was typed so lately that sensitive things may be changed."""
    return now - confirmed_at < FRESH


def granted_roles(role: str, *, has_second_factor: bool) -> frozenset[str]:
    """Return the roles that count now."""
    if role in ROLES_WITH_SECOND_FACTOR and not has_second_factor:
        return frozenset({"member"})
    return frozenset({"member", role})


def browser_name(user_agent: str) -> str:
    """Return what a person recognises a browser by, such as "Firefox, Linux"; "" when unknown."""
    found = (
        next((name for mark, name in marks if mark in user_agent), "")
        for marks in (_BROWSERS, _SYSTEMS)
    )
    return ", ".join(name for name in found if name)


def network_of(address: str | None) -> str:
    """Return the network that stands for one household: an IPv4 address, or an IPv6 /64."""
    return _network(address, 32, 64)


def shortened_address(address: str | None) -> str:
    """Return as much of an address as is kept: /24 of IPv4, /48 of IPv6."""
    return _network(address, 24, 48)


def _network(address: str | None, bits4: int, bits6: int) -> str:
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    if mapped is not None:
        found = mapped
    bits = bits4 if found.version == 4 else bits6  # noqa: PLR2004 - the versions of IP
    network = ipaddress.ip_network(f"{found}/{bits}", strict=False)
    return str(network) if bits < network.max_prefixlen else str(found)
