"""Which choices of parameters a search tries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.quant import search
from app.robots.errors import OrderError, ParameterError
from app.robots.service import plugins
from app.robots.service.choosing import Chosen, choose

MOST_TRIES = 500
FIELD = "search/grid"


def tries_of(
    plugin_id: str, fixed: Mapping[str, Any], grid: Mapping[str, Sequence[Any]]
) -> list[Chosen]:
    """Return a robot with each combination of values, the last name's changing fastest.

    Combinations that do not go together (a fast average that is not the faster one) are left
    out, and what comes to the same stands there once.

    Raises:
        RobotNotFoundError: there is no such robot.
        ParameterError: a parameter is unknown or out of range; it is named.
        ValidationError: there are more than 500 combinations, or none.
    """
    _check_count(grid)
    robot = plugins.get_plugin(plugin_id)
    found: dict[bytes, dict[str, Any]] = {}
    for combination in search.grid(grid):
        given = {**fixed, **combination}
        try:
            values = plugins.check_parameters(robot, given).model_dump(mode="json")
        except OrderError:
            continue
        except ParameterError as error:
            where = f"{FIELD}/{error.field}" if error.field in grid else f"parameters/{error.field}"
            raise ParameterError(error.message, field=where) from error
        found.setdefault(orjson.dumps(values), values)
    if not found:
        message = gettext("search: none of these values go together; look at their order")
        raise ValidationError(message, field=FIELD)
    first, *others = found.values()
    one = choose(plugin_id, first)
    return [one, *(one._replace(parameters=values) for values in others)]


def _check_count(grid: Mapping[str, Sequence[Any]]) -> None:
    count = math.prod(len(values) for values in grid.values())
    if count > MOST_TRIES:
        message = gettext(
            "search: %(count)s combinations are too many, at most %(most)s are tried; "
            "take fewer values",
            count=count,
            most=MOST_TRIES,
        )
        raise ValidationError(message, field=FIELD)
