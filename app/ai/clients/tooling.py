"""Tools as models see them, and running what they ask for: checked, counted, never trusted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_ai.messages import ModelRequest, ModelResponse, ToolCallPart, ToolReturnPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import ToolDefinition
from pydantic_core import to_json

from app.ai.errors import AnswerError
from app.ai.schemas import Ask, Tool, ToolCall
from app.core.errors import AppError
from app.core.i18n import gettext

OUTPUT = "final_result"
"""The tool by which a model hands over a structured answer."""
MOST_MISTAKES = 1
"""Wrong calls of one tool that a model may correct."""
KEPT_SCHEMAS = 256


@lru_cache(maxsize=KEPT_SCHEMAS)
def _schema(arguments: type[BaseModel]) -> dict[str, Any]:
    return arguments.model_json_schema()


def parameters(ask: Ask) -> ModelRequestParameters:
    """Return what a request tells a model of tools and of the form of its answer."""
    tools = [
        ToolDefinition(
            name=tool.name,
            parameters_json_schema=_schema(tool.arguments),
            description=tool.description,
        )
        for tool in ask.tools
    ]
    if ask.output is None:
        return ModelRequestParameters(function_tools=tools)
    output = ToolDefinition(
        name=OUTPUT,
        parameters_json_schema=_schema(ask.output),
        description="Hand over the answer.",
        kind="output",
    )
    return ModelRequestParameters(
        function_tools=tools, output_tools=[output], output_mode="tool", allow_text_output=False
    )


def size_of(asked: ModelRequestParameters) -> int:
    """Return how much of a request its tools are."""
    return sum(
        len(tool.name) + len(tool.description or "") + len(to_json(tool.parameters_json_schema))
        for tool in (*asked.function_tools, *asked.output_tools)
    )


class Toolbox:
    """The tools of one request, and what was asked of them."""

    def __init__(self, ask: Ask, most_calls: int, on_call: Callable[[str], None]) -> None:
        self.made: list[ToolCall] = []
        self.data: BaseModel | None = None
        """The structured answer, once a model has handed over a good one."""
        self._tools = {tool.name: tool for tool in ask.tools}
        self._output, self._left, self._on_call = ask.output, most_calls, on_call
        self._mistakes: dict[str, int] = {}
        self._ids: set[str] = set()

    def with_own_ids(self, response: ModelResponse) -> ModelResponse:
        """Return an answer in which no two calls have one id: providers refuse such a history."""
        if not response.tool_calls:
            return response
        parts = [
            self._with_own_id(part) if isinstance(part, ToolCallPart) else part
            for part in response.parts
        ]
        return dataclasses.replace(response, parts=parts)

    def _with_own_id(self, call: ToolCallPart) -> ToolCallPart:
        if call.tool_call_id in self._ids:
            call = dataclasses.replace(call, tool_call_id=f"call_{len(self._ids)}_again")
        self._ids.add(call.tool_call_id)
        return call

    def do(self, calls: Sequence[ToolCallPart]) -> ModelRequest:
        """Make the calls of one answer and return what a model is told.

        Raises:
            AnswerError: a model calls more tools than it may, or the same one wrongly again.
        """
        told = []
        for call in calls:
            result = self._output_of(call) if call.tool_name == OUTPUT else self._one(call)
            told.append(ToolReturnPart(call.tool_name, result, call.tool_call_id))
        return ModelRequest(parts=told)

    def _one(self, call: ToolCallPart) -> Any:
        self._left -= 1
        if self._left < 0:
            raise unusable("too_many_tools")
        tool = self._tools.get(call.tool_name)
        if tool is None:
            return self._wrong(call, {}, "There is no such tool.")
        self._on_call(tool.name)
        try:
            checked = tool.arguments.model_validate(call.args_as_dict(raise_if_invalid=True))
        except ValidationError as error:
            return self._wrong(call, call.args_as_dict(), _told(error))
        except (ValueError, AssertionError):
            return self._wrong(call, {}, "The arguments are no JSON object.")
        return self._run(tool, checked)

    def _run(self, tool: Tool, checked: BaseModel) -> Any:
        arguments = checked.model_dump(mode="json")
        try:
            result = tool.run(checked)
        except AppError as error:
            self.made.append(ToolCall(tool.name, arguments, None, error.message))
            return {"error": error.message}
        self.made.append(ToolCall(tool.name, arguments, result))
        return result

    def _output_of(self, call: ToolCallPart) -> Any:
        if self._output is None:
            return self._wrong(call, {}, "There is no such tool.")
        try:
            found = self._output.model_validate(call.args_as_dict(raise_if_invalid=True))
        except ValidationError as error:
            return self._wrong(call, {}, _told(error))
        except (ValueError, AssertionError):
            return self._wrong(call, {}, "The arguments are no JSON object.")
        if self.data is None:
            self.data = found
        return "ok"

    def _wrong(self, call: ToolCallPart, arguments: dict[str, Any], told: str) -> Any:
        name = call.tool_name
        if name in self._tools:
            self.made.append(ToolCall(name, arguments, None, told))
        self._mistakes[name] = self._mistakes.get(name, 0) + 1
        if self._mistakes[name] > MOST_MISTAKES:
            raise unusable("wrong_arguments")
        return {"error": told, "fix": "Correct the arguments and call the tool again."}


def unusable(reason: str) -> AnswerError:
    """Return the error for an answer that cannot be used."""
    message = gettext("The model's answer could not be used. Ask again.")
    return AnswerError(message, reason=reason)


def _told(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:10]
    )
