"""Which addresses may be called. Pure: a name's IP addresses come in as arguments.

Two programs that read one URL differently are how such a check is got round, so only one plain
form is read at all: no user, no fragment, no escapes in the host, no numbers but four decimal ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NoReturn

MAX_URL = 500
MAX_HOST = 253
HTTPS, HTTP = 443, 80
FREE_PORTS = 1024
"""Ports below are for services of the system, except those of HTTPS."""
HTTPS_PORTS = {443, 8443}
MAX_PORT = 65_535

PLAIN = re.compile(r"[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]+")
URL = re.compile(
    r"(?P<scheme>[a-z]+)://(?P<authority>[^/?#]*)(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?"
    r"(?P<fragment>#.*)?",
    re.IGNORECASE,
)
AUTHORITY = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9.-]+))(?::(?P<port>[1-9][0-9]{0,4}))?"
)
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last label that other programs read as a part of an IPv4 address."""
LOCAL_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "onion")
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")

# IANA's registries of special addresses, and multicast: nothing there is somebody's web server.
CLOSED_V4 = [
    IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
]  # fmt: skip
PUBLIC_V6 = IPv6Network("2000::/3")
CLOSED_V6 = [
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20")
]
MAPPED, COMPATIBLE = IPv6Network("::ffff:0:0/96"), IPv6Network("::/96")
NAT64, SIX_TO_FOUR = IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16")
ISATAP = 0x5EFE
"""An interface id of this form holds an IPv4 address in its last 32 bits."""
LAST_32 = 0xFFFF_FFFF


class RefusedAddressError(Exception):
    """An address that is not called; `reason` is a stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Target:
    """A URL that was read: where to connect to, and what to ask for."""

    scheme: str
    host: str
    """A name in lower case, or an IP address without brackets."""
    port: int
    path: str
    """With its query; begins with a slash."""

    @property
    def is_address(self) -> bool:
        """Whether the host is an IP address and no name."""
        return ":" in self.host or bool(NUMBER.fullmatch(self.host.rpartition(".")[2]))

    @property
    def host_header(self) -> str:
        """Return the value of the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = HTTPS if self.scheme == "https" else HTTP
        return host if self.port == default else f"{host}:{self.port}"


def read_url(url: str, *, allow_local: bool = False) -> Target:
    """Return where a URL leads; RefusedAddressError when it is not one plain https URL.

    `allow_local` lets http through, to this machine only: for development and tests.
    """
    parts = _parts(url)
    found = AUTHORITY.fullmatch(parts["authority"])
    if found is None:
        _refuse("host")
    host = _six(found["six"]) if found["six"] else _name(found["name"].lower())
    scheme = _scheme(parts["scheme"].lower(), host, allow_local=allow_local)
    port = _port(found["port"], scheme, is_local=allow_local and host in LOCAL_HOSTS)
    target = Target(scheme, host, port, (parts["path"] or "/") + (parts["query"] or ""))
    if target.is_address:
        fault = address_fault(host, allow_local=allow_local)
        if fault:
            _refuse(fault)
    elif not allow_local or host not in LOCAL_HOSTS:
        _refuse_local_name(host)
    return target


def _parts(url: str) -> re.Match[str]:
    if len(url) > MAX_URL:
        _refuse("too_long")
    parts = URL.fullmatch(url) if PLAIN.fullmatch(url) else None
    if parts is None:
        _refuse("form")
    if "@" in parts["authority"]:
        _refuse("user")
    if parts["fragment"] is not None:
        _refuse("fragment")
    return parts


def _scheme(scheme: str, host: str, *, allow_local: bool) -> str:
    if scheme != "https" and not (scheme == "http" and allow_local and host in LOCAL_HOSTS):
        _refuse("scheme")
    return scheme


def _port(text: str | None, scheme: str, *, is_local: bool) -> int:
    port = int(text) if text else HTTPS if scheme == "https" else HTTP
    if port > MAX_PORT or (port < FREE_PORTS and port not in HTTPS_PORTS and not is_local):
        _refuse("port")
    return port


def _six(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError:
        _refuse("host")


def _name(name: str) -> str:
    """Return a host name, or four decimal numbers; other ways to write an address are refused."""
    labels = name.split(".")
    if len(name) > MAX_HOST or not all(LABEL.fullmatch(label) for label in labels):
        _refuse("host")
    if NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(name))
        except ValueError:
            _refuse("host")
    return name


def _refuse_local_name(name: str) -> None:
    # A name without a dot is looked up in the networks that this machine belongs to.
    if "." not in name or name.rpartition(".")[2] in LOCAL_NAMES:
        _refuse("private_address")


def _refuse(reason: str) -> NoReturn:
    raise RefusedAddressError(reason)


def address_fault(address: str, *, allow_local: bool = False) -> str | None:
    """Return why an IP address may not be called; None when it is a public one."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "host"
    if allow_local and str(ip) in LOCAL_HOSTS:
        return None
    is_public = _is_public_v4(ip) if isinstance(ip, IPv4Address) else _is_public_v6(ip)
    return None if is_public else "private_address"


def _is_public_v4(ip: IPv4Address) -> bool:
    return ip.is_global and not any(ip in network for network in CLOSED_V4)


def _is_public_v6(ip: IPv6Address) -> bool:
    if ip.scope_id is not None:
        return False
    inner = _embedded(ip)
    if inner is not None:
        # Whoever translates it calls the inner address; old forms have no other use than tricks.
        return ip in NAT64 and _is_public_v4(inner)
    if (int(ip) >> 32) & LAST_32 in (ISATAP, ISATAP | 0x0200_0000):
        return False
    return ip.is_global and ip in PUBLIC_V6 and not any(ip in network for network in CLOSED_V6)


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for; None when it stands for itself."""
    if any(ip in network for network in (MAPPED, COMPATIBLE, NAT64)):
        return IPv4Address(int(ip) & LAST_32)
    return IPv4Address(int(ip) >> 80 & LAST_32) if ip in SIX_TO_FOUR else None
