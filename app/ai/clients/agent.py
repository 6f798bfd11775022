"""One request of a model with its tools, streamed: what the worker calls.

A loop of our own over pydantic-ai's direct requests: a round asks a model and makes the calls that
it wants, until it answers. The library's agent would do the same with a graph of steps, at three
times the CPU time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_ai import BinaryContent
from pydantic_ai.direct import model_request_stream
from pydantic_ai.exceptions import ModelAPIError, ModelHTTPError, UnexpectedModelBehavior
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolCallPart,
    UserPromptPart,
)
from pydantic_ai.settings import ModelSettings

from app.ai.clients import building, tooling
from app.ai.clients.metered import CutError, LeftAloneError, MeteredModel
from app.ai.errors import BudgetError, ModelAwayError, StoppedError
from app.ai.rules import breaking
from app.ai.rules.catalogue import Task
from app.ai.schemas import Ask, Reached, ToolCall
from app.core.i18n import gettext

TELL_SECONDS = 0.15
GARBAGE = (
    UnexpectedModelBehavior, ValueError, TypeError, LookupError, AttributeError, AssertionError,
    RecursionError,
)  # fmt: skip
"""What the libraries raise where a provider sends what its own description does not allow."""


class Answer(NamedTuple):
    """What a model said, and what it looked up."""

    text: str
    data: BaseModel | None
    tool_calls: tuple[ToolCall, ...]


def answer(
    ask: Ask,
    task: Task,
    run_id: int,
    instructions: str,
    models: Sequence[Reached],
    on_text: Callable[[str, str], bool],
) -> Answer:
    """Ask the models in turn until one has answered.

    `on_text` is told what the answer says so far and which tool is being asked; it returns whether
    the answer is to be ended.

    Raises:
        BudgetError, ModelAwayError, AnswerError, StoppedError.
    """
    request = _Request(ask, task, run_id, instructions, models, on_text)
    found: Answer = building.run(_Asking(request).run())
    return found


class _Request(NamedTuple):
    ask: Ask
    task: Task
    run_id: int
    instructions: str
    models: Sequence[Reached]
    on_text: Callable[[str, str], bool]


class _Asking:
    def __init__(self, request: _Request) -> None:
        self._ask, self._task, self._on_text = request.ask, request.task, request.on_text
        self._instructions = request.instructions
        self._text, self._told_at = "", 0.0
        self._tools = tooling.Toolbox(request.ask, request.task.tool_calls, self._asks_tool)
        self._parameters = tooling.parameters(request.ask)
        self._settings = ModelSettings(max_tokens=request.task.longest_answer)
        size = tooling.size_of(self._parameters)
        self._models = [
            MeteredModel(
                building.make_model(one.name, one.key),
                one.name,
                request.run_id,
                request.task.longest_answer,
                size,
            )
            for one in request.models
        ]

    async def run(self) -> Answer:
        try:
            async with asyncio.timeout(self._task.seconds):
                return await self._rounds()
        except TimeoutError as error:
            raise _away("timeout") from error

    async def _rounds(self) -> Answer:
        messages = [*_history(self._ask), self._question()]
        is_empty = False
        for _ in range(self._task.rounds):
            response = self._tools.with_own_ids(await self._one_of_the_models(messages))
            calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
            text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
            if calls:
                messages += [response, self._next(self._tools.do(calls))]
            elif response.finish_reason == "content_filter":
                raise tooling.unusable("refused")
            elif self._ask.output is None and text.strip():
                return Answer(text, None, tuple(self._tools.made))
            elif is_empty:
                raise tooling.unusable("empty")
            else:
                is_empty = True  # it is asked the same once more
            if self._tools.data is not None:
                return Answer("", self._tools.data, tuple(self._tools.made))
        raise tooling.unusable("too_many_rounds")

    async def _one_of_the_models(self, messages: list[ModelMessage]) -> ModelResponse:
        """Return the answer of the first model that gives one; those before it are asked no more.

        One that could cost more than is left of the request makes room for a cheaper one.
        """
        failed: list[Exception] = []
        refused: list[BudgetError] = []
        while self._models:
            try:
                return await self._stream(self._models[0], messages)
            except (ModelAPIError, *GARBAGE) as error:
                failed.append(error)
            except BudgetError as error:
                if error.scope != "request":
                    raise
                refused.append(error)
            del self._models[0]
        if refused and not failed:
            raise refused[0]
        if failed and all(isinstance(error, GARBAGE) for error in failed):
            raise tooling.unusable("unusable") from failed[-1]
        reasons = [_reason(error) for error in failed]
        raise _away(
            next((one for one in reasons if one != "left_alone"), "left_alone")
        ) from failed[-1]

    async def _stream(self, model: MeteredModel, messages: list[ModelMessage]) -> ModelResponse:
        self._text = ""
        opened = model_request_stream(
            model,
            messages,
            model_settings=self._settings,
            model_request_parameters=self._parameters,
        )
        async with opened as stream:
            async for event in stream:
                if isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
                    self._text += event.delta.content_delta
                elif isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
                    self._text += event.part.content
                else:
                    continue
                self._tell("")
            response = stream.get()
            if response.finish_reason is None and not _told_an_end(response):
                raise CutError(model.model_name, "ended without an end")
            return response

    def _question(self) -> ModelRequest:
        images = [BinaryContent(one.content, media_type=one.media_type) for one in self._ask.images]
        part = UserPromptPart([self._ask.text, *images] if images else self._ask.text)
        return self._next(ModelRequest(parts=[part]))

    def _next(self, request: ModelRequest) -> ModelRequest:
        request.instructions = self._instructions
        return request

    def _asks_tool(self, name: str) -> None:
        self._told_at = 0.0
        self._tell(name)

    def _tell(self, doing: str) -> None:
        now = time.monotonic()
        if now - self._told_at < TELL_SECONDS:
            return
        self._told_at = now
        if self._on_text(self._text, doing):
            raise StoppedError(gettext("Stopped."))


def _history(ask: Ask) -> list[ModelMessage]:
    return [
        ModelRequest(parts=[UserPromptPart(turn.text)])
        if turn.by == "member"
        else ModelResponse(parts=[TextPart(turn.text)])
        for turn in ask.history
    ]


def _told_an_end(response: ModelResponse) -> Any:
    """Whether a provider ended an answer for a reason that the library has no word for."""
    return (response.provider_details or {}).get("finish_reason")


def _reason(error: Exception) -> str:
    if isinstance(error, LeftAloneError):
        return "left_alone"
    if isinstance(error, CutError):
        return "cut"
    if isinstance(error, GARBAGE):
        return "unusable"
    return breaking.reason_of(error.status_code if isinstance(error, ModelHTTPError) else None)


def _away(reason: str) -> ModelAwayError:
    message = gettext("No model could answer at the moment. Try again in a minute.")
    return ModelAwayError(message, reason=reason)
