"""One request of a model with its tools, streamed: what the worker calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_ai import Agent, BinaryContent
from pydantic_ai import Tool as AgentTool
from pydantic_ai.exceptions import (
    FallbackExceptionGroup,
    ModelAPIError,
    ModelHTTPError,
    ModelRetry,
    UnexpectedModelBehavior,
    UsageLimitExceeded,
)
from pydantic_ai.messages import (
    FunctionToolCallEvent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    UserPromptPart,
)
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import UsageLimits

from app.ai.clients import building
from app.ai.clients.metered import LeftAloneError, MeteredModel
from app.ai.errors import AnswerError, ModelAwayError, StoppedError
from app.ai.rules import breaking
from app.ai.rules.catalogue import Task
from app.ai.schemas import Ask, Tool, ToolCall
from app.core.errors import AppError
from app.core.i18n import gettext

TELL_SECONDS = 0.15


class Reached(NamedTuple):
    """A model that may be asked, and the key to ask it with."""

    name: str
    key: str


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
        self._made: list[ToolCall] = []
        self._text, self._told_at = "", 0.0
        asked = [
            MeteredModel(
                building.make_model(one.name, one.key),
                one.name,
                request.run_id,
                request.task.longest_answer,
            )
            for one in request.models
        ]
        self._agent: Agent[None, Any] = Agent(
            FallbackModel(asked[0], *asked[1:]) if len(asked) > 1 else asked[0],
            output_type=request.ask.output or str,
            instructions=request.instructions,
            tools=[self._tool(tool) for tool in request.ask.tools],
            retries=1,
        )

    async def run(self) -> Answer:
        try:
            async with asyncio.timeout(self._task.seconds):
                done = await self._agent.run(
                    [
                        self._ask.text,
                        *(
                            BinaryContent(one.content, media_type=one.media_type)
                            for one in self._ask.images
                        ),
                    ],
                    message_history=_history(self._ask),
                    model_settings=ModelSettings(max_tokens=self._task.longest_answer),
                    usage_limits=UsageLimits(
                        request_limit=self._task.rounds, tool_calls_limit=self._task.tool_calls
                    ),
                    event_stream_handler=self._hear,
                )
        except (UnexpectedModelBehavior, UsageLimitExceeded, ValidationError) as error:
            message = gettext("The model's answer could not be used. Ask again.")
            raise AnswerError(message, reason=type(error).__name__) from error
        except TimeoutError as error:
            raise _away("timeout") from error
        except (ModelAPIError, FallbackExceptionGroup) as error:
            raise _away(_reason(error)) from error
        text = done.output if isinstance(done.output, str) else ""
        data = done.output if isinstance(done.output, BaseModel) else None
        return Answer(text, data, tuple(self._made))

    async def _hear(self, _context: Any, events: Any) -> None:
        async for event in events:
            if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
                self._text = event.part.content
                self._tell("")
            elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
                self._text += event.delta.content_delta
                self._tell("")
            elif isinstance(event, FunctionToolCallEvent):
                self._told_at = 0.0
                self._tell(event.part.tool_name)

    def _tell(self, doing: str) -> None:
        now = time.monotonic()
        if now - self._told_at < TELL_SECONDS:
            return
        self._told_at = now
        if self._on_text(self._text, doing):
            raise StoppedError(gettext("Stopped."))

    def _tool(self, tool: Tool) -> AgentTool[None]:
        async def call(**arguments: Any) -> Any:
            try:
                checked = tool.arguments.model_validate(arguments)
                result = tool.run(checked)
            except ValidationError as error:
                told = "; ".join(
                    f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
                )
                self._made.append(ToolCall(tool.name, arguments, None, told))
                raise ModelRetry(told) from error
            except AppError as error:
                self._made.append(ToolCall(tool.name, arguments, None, error.message))
                return {"error": error.message}
            self._made.append(ToolCall(tool.name, checked.model_dump(mode="json"), result))
            return result

        return AgentTool.from_schema(
            call, tool.name, tool.description, tool.arguments.model_json_schema()
        )


def _history(ask: Ask) -> list[ModelMessage]:
    return [
        ModelRequest(parts=[UserPromptPart(turn.text)])
        if turn.by == "member"
        else ModelResponse(parts=[TextPart(turn.text)])
        for turn in ask.history
    ]


def _reason(error: BaseException) -> str:
    if isinstance(error, FallbackExceptionGroup):
        reasons = [_reason(one) for one in error.exceptions]
        return next((one for one in reasons if one != "left_alone"), "left_alone")
    if isinstance(error, LeftAloneError):
        return "left_alone"
    return breaking.reason_of(error.status_code if isinstance(error, ModelHTTPError) else None)


def _away(reason: str) -> ModelAwayError:
    message = gettext("No model could answer at the moment. Try again in a minute.")
    return ModelAwayError(message, reason=reason)
