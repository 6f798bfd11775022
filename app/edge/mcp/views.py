"""The door of MCP: who may speak, how much, how long; and what is said to questions for OAuth."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from app.core import address
from app.edge.errors import RefusedError
from app.edge.mcp.clients import Api, Caller
from app.edge.mcp.service import make_server

PATH = "/mcp"
LARGEST_BODY = 128 * 1024
LONGEST_KEY = 4096
# Of one request: a slow body, a slow API and a slow picture together.
SECONDS = 30.0
# A tool's own request tells about the key; these ask for nothing of the member's.
UNCHECKED = ("tools/call", "ping", "notifications/")
NO_OAUTH = (
    "There is no OAuth here. Send an API key of the dashboard as Authorization: Bearer KEY; "
    "docs/mcp.md says how."
)
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Door:
    """MCP as an ASGI application. It keeps nothing between two requests."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.api = Api(settings["WEB_URL"])
        self._proxies: str = settings["TRUSTED_PROXIES"]
        self.manager = StreamableHTTPSessionManager(
            app=make_server(self.api, self.address_of),
            json_response=True,
            stateless=True,
            security_settings=_allowed(settings["EDGE_URL"]),
            max_request_body_size=LARGEST_BODY,
        )

    def address_of(self, scope: Scope) -> str:
        """Return from which address a request comes, as the web process reckons it."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        environ = {
            "REMOTE_ADDR": (scope.get("client") or ("",))[0],
            "HTTP_X_FORWARDED_FOR": headers.get(b"x-forwarded-for", ""),
        }
        return address.caller(environ, self._proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        refusal: Response | None = None
        try:
            async with asyncio.timeout(SECONDS):
                refusal, again = await self._refusal(scope, receive)
                if refusal is None:
                    await self.manager.handle_request(scope, again, send)
                    return
        except TimeoutError:
            refusal = _problem(408, "timeout", "This took too long.")
        await refusal(scope, receive, send)

    async def _refusal(self, scope: Scope, receive: Receive) -> tuple[Response | None, Receive]:
        """Return why a request is not read, and its body to be read again."""
        request = Request(scope)
        if request.method != "POST":
            allow = {"Allow": "POST"}
            detail = (
                "Each message is a POST of its own here; there is no session to end or to hear."
            )
            return _problem(405, "method_not_allowed", detail, allow), receive
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not 0 < len(key.strip()) <= LONGEST_KEY:
            return _unauthorized("unauthorized", NO_OAUTH), receive
        body = await _read(receive)
        if body is None:
            detail = f"A message may have {LARGEST_BODY // 1024} KB."
            return _problem(413, "too_large", detail), receive
        if not _method_of(body).startswith(UNCHECKED):
            caller = Caller(request.headers["authorization"], self.address_of(scope))
            try:
                await self.api.ask(caller, "/api/me")
            except RefusedError as error:
                return _not_let_in(error), receive
        return None, _again(body, receive)


def _allowed(edge_url: str) -> TransportSecuritySettings:
    """Return which hosts and pages may speak: a page of somewhere else cannot pass for the member."""
    own = urlsplit(edge_url)
    loopback = ["127.0.0.1", "localhost", "[::1]"]
    hosts = [*loopback, *(f"{host}:*" for host in loopback)]
    origins = [f"http://{host}:*" for host in loopback]
    if own.hostname:
        hosts += [own.netloc, f"{own.hostname}:*", own.hostname]
        origins += [f"{own.scheme}://{own.netloc}"]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


async def _read(receive: Receive) -> bytes | None:
    """Return a body; None for one that is too large or was cut."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def read() -> Message:
        return left.pop() if left else await receive()

    return read


def _method_of(body: bytes) -> str:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return str(said.get("method", "")) if isinstance(said, dict) else ""


def _not_let_in(error: RefusedError) -> Response:
    refusal, status = error.refusal, error.status
    if status == 401:  # noqa: PLR2004 - what the standard calls it
        return _unauthorized("invalid_token", f"{refusal['detail']} {refusal['fix']}")
    wait = refusal.get("retry_after_seconds")
    headers = {"Retry-After": str(wait)} if wait else {}
    known = status if status in {403, 429} else 503
    return _problem(known, refusal["code"], refusal["detail"], headers)


def _unauthorized(error: str, detail: str) -> Response:
    challenge = 'Bearer realm="trading-robot-plug"'
    if error == "invalid_token":
        challenge += ', error="invalid_token"'
    return _problem(401, error, detail, {"WWW-Authenticate": challenge})


def _problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    body = {"status": status, "code": code, "detail": detail}
    return JSONResponse(
        body, status, {**HEADERS, **(headers or {})}, media_type="application/problem+json"
    )


async def no_oauth(_: Request) -> Response:
    """Say to a client that looks for an authorization server that there is none."""
    return _problem(404, "no_oauth", NO_OAUTH)
