"""A model that holds money back before each call and settles after it, whatever happens between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic_ai.exceptions import ModelAPIError, ModelHTTPError
from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage
from pydantic_core import to_json

from app.ai.rules import breaking
from app.ai.schemas import TokenUse
from app.ai.service import calls

RETRIED = ("rate_limited", "overloaded")
LONGEST_WAIT = 4.0
USUAL_WAIT = 0.5


class LeftAloneError(ModelAPIError):
    """The model's breaker is open: the next one is asked without waiting."""


class CutError(ModelAPIError):
    """The connection ended as if all were said, and it was not."""


class MeteredModel(WrapperModel):
    """A model of the catalogue as one run asks it; `tools_size` is what its tools add to a request."""

    def __init__(
        self, model: Model, name: str, run_id: int, longest_answer: int, tools_size: int = 0
    ) -> None:
        super().__init__(model)
        self._name, self._run_id, self._longest = name, run_id, longest_answer
        self._tools_size = tools_size

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        *args: Any,
        **kwargs: Any,
    ) -> AsyncIterator[StreamedResponse]:
        """Ask for an answer bit by bit; a stream that has begun is not asked for again."""
        for attempt in (0, 1):
            has_begun = False
            try:
                async with (
                    self._call(messages) as call,
                    super().request_stream(
                        messages, model_settings, model_request_parameters, *args, **kwargs
                    ) as stream,
                ):
                    has_begun = True
                    call.stream = stream
                    yield stream
                    call.used = _tokens(stream.usage)
            except ModelHTTPError as error:
                if has_begun:
                    raise
                await self._pause(error, attempt)
            else:
                return

    @asynccontextmanager
    async def _call(self, messages: list[ModelMessage]) -> AsyncIterator[_Call]:
        if calls.is_open(self._name, self._run_id):
            message = "left alone after failures"
            raise LeftAloneError(self._name, message)
        characters, images = _measure(messages)
        size = calls.Size(characters + self._tools_size, images, self._longest)
        held = calls.reserve(self._run_id, self._name, size)
        call = _Call()
        try:
            yield call
        except BaseException as error:
            reason, may_have_cost = _judge(error, call)
            calls.fail(held.call_id, reason, may_have_cost=may_have_cost)
            raise
        calls.settle(held.call_id, call.used)

    async def _pause(self, error: ModelHTTPError, attempt: int) -> None:
        """Wait as long as the provider wants where that is short; else let the next model try."""
        wait = _wanted_wait(error)
        if attempt or breaking.reason_of(error.status_code) not in RETRIED or wait > LONGEST_WAIT:
            raise error
        await asyncio.sleep(wait)


class _Call:
    """What becomes known of a call while it is made."""

    def __init__(self) -> None:
        self.used: TokenUse | None = None
        self.stream: StreamedResponse | None = None


def _judge(error: BaseException, call: _Call) -> tuple[str, bool]:
    """Return our word for why a call failed, and whether the provider may charge for it."""
    if isinstance(error, ModelHTTPError):
        # An error inside a stream that had begun comes after tokens were made.
        return breaking.reason_of(error.status_code), call.stream is not None
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return "stopped", True
    if isinstance(error, TimeoutError):
        return "timeout", True
    if isinstance(error, ModelAPIError):
        return ("cut" if call.stream is not None else "away"), True
    return "unusable", True


def _wanted_wait(error: ModelHTTPError) -> float:
    told = (error.headers or {}).get("retry-after", "")
    try:
        return max(0.0, float(told))
    except ValueError:
        return USUAL_WAIT


def _tokens(used: RequestUsage) -> TokenUse:
    return TokenUse(used.input_tokens, used.cache_read_tokens, used.output_tokens)


def _measure(messages: list[ModelMessage]) -> tuple[int, int]:
    """Return how much text and how many pictures messages hold.

    Text is measured in bytes: outside of ASCII a character may be several tokens.
    """
    images = [
        one
        for message in messages
        if isinstance(message, ModelRequest)
        for part in message.parts
        if isinstance(part, UserPromptPart) and not isinstance(part.content, str)
        for one in part.content
        if isinstance(one, BinaryContent)
    ]
    instructions = next(
        (one.instructions for one in reversed(messages) if isinstance(one, ModelRequest)), None
    )  # those of the last one are sent
    return sum(map(_length, messages)) + _bytes(instructions or ""), len(images)


def _length(message: ModelMessage) -> int:
    found = 0
    for part in message.parts:
        content = getattr(part, "content", None)
        if isinstance(content, str):
            found += _bytes(content)
        elif isinstance(content, list | tuple):
            found += sum(_bytes(one) for one in content if isinstance(one, str))
        elif content is not None:
            found += len(to_json(content))
        arguments = getattr(part, "args", None)
        if arguments is not None:
            found += _bytes(arguments) if isinstance(arguments, str) else len(to_json(arguments))
    return found


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
