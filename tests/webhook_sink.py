"""Somebody's web server on loopback that takes webhooks, well or badly, and notes what it got."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PATIENCE = 60.0


@dataclass
class Got:
    """A request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass
class Sink:
    """A server; `behave` says what it does with a request's connection."""

    port: int
    behave: Callable[[Sink, socket.socket, Got], None]
    got: list[Got] = field(default_factory=list)
    connections: int = 0
    sent: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Return the address of the server."""
        return f"http://127.0.0.1:{self.port}/hook"


Behaviour = Callable[[Sink, socket.socket, Got], None]


def answer(status: int = 200, *lines: str, body: bytes = b"ok") -> Behaviour:
    """Answer at once."""

    def behave(_sink: Sink, sock: socket.socket, _got: Got) -> None:
        head = [f"HTTP/1.1 {status} Whatever", *lines, f"Content-Length: {len(body)}", "", ""]
        sock.sendall("\r\n".join(head).encode() + body)

    return behave


def hang(sink: Sink, _sock: socket.socket, _got: Got) -> None:
    """Take the request and never say a word."""
    sink.over.wait(PATIENCE)


def slow_head(sink: Sink, sock: socket.socket, _got: Got) -> None:
    """Send the head of an answer a byte at a time, for ever."""
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    while not sink.over.wait(0.05):
        sock.sendall(b"x")


def endless_head(sink: Sink, sock: socket.socket, _got: Got) -> None:
    """Send header after header, as fast as it goes."""
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    while not sink.over.is_set():
        sock.sendall(b"X-More: " + b"x" * 60 + b"\r\n")


def continues(sink: Sink, sock: socket.socket, _got: Got) -> None:
    """Say "go on" for ever."""
    while not sink.over.is_set():
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def endless_body(sink: Sink, sock: socket.socket, _got: Got) -> None:
    """Claim 10 GB and send as much as is taken."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
    while not sink.over.is_set():
        sink.sent += sock.send(b"x" * 65536)


def slow_body(sink: Sink, sock: socket.socket, _got: Got) -> None:
    """Say 200 and then send the body a byte at a time."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not sink.over.wait(0.05):
        sock.sendall(b"x")


def garbage(_sink: Sink, sock: socket.socket, _got: Got) -> None:
    """Speak something that is not HTTP."""
    sock.sendall(b"SSH-2.0-OpenSSH_9.9\r\n" * 3)


def slam(_sink: Sink, _sock: socket.socket, _got: Got) -> None:
    """Close the connection without a word."""


@contextlib.contextmanager
def sink(
    behave: Behaviour | None = None,
    *,
    context: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
) -> Iterator[Sink]:
    """Run a server until the block ends."""
    listener = socket.create_server((host, 0), backlog=256)
    found = Sink(listener.getsockname()[1], behave or answer())
    thread = threading.Thread(target=_accept, args=(found, listener, context), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.over.set()
        # Closing a listener does not wake who waits in accept().
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _accept(found: Sink, listener: socket.socket, context: ssl.SSLContext | None) -> None:
    while not found.over.is_set():
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        found.connections += 1
        threading.Thread(target=_serve, args=(found, sock, context), daemon=True).start()


def _serve(found: Sink, sock: socket.socket, context: ssl.SSLContext | None) -> None:
    with contextlib.suppress(OSError, ValueError):
        sock.settimeout(PATIENCE)
        if context is not None:
            sock = context.wrap_socket(sock, server_side=True)
        got = _read(sock)
        found.got.append(got)
        found.behave(found, sock, got)
    sock.close()


def _read(sock: socket.socket) -> Got:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(sock)
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    while len(body) < int(headers.get("content-length", 0)):
        body += _more(sock)
    return Got(first.split(" ")[1], headers, body, time.monotonic())


def _more(sock: socket.socket) -> bytes:
    more = sock.recv(65536)
    if not more:
        raise ConnectionError
    return more


class Authority:
    """A certificate authority of these tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._sign("Test authority", self.key.public_key(), [], is_ca=True)

    def server(self, *names: str) -> ssl.SSLContext:
        """Return the context of a server with a certificate for `names`."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(names[0], key.public_key(), list(names), is_ca=False)
        path = self.folder / f"{names[0]}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def client(self) -> ssl.SSLContext:
        """Return the context of a client that trusts this authority alone."""
        pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def _sign(self, name, public_key, names, *, is_ca):
        now = dt.datetime.now(dt.UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .add_extension(
                x509.KeyUsage(True, False, False, False, False, is_ca, is_ca, False, False),
                critical=True,
            )
        )
        if names:
            known = [_general_name(one) for one in names]
            builder = builder.add_extension(x509.SubjectAlternativeName(known), critical=False)
        return builder.sign(self.key, hashes.SHA256())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
