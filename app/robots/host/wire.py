"""How parent and child talk: frames of a length, a JSON head and raw bytes. Never pickle."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

_SIZES = struct.Struct("!II")
MAX_HEAD = 64 * 1024 * 1024
MAX_BODY = 1024 * 1024 * 1024


class WireError(Exception):
    """The other side sent what is no frame, or has gone."""


def send(channel: socket.socket, head: Any, body: bytes = b"") -> None:
    """Send one frame; ValueError where the head holds NaN or what JSON does not know."""
    text = json.dumps(head, allow_nan=False, separators=(",", ":")).encode()
    channel.sendall(_SIZES.pack(len(text), len(body)) + text + body)


def receive(channel: socket.socket, max_head: int = MAX_HEAD, max_body: int = 0) -> Any:
    """Return the head of the next frame, or (head, body) where a body is awaited.

    Raises:
        WireError: the other side has gone, or the frame is too large or no JSON.
        TimeoutError: nothing came in time.
    """
    head_size, body_size = _SIZES.unpack(_read(channel, _SIZES.size))
    if head_size > max_head or body_size > max_body:
        message = f"a frame of {head_size} and {body_size} bytes is too large"
        raise WireError(message)
    text = _read(channel, head_size)
    try:
        head = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        message = "a frame is not JSON"
        raise WireError(message) from error
    return (head, _read(channel, body_size)) if max_body else head


def _refuse(name: str) -> None:
    message = f"{name} is no number"
    raise ValueError(message)


def _read(channel: socket.socket, size: int) -> bytes:
    parts = bytearray(size)
    view, at = memoryview(parts), 0
    while at < size:
        got = channel.recv_into(view[at:])
        if not got:
            message = "the other side has gone"
            raise WireError(message)
        at += got
    return bytes(parts)
