"""One request: the key, the account, the idempotency key, what it does, the answer."""

from __future__ import annotations

import hashlib
import json
import re

from . import known, routes
from .errors import ApiError, invalid
from .form import Params, decode
from .lists import filtered, page
from .render import render
from .schedule import tick
from .world import API_VERSION

KEYS = re.compile(r"(sk|rk)_test_\w+")
LONGEST_KEY = 255
# Filters and paging of lists, which every list knows.
ROUTES = [(method, routes.pattern(at), do, shape) for method, at, do, shape in routes.ACTIONS]
LISTS = [(routes.pattern(at), source, filters) for at, source, filters in routes.LISTS]
SINGLE = [(routes.pattern(f"{at}/{{}}"), kind) for at, kind in routes.RETRIEVED.items()]


class Request:
    """What came in over HTTP."""

    def __init__(self, method, path, query="", body=b"", headers=None):
        self.method, self.path, self.query = method, path, query
        # What is not UTF-8 is refused where it is decoded.
        self.body = body.decode("utf-8", "surrogateescape")
        self.headers = {name.lower(): value for name, value in dict(headers or {}).items()}

    @property
    def key(self):
        """The idempotency key, if any counts: on GET and DELETE it has no effect."""
        return self.headers.get("idempotency-key") if self.method == "POST" else None

    def fingerprint(self) -> str:
        """Return what has to be the same when a key is used again."""
        parts = (self.method, self.path, self.query, self.body)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def begin(world, request):
    """Take a request in: return a kept answer, or None where it has to be worked on.

    Raises:
        ApiError: the key is wrong, or the idempotency key is in use or was used otherwise.
    """
    _authorize(request)
    if not request.key:
        return None
    if len(request.key) > LONGEST_KEY:
        raise invalid("Idempotency keys can be at most 255 characters.", None)
    world.forget_old_keys()
    name = _key_name(request)
    kept = world.keys.get(name)
    if kept is None:
        world.keys[name] = {
            "print": request.fingerprint(),
            "status": 0,
            "body": None,
            "at": world.now,
        }
        return None
    if kept["print"] != request.fingerprint():
        message = f"Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '{request.key}' if you meant to execute a different request."
        raise ApiError(400, "idempotency_error", message)
    if not kept["status"]:
        message = f"There is currently another in-progress request using this Idempotency-Key (that probably means you submitted twice): {request.key}."
        raise ApiError(409, "idempotency_error", message, "idempotency_key_in_use")
    return kept["status"], kept["body"]


def _key_name(request):
    return f"{request.headers.get('stripe-account', '')} {request.key}"


def end(world, request, status, body, *, kept) -> None:
    """Keep the answer for the idempotency key, or set the key free."""
    if not request.key:
        return
    name = _key_name(request)
    if kept:
        world.keys[name].update(status=status, body=body)
    else:
        world.keys.pop(name, None)


def _authorize(request):
    given = request.headers.get("authorization", "")
    key = given.removeprefix("Bearer ")
    if not key:
        message = "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        raise ApiError(401, "invalid_request_error", message)
    if not KEYS.fullmatch(key):
        raise ApiError(401, "invalid_request_error", f"Invalid API Key provided: {key[:8]}***")
    version = request.headers.get("stripe-version", API_VERSION)
    if version != API_VERSION:
        message = f"Invalid Stripe API version: {version}; the test till speaks {API_VERSION}"
        raise invalid(message)


def work(world, request, request_id):
    """Do what a request asks for; return status, body and whether a key keeps the answer."""
    tick(world)
    world.request = {"id": request_id, "idempotency_key": request.key}
    try:
        _enter_account(world, request)
        p = Params(decode(request.body or request.query))
        return 200, _answer(world, request, p), True
    except ApiError as error:
        return error.status, failure(error, request_id), error.kept
    finally:
        world.account = None
        world.request = {"id": None, "idempotency_key": None}
        # What the request itself made due, such as the end of the last retry.
        tick(world)


def failure(error, request_id) -> dict:
    """Return the body of an error."""
    return {
        "error": {
            **error.body,
            "request_log_url": f"https://dashboard.stripe.com/test/logs/{request_id}",
        }
    }


def _enter_account(world, request):
    account = request.headers.get("stripe-account")
    if account:
        from .connect import account_of

        account_of(world, account)
        world.account = account


def _answer(world, request, p):
    for method, address, do, shape in ROUTES:
        match = address.fullmatch(request.path)
        if match and method == request.method:
            known.check(p, known.shape(shape))
            done = do(world, p, *match.groups())
            expand = p.words("expand")
            world.ignored |= {f"{method} {request.path}: {name}" for name in p.ignored()}
            return render(world, done, expand)
    if request.method == "GET":
        return _read(world, request, p)
    raise _unknown(request)


def _unknown(request):
    message = f"Unrecognized request URL ({request.method}: {request.path})."
    return ApiError(404, "invalid_request_error", message)


def _read(world, request, p):
    for address, source, filters in LISTS:
        if match := address.fullmatch(request.path):
            found = _source(world, p, source, match)
            return page(world, p, filtered(world, p, found, filters), request.path)
    for address, kind in SINGLE:
        if match := address.fullmatch(request.path):
            return render(world, world.get(kind, match[1]), p.words("expand"))
    raise _unknown(request)


def _source(world, p, source, match):
    if callable(source):
        return source(world, p, *match.groups())
    return world.all(source)
