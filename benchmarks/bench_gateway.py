"""gateway: what a question to a model costs through the gateway, beside the provider's bare SDK.

Both ask the same instant fake (a process of its own) the same prompt with streaming, from this
process, whose CPU time is measured in turns. The gateway also holds money back, settles it, writes
its rows and tells how far the answer is. Beside that, on the wall: how long somebody waits for an
answer of a fake that speaks some 100 tokens a second, as quick models do.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from harness import print_ratio, time_pair  # noqa: E402
from servers import ROOT  # noqa: E402

from tests.services import redis_server  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CALLS = int(os.environ.get("CALLS", "20"))
RUNS = int(os.environ.get("RUNS", "7"))
WAITS = int(os.environ.get("WAITS", "7"))
PAUSE = 0.02
GOAL = 1.3
MODELS = {
    "openai": "gpt-4o-mini",
    "anthropic": "claude-haiku-4-5",
    "google": "gemini-2.5-flash-lite",
}
QUESTION = "Where are the levels of SPY, and what do they tell?"


@contextmanager
def fake_providers(**environment: str) -> Iterator[str]:
    """Start the fake in a process of its own and give its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.models"],
        cwd=ROOT, env={**os.environ, **environment},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(10)


def settings(address: str) -> dict[str, str]:
    """Return the service's settings that lead to the fake."""
    return {
        "OPENAI_API_KEY": "key", "OPENAI_BASE_URL": f"{address}/v1",
        "ANTHROPIC_API_KEY": "key", "ANTHROPIC_BASE_URL": address,
        "GOOGLE_API_KEY": "key", "GOOGLE_BASE_URL": address,
    }  # fmt: skip


def make_gateway(folder: Path, redis_url: str, address: str) -> Any:
    """Return an application with a fresh database; its context stays open."""
    from alembic import command

    from app import create_app
    from app.core.cli import alembic_config

    app = create_app(
        {
            "DATA_DIR": str(folder),
            "REDIS_URL": redis_url,
            "LOG_LEVEL": "CRITICAL",
            **settings(address),
        }
    )
    app.app_context().push()
    command.upgrade(alembic_config(), "head")
    return app


def use_order(*names: str) -> None:
    """Let the coach ask these models."""
    from app.ai.rules.catalogue import read_catalogue

    read_catalogue().tasks["coach"].__dict__["order"] = list(names)


NUMBERS = count()


def ask_once() -> int:
    """Ask through the gateway; return how many characters came."""
    from app.ai import service
    from app.ai.schemas import Ask

    return len(service.run(Ask("coach", f"bench {next(NUMBERS)}", QUESTION)).text)


def ours() -> int:
    """Ask so many times through the gateway; return how many characters came."""
    return sum(ask_once() for _ in range(CALLS))


def wait_pair(mine: Callable[[], int], theirs: Callable[[], int]) -> tuple[float, float]:
    """Return the median seconds on the wall of two ways to ask, in turns."""

    def wait(ask: Callable[[], int]) -> float:
        began = time.perf_counter()
        assert ask() > 0
        return time.perf_counter() - began

    assert mine() == theirs()
    pairs = [(wait(mine), wait(theirs)) for _ in range(WAITS)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


@contextmanager
def without_rows() -> Iterator[None]:
    """Let the gateway write nothing: what is left is what asking costs."""
    from app.ai.service import calls, gateway, progress

    held = calls.Held(1, Decimal(0), Decimal(0))
    replaced = [
        (calls, "is_open", lambda _name: False), (calls, "reserve", lambda *_: held),
        (calls, "settle", lambda *_: Decimal(0)),
        (gateway, "_begin", lambda *_: 1), (gateway, "_end", lambda *_: None),
        (gateway, "_finish", lambda _id, outcome: outcome),
        (progress, "tell", lambda *_: False),
    ]  # fmt: skip
    kept = [(module, name, getattr(module, name)) for module, name, _ in replaced]
    for module, name, value in replaced:
        setattr(module, name, value)
    yield
    for module, name, value in kept:
        setattr(module, name, value)


async def _openai(client: Any, model: str, system: str) -> int:
    got = 0
    stream = await client.chat.completions.create(
        model=model, stream=True, stream_options={"include_usage": True}, max_completion_tokens=1200,
        messages=[{"role": "system", "content": system}, {"role": "user", "content": QUESTION}],
    )  # fmt: skip
    async for chunk in stream:
        if chunk.choices:
            got += len(chunk.choices[0].delta.content or "")
    return got


async def _anthropic(client: Any, model: str, system: str) -> int:
    got = 0
    stream = await client.messages.create(
        model=model, stream=True, max_tokens=1200, system=system,
        messages=[{"role": "user", "content": QUESTION}],
    )  # fmt: skip
    async for event in stream:
        if event.type == "content_block_delta":
            got += len(event.delta.text)
    return got


async def _google(client: Any, model: str, system: str) -> int:
    got = 0
    stream = await client.aio.models.generate_content_stream(
        model=model, contents=QUESTION,
        config={"system_instruction": system, "max_output_tokens": 1200},
    )  # fmt: skip
    async for chunk in stream:
        got += len(chunk.text or "")
    return got


ASKED = {"openai": _openai, "anthropic": _anthropic, "google": _google}


def make_clients(address: str) -> dict[str, Any]:
    """Return the SDKs' own clients, as their manuals make them."""
    from anthropic import AsyncAnthropic
    from google.genai import Client
    from openai import AsyncOpenAI

    return {
        "openai": AsyncOpenAI(api_key="key", base_url=f"{address}/v1"),
        "anthropic": AsyncAnthropic(api_key="key", base_url=address),
        "google": Client(api_key="key", http_options={"base_url": address}),
    }


def main() -> None:
    """Print a line for each provider."""
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        redis_server(Path(folder)) as redis_url,
        fake_providers() as address,
        fake_providers(PAUSE=str(PAUSE)) as unhurried,
        asyncio.Runner() as runner,
    ):
        app = make_gateway(Path(folder), redis_url, address)
        from app.ai.service import gateway, prompts
        from app.coach import service as coach

        assert coach.answer  # the slice has registered its prompt
        system = f"{prompts.prompt('coach').text}\n\n{gateway.RULES.strip()}"
        clients = make_clients(address)
        lines = []
        for provider, model in MODELS.items():
            use_order(model)

            async def bare(provider: str = provider, model: str = model) -> int:
                ask, client = ASKED[provider], clients[provider]
                return sum([await ask(client, model, system) for _ in range(CALLS)])

            def reference(bare: Any = bare) -> int:
                return int(runner.run(bare()))

            assert ours() == reference() > 0
            mine, theirs = time_pair(ours, reference, RUNS)
            with without_rows():
                asking, again = time_pair(ours, reference, RUNS)
            print(
                f"{provider}: {mine / CALLS * 1e3:.1f} ms through the gateway, without its rows "
                f"{asking / CALLS * 1e3:.1f} ms, {theirs / CALLS * 1e3:.1f} ms by the bare SDK"
            )
            lines.append((f"gateway-{provider}", mine / theirs))
            lines.append((f"gateway-asking-{provider}", asking / again))
        app.config.update(settings(unhurried))
        clients = make_clients(unhurried)
        for provider, model in MODELS.items():
            use_order(model)

            async def once(provider: str = provider, model: str = model) -> int:
                return await ASKED[provider](clients[provider], model, system)

            mine, theirs = wait_pair(ask_once, lambda once=once: int(runner.run(once())))
            print(f"{provider}: {mine:.3f} s to wait through the gateway, {theirs:.3f} s bare")
            lines.append((f"gateway-wait-{provider}", mine / theirs))
    print(f"all of it took {time.monotonic() - began:.0f} s")
    for name, ratio in lines:
        print_ratio(name, ratio, GOAL)


if __name__ == "__main__":
    main()
