"""The doors of the edge: GET /live, POST /mcp and GET /healthz, as an ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.core.config import load_config
from app.core.live import mcp_url
from app.edge.clients import RedisBus, WebClient
from app.edge.errors import FullError, TicketError
from app.edge.mcp.views import PATH, Door, no_oauth
from app.edge.service import Hub, Stream

LONGEST_TICKET = 100
RETRY_AFTER = {"Retry-After": "60"}
HEADERS = {
    "Cache-Control": "no-store",
    # nginx would collect events until its buffer is full.
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class EventStream(StreamingResponse):
    """The events of one stream; its place is free again however the answer ends."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, stream: Stream) -> None:
        origin = {"Access-Control-Allow-Origin": stream.ticket.origin, "Vary": "Origin"}
        super().__init__(hub.events(stream), headers={**HEADERS, **origin})
        self._hub, self._stream = hub, stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the stream ends or the page goes away."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._hub.leave(self._stream)


async def live(request: Request) -> Response:
    """Open the stream of a ticket."""
    hub: Hub = request.app.state.hub
    text = request.query_params.get("ticket", "")
    try:
        stream = await hub.admit(text[:LONGEST_TICKET], request.headers.get("origin"))
    except TicketError as error:
        return _refusal(403, error.message)
    except FullError as error:
        return _refusal(503, error.message, RETRY_AFTER)
    except (RedisError, OSError):
        return _refusal(503, "Tickets cannot be read at the moment.", RETRY_AFTER)
    return EventStream(hub, stream)


def _refusal(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    body = {"status": status, "detail": detail}
    return JSONResponse(
        body, status, {**HEADERS, **(headers or {})}, media_type="application/problem+json"
    )


async def healthz(request: Request) -> Response:
    """Tell how many streams are open, and whether word of changes comes in."""
    hub: Hub = request.app.state.hub
    status = "ok" if hub.is_listening else "degraded"
    body = {"status": status, "streams": hub.count, "mcp": request.app.state.mcp_url}
    return JSONResponse(body, headers=HEADERS)


def create_edge() -> Starlette:
    """Make the application from the same settings as the service's."""
    settings = load_config({})
    bus = RedisBus(settings["REDIS_URL"])
    web = WebClient(settings["WEB_URL"], settings["SECRET_KEY"])
    door = Door(settings)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.mcp_url = mcp_url(settings["EDGE_URL"])
        app.state.hub = Hub(web, bus, settings["EDGE_STREAMS"])
        hub = app.state.hub
        tasks = [asyncio.create_task(work) for work in (hub.listen(), hub.keep_wanting())]
        async with door.manager.run():
            yield
        for task in tasks:
            task.cancel()
        await door.api.close()
        await web.close()
        await bus.close()

    routes = [
        Route("/live", live, methods=["GET"]),
        Route("/healthz", healthz, methods=["GET"]),
        Route(PATH, door),
        Route("/.well-known/{rest:path}", no_oauth),
        Route("/register", no_oauth, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
