"""Tokens as an attacker would make them."""

from __future__ import annotations

import base64
import hmac

import jwt

PING = "/api/wordpress/ping"
USERS = "/api/wordpress/users"


def send(site, token: str, method: str = "GET", target: str = PING, **options):
    headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
    return site.app.test_client().open(target, method=method, headers=headers, **options)


def raw_token(secret: str, header: str, payload: str) -> str:
    """Return a token with exactly this header and payload, signed well."""
    parts = [base64.urlsafe_b64encode(part.encode()).rstrip(b"=") for part in (header, payload)]
    signed = b".".join(parts)
    made = hmac.digest(secret.encode(), signed, "sha256")
    return (signed + b"." + base64.urlsafe_b64encode(made).rstrip(b"=")).decode()


def claims_of(site, method: str = "GET", target: str = PING, body: bytes = b"", **claims) -> dict:
    token = site.token(method, target, body, **claims)
    return jwt.decode(token, options={"verify_signature": False})


def refused(answer, code: str = "bad_token") -> bool:
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    return (answer.status_code, answer.json["code"]) == (401, code)
