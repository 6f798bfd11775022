"""Making models of the catalogue: one client a provider and key, kept while the process lives."""

from __future__ import annotations

import asyncio
import contextvars
import importlib
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import current_app

from app.ai.rules.catalogue import read_catalogue

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model

KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "google": "GOOGLE_API_KEY"}
ADDRESSES = {
    "openai": "OPENAI_BASE_URL",
    "anthropic": "ANTHROPIC_BASE_URL",
    "google": "GOOGLE_BASE_URL",
}
SDKS = {
    "openai": "pydantic_ai.models.openai",
    "anthropic": "pydantic_ai.models.anthropic",
    "google": "pydantic_ai.models.google",
}
MOST_CLIENTS = 16
"""More than one request can need at once: none is closed while it is used."""


def service_key(provider: str) -> str:
    """Return the service's own key of a provider; "" where it has none."""
    return str(current_app.config.get(KEYS[provider]) or "")


def needed() -> list[str]:
    """Return the modules that asking takes, by the keys that are set; none without a key."""
    sdks = [module for provider, module in SDKS.items() if service_key(provider)]
    return ["app.ai.clients.agent", *sdks] if sdks else []


def preload() -> None:
    """Load what asking takes: for a process that forks others, which then need not."""
    for module in needed():
        importlib.import_module(module)


def make_model(name: str, key: str) -> Model:
    """Return a model that asks with a key."""
    provider = read_catalogue().models[name].provider
    kept = _client_of(provider, key)
    if name not in kept.models:
        kept.models[name] = _MAKERS[provider](name, kept.sdk)
    return kept.models[name]


def client_of(provider: str, key: str) -> Any:
    """Return the SDK's client of a provider for a key."""
    return _client_of(provider, key).sdk


class _Kept(NamedTuple):
    """A client and what was made of it."""

    http: httpx2.AsyncClient
    sdk: Any
    models: dict[str, Model]


_kept: dict[tuple[str, str, str | None], _Kept] = {}
"""Clients by provider, key and address, those that were used last at the end."""


def _client_of(provider: str, key: str) -> _Kept:
    """Return the client for a key; that which was not used for longest makes room, and is closed."""
    name = (provider, key, current_app.config.get(ADDRESSES[provider]) or None)
    found = _kept.pop(name, None)
    if found is None:
        while len(_kept) >= MOST_CLIENTS:
            # Left to the collector, its connections would stay open until some later moment.
            run(_kept.pop(next(iter(_kept))).http.aclose())
        found = _make_client(*name)
    _kept[name] = found
    return found


def _make_client(provider: str, key: str, address: str | None) -> _Kept:
    from app.ai.clients.http import make_client

    http = make_client()
    return _Kept(http, _make_sdk(provider, key, address, http), {})


def _make_sdk(provider: str, key: str, address: str | None, http: httpx2.AsyncClient) -> Any:
    # The SDKs would try again by themselves, unseen by the budget; the gateway decides on that.
    if provider == "openai":
        from openai import AsyncOpenAI

        return AsyncOpenAI(api_key=key, base_url=address, max_retries=0, http_client=http)
    if provider == "anthropic":
        from anthropic import AsyncAnthropic

        return AsyncAnthropic(api_key=key, base_url=address, max_retries=0, http_client=http)
    from google.genai import Client
    from google.genai.types import HttpOptions

    options = HttpOptions(base_url=address, httpx_async_client=http, timeout=60_000)
    return Client(api_key=key, http_options=options)


def _openai(name: str, client: Any) -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.profiles.openai import OpenAIModelProfile
    from pydantic_ai.providers.openai import OpenAIProvider

    # A stream that ends without a word on why was cut: half of an answer is none.
    profile = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
    return OpenAIChatModel(name, provider=OpenAIProvider(openai_client=client), profile=profile)


def _anthropic(name: str, client: Any) -> Model:
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    return AnthropicModel(name, provider=AnthropicProvider(anthropic_client=client))


def _google(name: str, client: Any) -> Model:
    from pydantic_ai.models.google import GoogleModel
    from pydantic_ai.providers.google import GoogleProvider

    return GoogleModel(name, provider=GoogleProvider(client=client))


_MAKERS = {"openai": _openai, "anthropic": _anthropic, "google": _google}
_runner: asyncio.Runner | None = None


def run(work: Any) -> Any:
    """Run a coroutine on this process's own loop, to which the clients' connections belong."""
    global _runner  # noqa: PLW0603 - one loop a process
    if _runner is None:
        _runner = asyncio.Runner()
    # The runner would keep the context of its first use, and with it that one's application.
    return _runner.run(work, context=contextvars.copy_context())
