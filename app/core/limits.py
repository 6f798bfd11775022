"""How often who may ask: policies as data, one charge a request, and the headers that tell of it.

Programs are counted by their key, callers without one by their address, members and visitors of a
WordPress site by the site; a member's page never waits for another's, nor for a program. See
docs/adr/0009-rate-limits.md.
"""

from __future__ import annotations

import functools
import hmac
import ipaddress
import re
import time
from collections.abc import Callable, Iterable
from typing import Any, cast

import structlog
from flask import Flask, Response, current_app, g, request
from redis import Redis
from redis.exceptions import RedisError

from app.core import auth, clock, security
from app.core.address import client_address
from app.core.errors import AppError, TooManyError
from app.core.i18n import gettext
from app.core.leases import Charged, Counter, Piece, Policy

log = structlog.get_logger()
View = Callable[..., Any]

POLICIES = {
    policy.name: policy
    for policy in (
        Policy("key", 600, 60),
        Policy("anonymous", 120, 60),
        Policy("member", 1200, 60),
        Policy("visitors", 30_000, 60),
        Policy("tickets", 60, 60),
        Policy("tokens", 30, 60),
        Policy("pictures", 60, 60),
        Policy("uploads", 20, 600),
        Policy("clicks", 60, 60),
    )
}
SETTING = re.compile(r"(?P<name>[a-z*]+)=(?:(?P<quota>[1-9]\d{0,8})/(?P<window>[1-9]\d{0,4})|off)")
PREFIX = "trp:limit:"
WANTED = f"{PREFIX}wanted"
WANTED_SECONDS = 2
SILENCE_SECONDS = 5.0
COUNTED = ("/api/", "/embed/")
IPV6_SITE = 64
"""A household or server has as many addresses as it likes in one of these."""

TAKE = """
local total = tonumber(redis.call('GET', KEYS[1]) or '0') + tonumber(ARGV[3])
local granted = math.max(0, math.min(tonumber(ARGV[2]), tonumber(ARGV[1]) - total))
redis.call('SET', KEYS[1], total + granted, 'EX', ARGV[4])
if granted == 0 then
  redis.call('SADD', KEYS[2], KEYS[1])
  redis.call('EXPIRE', KEYS[2], ARGV[5])
end
return {granted, total + granted}
"""


class RedisStore:
    """Where the web processes meet. A Redis that fails is left alone for five seconds."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = redis.register_script(TAKE)
        self._silent_until = 0.0

    def take(self, name: str, quota: int, size: int, owed: int, ttl: int) -> Piece | None:
        """Take up to `size` of what is left under a name."""
        keys, values = [PREFIX + name, WANTED], [quota, size, owed, ttl, WANTED_SECONDS]
        found = self._try(lambda: self._take(keys=keys, args=values))
        return None if found is None else Piece(int(found[0]), int(found[1]))

    def give_back(self, unspent: dict[str, int]) -> None:
        """Return what was not spent."""

        def give() -> None:
            with self._redis.pipeline(transaction=False) as pipeline:
                for name, count in unspent.items():
                    pipeline.decrby(PREFIX + name, count)
                pipeline.execute()

        self._try(give)

    def wanted(self) -> set[str]:
        """Return the names of which somebody got nothing within the last two seconds."""
        found = self._try(lambda: cast("set[bytes]", self._redis.smembers(WANTED)))
        return {name.decode().removeprefix(PREFIX) for name in found or ()}

    def _try(self, step: Callable[[], Any]) -> Any:
        if time.monotonic() < self._silent_until:
            return None
        try:
            return step()
        except RedisError as error:
            self._silent_until = time.monotonic() + SILENCE_SECONDS
            log.warning("limits_without_redis", error=type(error).__name__)
            return None


class Limits:
    """The policies of an application, and its counter."""

    def __init__(self, app: Flask) -> None:
        self.policies = read_policies(app.config["RATE_LIMITS"])
        self._counter = Counter(
            RedisStore(app.extensions["live_redis"]), int(app.config["WEB_PROCESSES"])
        )
        self._key = security.derived_key(app.config["SECRET_KEY"], "limit subjects")

    def charge(self, name: str, subject: str) -> Charged | None:
        """Count one request under a policy; None when that is switched off."""
        policy = self.policies.get(name)
        if policy is None:
            return None
        return self._counter.charge(policy, subject, clock.now().timestamp())

    def place(self, address: str) -> str:
        """Return by what an address is counted: not itself, which Redis has no need to know."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return "unknown"
        if isinstance(found, ipaddress.IPv6Address):
            address = str(ipaddress.ip_network((found, IPV6_SITE), strict=False))
        return hmac.digest(self._key, address.encode(), "sha256").hex()[:32]


def read_policies(text: str) -> dict[str, Policy]:
    """Return the policies with what a setting changes: `key=1200/60 tickets=off *=off`."""
    found = dict(POLICIES)
    for part in text.replace(",", " ").split():
        read = SETTING.fullmatch(part)
        if read is None or read["name"] not in {"*", *POLICIES}:
            message = f"RATE_LIMITS: {part!r} is not like key=600/60 or key=off ({', '.join(POLICIES)}, *)"
            raise ValueError(message)
        for name in POLICIES if read["name"] == "*" else (read["name"],):
            if read["quota"] is None:
                found.pop(name, None)
            else:
                found[name] = Policy(name, int(read["quota"]), int(read["window"]))
    return found


def register(app: Flask) -> None:
    """Count every request for JSON and fragments, and tell of it in the answers of the API."""
    app.extensions["limits"] = Limits(app)
    app.before_request(_count)
    app.after_request(_tell)


def limits() -> Limits:
    """Return the application's limits."""
    found: Limits = current_app.extensions["limits"]
    return found


def _count() -> None:
    if not request.path.startswith(COUNTED):
        return
    if request.url_rule is None:
        count_stranger()
        return
    if getattr(current_app.view_functions.get(request.endpoint or ""), "counts_itself", False):
        return
    try:
        asker = auth.principal()
    except AppError:
        # Who guesses keys is counted; what is wrong says the route's own decision, if it asks.
        asker = auth.NOBODY
    place = policy_of(asker)
    if place is not None:
        charge(*place)


def counts_itself(view: View) -> View:
    """Let a view count only whom it refuses, by `count_stranger`: others come in bursts."""
    view.counts_itself = True  # type: ignore[attr-defined]
    return view


def count_stranger() -> None:
    """Count the present request as that of nobody known, by its address."""
    charge("anonymous", limits().place(client_address()))


def policy_of(asker: auth.Principal) -> tuple[str, str] | None:
    """Return under which policy somebody is counted, and as whom."""
    if asker.is_internal:
        return None
    if asker.key_id is not None:
        return "key", str(asker.key_id)
    if asker.site_id is not None:
        wp_user_id = g.get("wp_user_id") or 0
        return ("member", f"{asker.site_id}:{wp_user_id}") if wp_user_id else (
            "visitors", asker.site_id,
        )  # fmt: skip
    return "anonymous", limits().place(client_address())


def charge(name: str, subject: str) -> None:
    """Count the present request; TooManyError when that is one too many."""
    charged = limits().charge(name, subject)
    if charged is None:
        return
    g.setdefault("charged", []).append(charged)
    if not charged.is_allowed:
        # A flood must not become a flood of lines in the log.
        g.is_told = charged.is_repeated
        raise refusal(charged)


def refusal(charged: Charged) -> TooManyError:
    """Return the error that says how long to wait."""
    wait = max(1, charged.reset_at - int(clock.now().timestamp()))
    message = gettext(
        "Too many requests: %(quota)s in %(window)s seconds are allowed. Wait %(wait)s seconds.",
        quota=charged.policy.quota,
        window=charged.policy.window,
        wait=wait,
    )
    return TooManyError(message, wait, code="rate_limited", policy=charged.policy.name)


def _tell(response: Response) -> Response:
    charged = g.get("charged")
    if charged and request.path.startswith("/api/"):
        response.headers.extend(header_pairs(charged))
    return response


def header_pairs(charged: Iterable[Charged]) -> list[tuple[str, str]]:
    """Return the headers of what was counted; X-RateLimit-* tell of the nearest to its end.

    As in draft-ietf-httpapi-ratelimit-headers-11.
    """
    now = int(clock.now().timestamp())
    counted = sorted(charged, key=lambda one: (one.is_allowed, one.remaining))
    nearest = counted[0]
    return [
        (
            "RateLimit-Policy",
            ", ".join(f'"{p.name}";q={p.quota};w={p.window}' for p, *_ in counted),
        ),
        (
            "RateLimit",
            ", ".join(
                f'"{one.policy.name}";r={one.remaining};t={max(0, one.reset_at - now)}'
                for one in counted
            ),
        ),
        ("X-RateLimit-Limit", str(nearest.policy.quota)),
        ("X-RateLimit-Remaining", str(nearest.remaining)),
        ("X-RateLimit-Reset", str(nearest.reset_at)),
    ]


def limited(name: str) -> Callable[[View], View]:
    """Count calls of a view under a policy of its own; put it below the auth decision."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def counted(*args: Any, **kwargs: Any) -> Any:
            place = policy_of(auth.principal())
            if place is not None:
                charge(name, place[1])
            return view(*args, **kwargs)

        return counted

    return decorate
