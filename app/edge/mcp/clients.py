"""The JSON API of the web process, asked with the key of who calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from app.edge.errors import RefusedError
from app.edge.mcp import rules

SECONDS = 15.0
# The web process works on one core; who waits here takes nothing from pages.
REQUESTS_AT_ONCE = 6
OK = range(200, 300)


@dataclass(frozen=True)
class Caller:
    """Who asks: the credential as it came, and from which address."""

    authorization: str
    address: str


class Api:
    """The JSON API."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.AsyncClient(
            base_url=url,
            timeout=SECONDS,
            trust_env=False,
            limits=httpx2.Limits(max_connections=REQUESTS_AT_ONCE, keepalive_expiry=60),
            headers={"Accept-Language": "en", "Accept-Encoding": "identity"},
        )

    async def ask(
        self,
        caller: Caller,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> httpx2.Response:
        """Return what the API answers to GET, or to POST of a body; RefusedError for a problem."""
        headers = {"Authorization": caller.authorization, "X-Forwarded-For": caller.address}
        method = "GET" if body is None else "POST"
        try:
            answer = await self._http.request(
                method, path, params=_plain(query or {}), json=body, headers=headers
            )
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise RefusedError(rules.problem(0, None), 0) from error
        if answer.status_code not in OK:
            raise RefusedError(
                rules.problem(
                    answer.status_code, _json(answer), answer.headers.get("retry-after", "")
                ),
                answer.status_code,
            )
        return answer

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _plain(query: Mapping[str, Any]) -> dict[str, str]:
    words = {True: "true", False: "false"}
    return {
        name: words[value] if isinstance(value, bool) else str(value)
        for name, value in query.items()
        if value is not None
    }


def _json(answer: httpx2.Response) -> Any:
    if "json" not in answer.headers.get("content-type", ""):
        return None
    try:
        return answer.json()
    except ValueError:
        return None
