"""Whether a provider knows a key: one question that costs nothing."""

from __future__ import annotations

from typing import Any

from app.ai.clients import building

SECONDS = 10.0
REFUSED = {400, 401, 403}


def check(provider: str, key: str) -> str:
    """Return good, refused, or unknown where the provider did not answer."""
    client = building.client_of(provider, key)
    try:
        building.run(_list_models(provider, client))
    except Exception as error:
        status = getattr(error, "status_code", None) or getattr(error, "code", None)
        return "refused" if status in REFUSED else "unknown"
    return "good"


async def _list_models(provider: str, client: Any) -> None:
    import asyncio

    async with asyncio.timeout(SECONDS):
        if provider == "google":
            await client.aio.models.list(config={"page_size": 1})
        else:
            await client.models.list()
