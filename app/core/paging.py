"""Pages of lists: opaque cursors that only we can make, and one shape for every list.

A cursor names the place after which the next page begins, in the list's own stable order. It is
authenticated, so that a made-up place never reaches a query.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from flask import Response, current_app, request
from pydantic import BaseModel, Field, computed_field
from pydantic_core import core_schema

from app.core import security
from app.core.errors import ValidationError
from app.core.http import json_response
from app.core.i18n import gettext

MAC_BYTES = 16
MAX_CURSOR = 200
CURSOR_SCHEMA = {
    "type": "string",
    "pattern": f"^[A-Za-z0-9_=-]{{1,{MAX_CURSOR}}}$",
    "description": "`next_cursor` of the page before; left out for the first page.",
}
NextCursor = Annotated[
    str | None,
    Field(description="Give it back as `cursor` for the next page; null on the last one."),
]


class Page(BaseModel):
    """What every page of a list holds beside its items."""

    next_cursor: NextCursor

    @computed_field  # type: ignore[prop-decorator]
    @property
    def has_more(self) -> bool:
        """Whether there is a further page."""
        return self.next_cursor is not None


def seal(kind: str, place: Any) -> str:
    """Return the cursor of `place`, which is JSON-able; good only for lists of `kind`."""
    raw = orjson.dumps(place)
    return base64.urlsafe_b64encode(_mac(kind, raw) + raw).decode().rstrip("=")


def unseal(kind: str, text: str) -> Any:
    """Return the place that a cursor names; ValidationError when we did not make it."""
    try:
        sealed = base64.urlsafe_b64decode(text[:MAX_CURSOR] + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        sealed = b""
    mac, raw = sealed[:MAC_BYTES], sealed[MAC_BYTES:]
    if not raw or not hmac.compare_digest(mac, _mac(kind, raw)):
        raise ValidationError(_refusal(), field="cursor", code="bad_cursor")
    return orjson.loads(raw)


def _mac(kind: str, raw: bytes) -> bytes:
    key = security.derived_key(str(current_app.config["SECRET_KEY"]), "cursor")
    return hmac.digest(key, kind.encode() + b"\n" + raw, "sha256")[:MAC_BYTES]


def _refusal() -> str:
    return gettext("This cursor is not one of ours.")


@dataclass(frozen=True)
class Cursor:
    """Mark of a query's field `cursor`: our text on the wire, the place itself inside."""

    kind: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Read what we sealed; a caller of ours may give the place itself."""
        return core_schema.no_info_before_validator_function(self._opened, handler(source))

    def __get_pydantic_json_schema__(self, _schema: Any, _handler: Any) -> dict[str, Any]:
        """Describe the text."""
        return dict(CURSOR_SCHEMA)

    def _opened(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return unseal(self.kind, value)
        except ValidationError as error:
            raise ValueError(error.message) from error


def page_response(body: dict[str, Any]) -> Response:
    """Return a page of a list: `items`, `next_cursor`, `has_more`, and a link to the next one."""
    cursor = body["next_cursor"]
    response = json_response({**body, "has_more": cursor is not None})
    if cursor is not None:
        following = urlencode({**request.args.to_dict(), "cursor": cursor})
        response.headers["Link"] = f'<{request.path}?{following}>; rel="next"'
    return response
