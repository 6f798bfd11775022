"""Turning the source of a robot into its class, inside the walls."""

from __future__ import annotations

import sys
from functools import lru_cache
from types import CodeType, ModuleType
from typing import Any

from pydantic import ValidationError

from app.quant.robot import Parameters, Robot
from app.robots.host.child import walls

NAME = "robot"


class NoRobotError(Exception):
    """The source holds no robot that could be used; the message says what is missing."""


def load(source: str) -> type[Robot]:
    """Run the source in a module of its own and return its one robot class.

    Raises:
        NoRobotError: it has none or several, or a parameter lacks its range or title.
    """
    # dataclasses and pydantic look their module up by its name.
    module = sys.modules[NAME] = ModuleType(NAME)
    vars(module)["__builtins__"] = walls.robot_builtins()
    exec(_compiled(source), vars(module))  # noqa: S102 - what the walls are for
    found = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Robot) and each.__module__ == NAME
    ]
    if len(found) != 1:
        message = f"robot.py defines {len(found)} subclasses of Robot: it must be one"
        raise NoRobotError(message)
    parameters: Any = found[0].Parameters
    if not (isinstance(parameters, type) and issubclass(parameters, Parameters)):
        message = "Parameters must be a subclass of app.quant.robot.Parameters"
        raise NoRobotError(message)
    return found[0]


@lru_cache(maxsize=64)
def _compiled(source: str) -> CodeType:
    return compile(source, "robot.py", "exec")


def describe(source: str, symbols: list[str]) -> dict[str, Any]:
    """Return what pages need to know of a robot: its parameters and how many bars it needs."""
    kind = load(source)
    try:
        robot = kind(kind.Parameters(), tuple(symbols))
    except ValidationError as error:
        message = f"the defaults of Parameters do not hold: {first_fault(error)}"
        raise NoRobotError(message) from error
    return {"schema": kind.Parameters.model_json_schema(), "lookback": robot.lookback}


def make(source_class: type[Robot], parameters: dict[str, Any], symbols: list[str]) -> Robot:
    """Return a robot with its parameters.

    Raises:
        NoRobotError: a parameter is wrong; the message names it.
    """
    try:
        return source_class(source_class.Parameters.model_validate(parameters), tuple(symbols))
    except ValidationError as error:
        raise NoRobotError(first_fault(error)) from error


def first_fault(error: ValidationError) -> str:
    """Return the first fault as one line that names the field."""
    fault = error.errors(include_url=False, include_context=False)[0]
    name = ".".join(str(part) for part in fault["loc"])
    return f"{name}: {fault['msg']}" if name else fault["msg"]
