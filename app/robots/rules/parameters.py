"""A robot's parameters from their schema alone: checked without running the robot's code.

Only what a form can show is allowed: whole numbers and numbers with a range, yes or no, and a
choice of texts, each with a title and a default.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from app.core.i18n import gettext
from app.robots.errors import OrderError, ParameterError, PluginError

LIMITS = {"minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt"}
MAX_FIELDS = 30
MAX_TITLE = 120


class Values(BaseModel):
    """The base of parameters that were checked."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    ordered: ClassVar[tuple[tuple[str, str], ...]] = ()


def model_of(schema: Mapping[str, Any]) -> type[Values]:
    """Return a model that checks what the schema says.

    Raises:
        PluginError: a parameter has no title, default or range, or is of another kind.
    """
    return _model_of(json.dumps(schema))


@lru_cache(maxsize=512)
def _model_of(text: str) -> type[Values]:
    schema = json.loads(text)
    properties = schema.get("properties", {})
    if not isinstance(properties, dict) or len(properties) > MAX_FIELDS:
        _refuse("Parameters", f"at most {MAX_FIELDS} fields")
    fields = {name: _field(name, facts) for name, facts in properties.items()}
    model: type[Values] = create_model("Values", __base__=Values, **fields)
    model.ordered = _ordered(schema.get("ordered", []), fields)
    return model


def _ordered(pairs: Any, fields: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    found = tuple((str(small), str(large)) for small, large in pairs)
    for name in {name for pair in found for name in pair} - set(fields):
        _refuse(name, "ORDERED names a field that is not there")
    return found


def _field(name: str, facts: Any) -> Any:
    if not isinstance(facts, dict) or "default" not in facts:
        _refuse(name, "needs a default")
    title = facts.get("title")
    if not isinstance(title, str) or not 0 < len(title) <= MAX_TITLE:
        _refuse(name, f"needs a title of at most {MAX_TITLE} characters")
    kind, limits = _kind(name, facts)
    return (kind, Field(default=facts["default"], title=title, validate_default=True, **limits))


def _kind(name: str, facts: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    kind = facts.get("type")
    if kind == "boolean":
        return bool, {}
    if kind in {"integer", "number"}:
        limits = {word: facts[key] for key, word in LIMITS.items() if key in facts}
        if not {"ge", "gt"} & set(limits) or not {"le", "lt"} & set(limits):
            _refuse(name, "needs a range: Field(…, ge=…, le=…)")
        return (int if kind == "integer" else float), limits
    choices = facts.get("enum")
    if kind == "string" and isinstance(choices, list) and choices:
        return Annotated[Literal[tuple(choices)], BeforeValidator(str)], {}
    return _refuse(name, "must be int, float, bool or a Literal of texts")


def _refuse(name: str, reason: str) -> NoReturn:
    message = f"robot.py, {name}: {reason}"
    raise PluginError(message, field=name)


def parse(schema: Mapping[str, Any], given: Mapping[str, Any]) -> Values:
    """Return the parameters that somebody typed, with defaults for the rest.

    Raises:
        ParameterError: names the first field that is wrong, and its range.
        OrderError: two fields are right, but not together.
    """
    model = model_of(schema)
    try:
        values = model.model_validate(dict(given))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in fault["loc"])
        raise ParameterError(_told(model, name, given.get(name), fault), field=name) from error
    for small, large in model.ordered:
        if not getattr(values, small) < getattr(values, large):
            message = gettext(
                "setting %(small)s=%(value)s: must be smaller than %(large)s=%(other)s",
                small=small,
                value=getattr(values, small),
                large=large,
                other=getattr(values, large),
            )
            raise OrderError(message, field=small)
    return values


def _told(model: type[Values], name: str, value: Any, fault: Any) -> str:
    if fault["type"] == "extra_forbidden":
        names = ", ".join(model.model_fields)
        return gettext("there is no setting %(name)s; there are %(names)s", name=name, names=names)
    text = f"setting {name}={str(value)[:60]}: {fault['msg']}"
    allowed = range_of(model, name)
    return f"{text} ({allowed})" if allowed else text


def range_of(model: type[BaseModel], name: str) -> str:
    """Return the range of a field in words: "from 1 to 5000"."""
    words = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}
    limits = model.model_fields[name].metadata
    return " ".join(
        f"{text} {getattr(limit, word):g}"
        for word, text in words.items()
        for limit in limits
        if hasattr(limit, word)
    )
