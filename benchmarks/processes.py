"""CPU time of servers, and a client that keeps their connections busy."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

HOST = "127.0.0.1"
END = b"\r\n\r\n"


def family(pid: int) -> list[int]:
    """Return a process and all that come from it."""
    found = [pid]
    with contextlib.suppress(OSError):
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in path.read_text().split():
                found += family(int(child))
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the CPU time of processes to the nanosecond, all threads that still live."""
    total = 0
    for pid in pids:
        for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                total += int(path.read_text().split()[0])
    return total / 1e9


def tick_seconds(pids: Iterable[int]) -> float:
    """Return user and system time of processes, ended threads included, in ticks of 10 ms."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(values[11]) + int(values[12])
    return total / os.sysconf("SC_CLK_TCK")


class Connections:
    """Kept-alive connections that all have a request on its way."""

    def __init__(self, port: int, count: int) -> None:
        self._sockets = [socket.create_connection((HOST, port), 30) for _ in range(count)]

    def send(self, requests: Iterable[bytes], check: Callable[[bytes], None]) -> None:
        """Send all requests, as many at once as there are connections; check each answer."""
        waiting = iter(requests)
        while True:
            busy = []
            for one in self._sockets:
                request = next(waiting, None)
                if request is None:
                    break
                one.sendall(request)
                busy.append(one)
            if not busy:
                return
            for one in busy:
                check(_answer(one))

    def close(self) -> None:
        """Close all connections."""
        for one in self._sockets:
            one.close()


def request(path: str, headers: dict[str, str]) -> bytes:
    """Write a GET request."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def _answer(one: socket.socket) -> bytes:
    data = b""
    while END not in data:
        piece = one.recv(262_144)
        if not piece:
            message = "the server closed the connection"
            raise SystemExit(message)
        data += piece
    head, _, body = data.partition(END)
    length = next(
        int(line[15:])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    while len(body) < length:
        body += one.recv(262_144)
    return data[:15] + body[:0] + (b"" if len(body) == length else b"!") + body
