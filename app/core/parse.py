"""Reading what a client sent: JSON and forms into pydantic models, faults into one clear error."""

from __future__ import annotations

from typing import Any, TypeVar

import orjson
from flask import request
from pydantic import BaseModel
from pydantic import ValidationError as PydanticError

from app.core.errors import ValidationError

Model = TypeVar("Model", bound=BaseModel)


def parse(model: type[Model], data: Any) -> Model:
    """Return `data` as `model`; ValidationError names the first wrong field and lists all."""
    try:
        return model.model_validate(data)
    except PydanticError as error:
        faults = [
            {"pointer": "/" + "/".join(str(part) for part in fault["loc"]), "detail": fault["msg"]}
            for fault in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        first = faults[0]
        field = first["pointer"].lstrip("/")
        message = f"{field or 'The body'}: {first['detail']}"
        raise ValidationError(message, errors=faults) from error


def json_body() -> Any:
    """Return the request's JSON; ValidationError when it is not JSON in UTF-8."""
    if not request.is_json:
        message = "Send the body as JSON with Content-Type: application/json."
        raise ValidationError(message, field="Content-Type")
    try:
        return orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        message = f"The body is not valid JSON: {error}."
        raise ValidationError(message) from error
