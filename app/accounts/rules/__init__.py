"""Pure decisions: pseudonyms, the shape of keys, what a signed token must say."""

from __future__ import annotations

import hashlib
import json
import random
import re
from base64 import urlsafe_b64decode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

AUDIENCE = "trading-robot-service"
TOKEN_TYPE = "proxy-req"  # noqa: S105 - the name of a claim's value, not a secret
KEY_PREFIX = "trp_live_"
TOKEN_SECONDS = 60
JTI = re.compile(r"[A-Za-z0-9_-]{16,80}")
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
CLAIMS = ("iss", "sub", "aud", "iat", "nbf", "exp", "jti")
MAX_USER_DIGITS = 10
PLUGIN = re.compile(r"trading-robot-service/(\d{1,4}(?:\.\d{1,4}){1,2})(?![\w.])")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
VIEW_CAP = "view"
ADMIN_CAPS = {"manage_options", "manage"}
# What who may only connect a site may do besides looking.
CONNECT_PATHS = {"/api/wordpress/site", "/api/wordpress/rotate", "/api/wordpress/disconnect"}

_ADJECTIVES = [
    "Amber",
    "Dry",
    "Low",
    "North",
    "Plain",
    "Slate",
    "Quiet",
    "Birch",
    "Stone",
    "Tall",
    "Clear",
    "Even",
    "Broad",
    "Long",
    "Early",
    "Late",
    "Far",
    "Grey",
    "Still",
    "Deep",
    "High",
    "Mild",
    "Warm",
    "Cool",
    "Bright",
    "Pale",
    "Old",
    "New",
    "Round",
    "Wide",
    "Calm",
    "Fair",
]
_NOUNS = [
    "Finch",
    "Creek",
    "Tide",
    "Pier",
    "Maple",
    "Otter",
    "Heron",
    "Lane",
    "Lark",
    "Reed",
    "Harbor",
    "Field",
    "Ridge",
    "Brook",
    "Ferry",
    "Gate",
    "Hollow",
    "Meadow",
    "Point",
    "Quarry",
    "Sound",
    "Spruce",
    "Thistle",
    "Wharf",
    "Willow",
    "Bridge",
    "Cedar",
    "Dune",
    "Elm",
    "Fern",
]


def pseudonym(seed: str, attempt: int = 0) -> str:
    """Return a name such as "Amber Finch 07" that says nothing about the user.

    The seed must be secret or random: from a known one the name could be found again.
    """
    digest = hashlib.sha256(f"{seed}:{attempt}".encode()).digest()
    chosen = random.Random(digest)  # noqa: S311 - the secret is in the seed
    digits = 2 if attempt == 0 else 4
    number = chosen.randrange(10**digits)
    return f"{chosen.choice(_ADJECTIVES)} {chosen.choice(_NOUNS)} {number:0{digits}d}"


@dataclass(frozen=True)
class Asked:
    """The request that a token must have been made for."""

    method: str
    target: str
    body_hash: str


def token_fault(claims: Mapping[str, Any], asked: Asked, site_id: str) -> str | None:
    """Return why a token with a valid signature and time is still refused; None when it is good."""
    checks = {
        "type": claims.get("typ") == TOKEN_TYPE,
        "issuer": claims.get("iss") == site_id,
        "method": claims.get("htm") == asked.method,
        "address": claims.get("htu") == asked.target,
        "body": claims.get("bh") == asked.body_hash,
        "subject": wp_user_id(claims) is not None,
        "id": isinstance(claims.get("jti"), str) and JTI.fullmatch(claims["jti"]) is not None,
        "lifetime": _is_short(claims),
    }
    return next((name for name, good in checks.items() if not good), None)


def _is_short(claims: Mapping[str, Any]) -> bool:
    """Whether a token says in whole seconds that it lives no longer than one may."""
    begun, valid_from, ends = (claims.get(name) for name in ("iat", "nbf", "exp"))
    # A fraction or a text would count as a time for the library, and as none here.
    if type(begun) is not int or type(valid_from) is not int or type(ends) is not int:
        return False
    return begun <= valid_from <= ends <= begun + TOKEN_SECONDS


# What an administrator may read of a member's dashboard: never settings, keys, webhooks or files.
VIEW_PATHS = re.compile(
    r"/embed/(?:dashboard(?:-(?:overview|robots|journal|accounts|plan))?|plan|plan-now|missing"
    r"|deployments(?:/\d+(?:/now)?)?|backtests(?:/\d+)?|backtest-trades/\d+)"
)


def may_be_viewed(method: str, path: str, values: Collection[str]) -> bool:
    """Whether a request may be made in the view of an administrator, by its query's values."""
    return method == "GET" and VIEW_PATHS.fullmatch(path) is not None and "settings" not in values


def view_id(claims: Mapping[str, Any]) -> int | None:
    """Return the view that a token names; 0, which no view is, for one that is malformed."""
    if "view_as" not in claims:
        return None
    found = claims["view_as"]
    return found if type(found) is int and 0 < found < 2**63 else 0


def says_view(token: str) -> bool:
    """Whether a token says that it is of a view; nothing is proven by that."""
    try:
        part = token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError, RecursionError):
        return False
    return isinstance(claims, dict) and "view_as" in claims


def is_administrator(caps: Collection[Any]) -> bool:
    """Whether a WordPress user with these capabilities administers the site."""
    return any(cap in caps for cap in ADMIN_CAPS)


def is_key_id(found: object) -> bool:
    """Whether what a token's header names can be a key of a site."""
    return isinstance(found, str) and KEY_ID.fullmatch(found) is not None


def refuse_repeated(token: str) -> None:
    """Raise ValueError for a signed token that says something twice: readers would differ."""
    for part in token.split(".")[:2]:
        json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)), object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a claim is there twice"
        raise ValueError(message)
    return found


def wp_user_id(claims: Mapping[str, Any]) -> int | None:
    """Return the WordPress user of a token (0 for a visitor); None when the subject is malformed."""
    site, _, user = str(claims.get("sub", "")).rpartition(":")
    if site != claims.get("iss") or not user.isascii() or not user.isdecimal():
        return None
    return int(user) if len(user) <= MAX_USER_DIGITS else None


def is_site_admin(caps: Collection[Any], path: str) -> bool:
    """Whether a WordPress user's capabilities make an administrator of the site for a path."""
    if is_administrator(caps):
        return True
    return "connect" in caps and path in CONNECT_PATHS


def caps_that_count(
    signed: Collection[Any], signed_at: datetime, told: Collection[str], told_at: datetime | None
) -> list[Any]:
    """Return what a WordPress user may do: as signed, or less, if the site has said so since."""
    if told_at is None or signed_at > told_at:
        return list(signed)
    return [cap for cap in signed if cap in told]


def may_view(signed_at: datetime, told: Collection[str], told_at: datetime | None) -> bool:
    """Whether a WordPress user may see the dashboard; the site's door asks first, and this after."""
    return told_at is None or signed_at > told_at or VIEW_CAP in told


def address_hash(url: str) -> str:
    """Return what stands for a site's address in a signed token; equal for equal addresses.

    The scheme and a last slash do not count, and the names of this machine are one. The WordPress
    plugin computes the same (Connection::address_hash).
    """
    lowered = url.encode().lower().decode()
    try:
        host = urlsplit(lowered).hostname
    except ValueError:
        host = None
    bare = "loopback" if host in LOOPBACK else re.sub(r"^https?://", "", lowered).rstrip("/\\")
    return hashlib.sha256(bare.encode()).hexdigest()


def connect_link(address: str, code: str) -> str:
    """Return one line that holds the service's address and a connect code.

    The code stands after a #, which browsers keep to themselves.
    """
    return f"{address.rstrip('/')}/#connect={code}"


def plugin_version(user_agent: str) -> str | None:
    """Return the version of the plugin that a request says it comes from; None when it does not."""
    found = PLUGIN.match(user_agent)
    return found[1] if found else None
