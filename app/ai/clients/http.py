"""The HTTP client that all providers' SDKs use: bounded in time and size, and it keeps no secret."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

LARGEST_ANSWER = 4 * 1024 * 1024
SILENCE_SECONDS = 20.0
CONNECT_SECONDS = 5.0


class TooLargeError(httpx2.TransportError):
    """A provider sends more than any answer can be."""


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._stream:
            read += len(chunk)
            if read > LARGEST_ANSWER:
                message = "the answer is too large"
                raise TooLargeError(message)
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class _BoundedTransport(httpx2.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _BoundedStream(response.stream)
        return response


def make_client() -> httpx2.AsyncClient:
    """Return a client whose answers are bounded; the same address is asked and no other."""
    return httpx2.AsyncClient(
        transport=_BoundedTransport(retries=0),
        timeout=httpx2.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
        # Compressed answers could be small on the wire and endless in memory.
        headers={"Accept-Encoding": "identity"},
        follow_redirects=False,
        trust_env=False,
    )
