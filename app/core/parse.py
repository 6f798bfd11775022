"""Reading what a client sent: JSON and forms into pydantic models, faults into one clear error."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel
from pydantic import ValidationError as PydanticError

from app.core.errors import MediaTypeError, ValidationError
from app.core.faults import told
from app.core.i18n import gettext

Model = TypeVar("Model", bound=BaseModel)


class Sent(dict[str, Any]):
    """The object of a JSON body: unlike a form it knows numbers, so no text stands for one."""


def parse(model: type[Model], data: Any) -> Model:
    """Return `data` as `model`; ValidationError names the first wrong field and lists all."""
    try:
        found = model.model_validate(data)
    except PydanticError as error:
        raise _wrong(error.errors(include_url=False, include_input=False)) from error
    if isinstance(data, Sent) and (faults := _not_numbers(found, data)):
        raise _wrong(faults)
    return found


def _wrong(found: Sequence[Mapping[str, Any]]) -> ValidationError:
    faults = [
        {"pointer": "/" + "/".join(str(part) for part in fault["loc"]), "detail": told(fault)}
        for fault in found
    ]
    first = faults[0]
    field = first["pointer"].lstrip("/")
    message = f"{field}: {first['detail']}" if field else first["detail"]
    return ValidationError(message, errors=faults)


def _not_numbers(found: BaseModel, data: Sent) -> list[dict[str, Any]]:
    """Return the fields that are whole numbers by now, and were sent as a text or as yes or no."""
    return [
        {"loc": (name,), "type": "int_type", "msg": "Input should be a valid integer"}
        for name, facts in type(found).model_fields.items()
        if type(getattr(found, name)) is int
        and isinstance(data.get(facts.alias or name), str | bool)
    ]


def json_body(*, numbers_as_text: bool = False) -> Any:
    """Return the request's JSON; ValidationError for a repeated key or NaN, MediaTypeError else.

    Numbers with a fraction become decimals, so that no digit is lost and none passes for a text;
    `numbers_as_text` leaves them as they were sent, for who reads each item by itself.
    """
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if not request.is_json or charset not in {"utf-8", "utf8"}:
        message = gettext("Send the body as JSON in UTF-8 with Content-Type: application/json.")
        raise MediaTypeError(message, errors=[{"pointer": "/Content-Type", "detail": message}])
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        message = gettext("Send the body as it is: compressed ones are not read.")
        raise MediaTypeError(message, errors=[{"pointer": "/Content-Encoding", "detail": message}])
    try:
        found = json.loads(
            request.get_data().decode(),
            object_pairs_hook=_unique_keys,
            parse_float=str if numbers_as_text else Decimal,
            parse_constant=_no_constant,
        )
        return Sent(found) if isinstance(found, dict) else found
    except UnicodeDecodeError as error:
        message = gettext("The body is not valid UTF-8.")
        raise ValidationError(message) from error
    except (ValueError, RecursionError) as error:
        message = gettext("The body is not valid JSON: %(error)s.", error=str(error)[:200])
        raise ValidationError(message) from error


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        message = gettext("the key '%(name)s' is there twice", name=twice[:100])
        raise ValueError(message)
    return found


def _no_constant(name: str) -> Any:
    message = gettext("%(name)s is not a number in JSON", name=name)
    raise ValueError(message)
