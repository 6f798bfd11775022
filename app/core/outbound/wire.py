"""One POST to one checked address, over in a fixed time whatever the other side does.

Written on the socket and not on an HTTP library, because each of the guards needs it: the address
that was checked is the one that is connected to (a second look-up could give another one), the
time limit covers all of it (a library's counts from byte to byte), and proxies of the environment
have no say.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from app.core.outbound.rules import (
    LOCAL_HOSTS,
    RefusedAddressError,
    Target,
    address_fault,
    read_url,
)

SECONDS = 15.0
CONNECT_SECONDS = 5.0
MOST_ADDRESSES = 4
MOST_BYTES = 32 * 1024
"""Of an answer, its head and the little of its body that is read."""
BODY_BYTES = 1024
BODY_SECONDS = 1.0
AGENT = "TradingRobotPlug-Webhooks/1.0"

Resolve = Callable[[str, int], list[str]]


class Answer(NamedTuple):
    """What became of a request: a status, or a word for why there is none."""

    status: int | None
    error: str | None
    ms: int
    retry_after: str | None = None


class _TooLongError(OSError):
    """The head of an answer does not end."""


def look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a name, as the system knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_own(address: str) -> bool:
    """Whether an address is one of this machine: from there the machine would call itself."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing; it only asks for the way.
            probe.connect((address, 443))
        except OSError:
            return False
        return bool(probe.getsockname()[0] == address)


@cache
def tls() -> ssl.SSLContext:
    """Return the context that checks certificates against the system's authorities."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class Network:
    """The way out: what may be called, and how names and certificates are looked at."""

    allow_local: bool = False
    own_hosts: frozenset[str] = frozenset()
    resolve: Resolve = look_up
    is_own: Callable[[str], bool] = is_own
    context: Callable[[], ssl.SSLContext] = tls
    seconds: float = SECONDS


def own_hosts(urls: Iterable[str]) -> frozenset[str]:
    """Return the names under which the service itself is reached."""
    hosts = {(urlsplit(url).hostname or "").lower() for url in urls if url}
    return frozenset(hosts - {""} - set(LOCAL_HOSTS))


class _Deadline:
    """The moment at which a request is over."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def left(self, most: float = SECONDS) -> float:
        """Return the seconds that are left; TimeoutError when there are none."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, most)

    def shorten(self, seconds: float) -> None:
        """End in so many seconds at the latest."""
        self.end = min(self.end, time.monotonic() + seconds)


class _Reader(io.RawIOBase):
    """Reads from a socket until the deadline, and only so many bytes."""

    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        self._sock, self._deadline, self._left = sock, deadline, MOST_BYTES

    def readable(self) -> bool:
        """Say that it can be read from."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what is there, at most to the limit."""
        if self._left <= 0:
            raise _TooLongError
        self._sock.settimeout(self._deadline.left())
        got = self._sock.recv_into(buffer, min(len(buffer), self._left))
        self._left -= got
        return got


class _Wire:
    """A connected socket as http.client uses one."""

    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def sendall(self, data: bytes) -> None:
        """Send all of `data` before the deadline."""
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return what the answer is read from."""
        return io.BufferedReader(_Reader(self._sock, self._deadline))

    def close(self) -> None:
        """Close the connection."""
        self._sock.close()


def check_name(url: str, network: Network, seconds: float) -> None:
    """Refuse a URL that leads to no public address; a name server that is slow says nothing."""
    target = read_url(url, allow_local=network.allow_local)
    try:
        _addresses(target, network, _Deadline(seconds))
    except TimeoutError:
        return
    except socket.gaierror as fault:
        if fault.errno in (None, socket.EAI_NONAME):
            raise RefusedAddressError("name_unknown") from fault


def post(url: str, body: bytes, headers: Mapping[str, str], network: Network) -> Answer:
    """Send `body` to a URL and return the status; never raises for what the other side does."""
    began = time.monotonic()
    deadline = _Deadline(network.seconds)
    status, error, retry_after = None, None, None
    try:
        target = read_url(url, allow_local=network.allow_local)
        addresses = _addresses(target, network, deadline)
        with _connect(target, addresses, network, deadline) as sock:
            status, retry_after = _exchange(target, sock, deadline, body, headers)
    except Exception as fault:
        error = _word(fault)
    return Answer(status, error, round((time.monotonic() - began) * 1000), retry_after)


def _word(fault: Exception) -> str:
    """Return what went wrong in one word; the texts of the errors tell about our own network."""
    if isinstance(fault, RefusedAddressError):
        return fault.reason
    words: tuple[tuple[type[Exception], str], ...] = (
        (TimeoutError, "timeout"),
        (socket.gaierror, "name_unknown"),
        (ssl.SSLError, "tls"),
        (_TooLongError, "too_long"),
        (OSError, "connection"),
        (http.client.HTTPException, "not_http"),
        (UnicodeError, "name_unknown"),
        (ValueError, "not_http"),
    )
    found = next((word for kind, word in words if isinstance(fault, kind)), None)
    if found is None:
        raise fault
    return found


def _addresses(target: Target, network: Network, deadline: _Deadline) -> list[str]:
    """Return the addresses that may be connected to; one that may not condemns all."""
    if target.host in network.own_hosts:
        raise RefusedAddressError("own_address")
    found = [target.host] if target.is_address else _resolve(target, network, deadline.left())
    for address in found:
        fault = address_fault(address, allow_local=network.allow_local)
        if fault:
            raise RefusedAddressError(fault)
        if address not in LOCAL_HOSTS and network.is_own(address):
            raise RefusedAddressError("own_address")
    if not found:
        raise socket.gaierror
    return found[:MOST_ADDRESSES]


def _resolve(target: Target, network: Network, seconds: float) -> list[str]:
    """Look a name up, and wait no longer than `seconds`: the system's call cannot be cut."""
    box: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look() -> None:
        try:
            box.put(network.resolve(target.host, target.port))
        except Exception as fault:
            box.put(fault)

    threading.Thread(target=look, daemon=True).start()
    try:
        found = box.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, Exception):
        raise found
    return found


def _connect(
    target: Target, addresses: list[str], network: Network, deadline: _Deadline
) -> socket.socket:
    fault: OSError = ConnectionError()
    for address in addresses:
        try:
            sock = socket.create_connection((address, target.port), deadline.left(CONNECT_SECONDS))
        except OSError as error:
            fault = error
            continue
        return sock if target.scheme == "http" else _secure(sock, target, network, deadline)
    raise fault


def _secure(
    sock: socket.socket, target: Target, network: Network, deadline: _Deadline
) -> socket.socket:
    try:
        sock.settimeout(deadline.left())
        return network.context().wrap_socket(sock, server_hostname=target.host)
    except BaseException:
        sock.close()
        raise


def _exchange(
    target: Target,
    sock: socket.socket,
    deadline: _Deadline,
    body: bytes,
    headers: Mapping[str, str],
) -> tuple[int, str | None]:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = _Wire(sock, deadline)
    fixed = {"Host": target.host_header, "User-Agent": AGENT, "Connection": "close"}
    connection.request("POST", target.path, body, {**headers, **fixed})
    with connection.getresponse() as response:
        retry_after = response.getheader("Retry-After")
        # A polite end for the other side. What it says is neither needed nor kept.
        deadline.shorten(BODY_SECONDS)
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            response.read(BODY_BYTES)
        return response.status, retry_after
