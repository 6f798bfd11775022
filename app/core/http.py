"""The edge of HTTP: transactions around writing requests, errors, ETags, headers."""

from __future__ import annotations

import hashlib
import re
import traceback
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from flask import Flask, Response, current_app, g, make_response, render_template
from htmx_flask import Htmx, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import ETags
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter

from app.core import errors, headers, logbook
from app.core.auth import NOBODY, request_is_write
from app.core.db import db, transaction
from app.core.i18n import SOURCE, gettext, language
from app.core.outages import Outage, find_outage
from app.core.versions import OLDEST_PLUGIN, VERSION

log = structlog.get_logger()
View = Callable[..., Any]

STATUS = {
    errors.ValidationError: 422,
    errors.MediaTypeError: 415,
    errors.UnauthorizedError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.PreconditionFailedError: 412,
    errors.PreconditionRequiredError: 428,
    errors.TooManyError: 429,
    errors.UnavailableError: 503,
}
API_VERSION = "2026-11-27"
"""The day of the last change of the API that a program may notice; see docs/api.md."""
VERSION_TAG = re.compile(r'"(0|[1-9][0-9]{0,8})"')
"""An ETag of something that counts its changes, as the API's description has it."""
REFERENCE = 12
"""So many characters of a request's id are shown to people; enough to find it by."""


class _IdConverter(IntegerConverter):
    """A number in a path that a database can hold; a larger one names nothing, so it is 404."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max": 2**63 - 1, **options})


class _RolledBackError(Exception):
    """Ends a request's transaction without keeping its changes."""


def register(app: Flask) -> None:
    """Attach request transactions, error pages and headers."""
    Htmx(app)
    app.url_map.converters["int"] = _IdConverter
    app.before_request(_begin)
    app.before_request(_check_address)
    app.after_request(_end)
    app.teardown_request(_abandon)
    app.register_error_handler(errors.AppError, app_error_response)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected_error)


def _begin() -> None:
    g.request_id = uuid.uuid4().hex
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    if request_is_write():
        # Read the body before anything parses it: a signature covers the raw bytes.
        body = request.get_data(cache=True, parse_form_data=False)
        if request.content_length is None and len(body) >= current_app.config["MAX_CONTENT_LENGTH"]:
            # A body in pieces says no length, and the library cuts it at the limit.
            raise RequestEntityTooLarge
        view = current_app.view_functions.get(request.endpoint or "")
        if not getattr(view, "own_transactions", False):
            g.transaction = transaction()
            g.transaction.__enter__()


def own_transactions(view: View) -> View:
    """Let a view commit in steps of its own; put it above the auth decision.

    For what must stand though the answer is an error (a counted attempt), and for work that is too
    slow to be done while SQLite's only writer waits (hashing a password).
    """
    view.own_transactions = True  # type: ignore[attr-defined]
    return view


def _check_address() -> None:
    """Refuse NUL, which no database stores, and a name that is given twice."""
    if "\x00" in request.path:
        message = gettext("There is nothing at this address.")
        raise errors.NotFoundError(message)
    for name, values in request.args.lists():
        if "\x00" in name or any("\x00" in value for value in values):
            message = gettext("The query holds a NUL character.")
            raise errors.ValidationError(message, field=name.replace("\x00", ""))
        if len(values) > 1 and request.path.startswith("/api/"):
            message = gettext("%(name)s: is given twice", name=name)
            raise errors.ValidationError(message, field=name)


def _end(response: Response) -> Response:
    open_transaction = g.pop("transaction", None)
    if open_transaction is not None:
        if response.status_code < HTTPStatus.BAD_REQUEST:
            response = _commit(open_transaction, response)
        else:
            _roll_back(open_transaction)
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        _keep_in_log(response.status_code)
    headers.put_on(current_app, response)
    response.headers["X-Request-Id"] = g.get("request_id", "")
    _tell_versions(response)
    _name_language(response)
    if request.path.startswith("/api/"):
        response.headers["Api-Version"] = API_VERSION
        if request.method == "OPTIONS" and response.status_code == HTTPStatus.OK:
            response.status_code = HTTPStatus.NO_CONTENT
            del response.headers["Content-Type"]
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store, private")
    structlog.contextvars.clear_contextvars()
    return response


def _commit(open_transaction: Any, response: Response) -> Response:
    """Commit a request's transaction; an answer that did not come to stand is not given."""
    try:
        open_transaction.__exit__(None, None, None)
    except Exception as error:
        return _unexpected_error(error)
    return response


def _tell_versions(response: Response) -> None:
    """Tell a connected site ours: its plugin says when one of the two should be updated."""
    if g.get("site") is not None:
        response.headers["X-TRP-Version"] = VERSION
        response.headers["X-TRP-Oldest-Plugin"] = OLDEST_PLUGIN


def _name_language(response: Response) -> None:
    """Say in which language people read an answer, and that another may be asked for."""
    if request.path.startswith("/static/"):
        return
    response.vary.add("Accept-Language")
    if response.mimetype in {"text/html", "application/problem+json"}:
        response.headers.setdefault("Content-Language", language())


def _keep_in_log(status: int) -> None:
    """Keep what a site's administrators may need; after the request's own transaction."""
    asker = g.get("principal", NOBODY)
    site_id = asker.site_id or g.get("claimed_site_id")
    code, detail = g.get("problem", ("", ""))
    level = logbook.level_of(status, code, site_id)
    if level is None or request.path == "/healthz" or g.get("is_told"):
        return
    logbook.write(
        logbook.Line(
            level=level,
            event=code or "error",
            request_id=g.get("request_id", ""),
            route=request.url_rule.rule if request.url_rule else "",
            status=status,
            method=request.method,
            site_id=site_id,
            user_id=asker.user_id,
            detail=detail,
        )
    )


def _abandon(_error: BaseException | None) -> None:
    open_transaction = g.pop("transaction", None)
    if open_transaction is not None:
        _roll_back(open_transaction)


def _roll_back(open_transaction: Any) -> None:
    try:
        open_transaction.__exit__(_RolledBackError, _RolledBackError(), None)
    except _RolledBackError:
        return


def app_error_response(error: errors.AppError) -> Response:
    """Return what the caller reads of an error of ours."""
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    extra = dict(error.details)
    if isinstance(error, errors.ValidationError) and error.field is not None:
        extra["errors"] = [{"pointer": f"/{error.field}", "detail": error.message}]
    response = error_response(status, error.message, code=error.code, **extra)
    if "retry_after" in extra:
        response.headers["Retry-After"] = str(extra["retry_after"])
    return response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:
        return make_response(error.get_response())
    detail = _said(status) or error.description or error.name
    response = error_response(status, detail, code=error.name.lower().replace(" ", "_"))
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def _said(status: int) -> str | None:
    """Return what is wrong in our words; None for what the library says as well."""
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return gettext(
            "The upload is larger than 25 MB. Split the file, or import it on the command line."
        )
    if language() == SOURCE:
        return None
    known = {
        HTTPStatus.BAD_REQUEST: gettext("The request cannot be understood."),
        HTTPStatus.NOT_FOUND: gettext("There is nothing at this address."),
        HTTPStatus.METHOD_NOT_ALLOWED: gettext("This address does not take such a request."),
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: gettext("The body is not of a kind that is read here."),
    }
    return known.get(HTTPStatus(status))


def _unexpected_error(error: Exception) -> Response:
    outage = find_outage(error)
    if outage is not None:
        return _unavailable(outage, error)
    log.error("unexpected_error", path=request.path, exc_info=error)
    _leave_session()
    message = gettext(
        "Something went wrong on our side. Nothing was changed; try again in a minute."
    )
    response = error_response(500, message, code="internal")
    # The text of an error may quote anybody's data; its kind and place do not.
    g.problem = ("internal", f"{type(error).__name__} {_place(error)}")
    return response


def _unavailable(outage: Outage, error: Exception) -> Response:
    """Answer 503 for a failure that passes, with the time after which to come again."""
    log.error(outage.code, path=request.path, error=type(getattr(error, "orig", error)).__name__)
    _leave_session()
    response = error_response(503, str(outage.message), code=outage.code)
    response.headers["Retry-After"] = str(outage.retry_seconds)
    return response


def _leave_session() -> None:
    try:
        db.session.rollback()
    except SQLAlchemyError:
        # The connection is gone, and the transaction with it.
        db.session().invalidate()


def _place(error: Exception) -> str:
    """Return the innermost line of ours that an error passed through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/app/" in frame.filename]
    if not ours:
        return ""
    return f"at app/{ours[-1].filename.rpartition('/app/')[2]}:{ours[-1].lineno}"


def error_response(status: int, detail: str, *, code: str, **extra: Any) -> Response:
    """Return an error in the shape that the caller reads: JSON, fragment or page."""
    g.problem = (code, detail)
    if request.path.startswith("/api/") or request.path == "/healthz":
        request_id = g.setdefault("request_id", uuid.uuid4().hex)
        body = {
            "type": f"/api/docs#error-{code}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "code": code,
            "instance": f"urn:uuid:{uuid.UUID(request_id)}",
            "request_id": request_id,
            **extra,
        }
        response = make_response(orjson.dumps(body, default=str), status)
        response.content_type = "application/problem+json"
    else:
        in_page = request.path.startswith("/embed/") or bool(request.htmx)
        name = "errors/_error.html" if in_page else "errors/error.html"
        # What a member can quote to whoever reads the log.
        tells = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.FORBIDDEN
        reference = str(g.get("request_id", ""))[:REFERENCE] if tells else ""
        html = render_template(name, status=status, detail=detail, code=code, reference=reference)
        response = make_response(html, status)
        response.headers["X-TRP-Code"] = code
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="trading-robot-service"'
    return response


def json_response(body: Any, status: int = 200) -> Response:
    """Return `body` as JSON (dates, decimals as numbers only where the caller made them so)."""
    response = make_response(orjson.dumps(body, default=str), status)
    response.content_type = "application/json"
    return response


def with_etag(response: Response) -> Response:
    """Give a reading answer an ETag and answer 304 when the caller already has it."""
    return with_version(response, hashlib.sha256(response.get_data()).hexdigest()[:32])


def with_version(response: Response, version: str) -> Response:
    """Give a reading answer the ETag `version` and answer 304 when the caller already has it.

    Raises:
        PreconditionFailedError: the caller wants another version than there is.
    """
    response.set_etag(version)
    response.headers["Cache-Control"] = "no-cache, private"
    response.make_conditional(request)
    if response.status_code == HTTPStatus.PRECONDITION_FAILED:
        message = gettext("It has changed since you read it. Read it again.")
        raise errors.PreconditionFailedError(message)
    return response


def wanted_versions() -> ETags:
    """Return the version that a change may be made to, by its If-Match.

    Raises:
        PreconditionRequiredError: there is none.
        ValidationError: it can be none of ours: not one number in double quotes.
    """
    if "If-Match" not in request.headers:
        message = gettext("Send the ETag that you read as If-Match.")
        raise errors.PreconditionRequiredError(
            message, errors=[{"pointer": "/If-Match", "detail": message}]
        )
    if VERSION_TAG.fullmatch(request.headers["If-Match"]) is None:
        message = gettext(
            'Send the version that you read as If-Match, such as "3" in double quotes.'
        )
        raise errors.ValidationError(message, field="If-Match")
    versions: ETags = request.if_match
    return versions
