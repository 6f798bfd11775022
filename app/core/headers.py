"""What every answer tells a browser about how little it may do with it."""

from __future__ import annotations

from flask import Flask, Response

# Nothing is allowed that is not named here; nothing that stands in a page itself ever runs.
ALLOWED = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
)
UNUSED = (
    "accelerometer", "autoplay", "camera", "display-capture", "geolocation", "gyroscope",
    "magnetometer", "microphone", "midi", "payment", "usb",
)  # fmt: skip
HEADERS = {
    # By this the plugin tells our answers from those of whatever stands in between.
    "X-TRP-Service": "1",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "; ".join(ALLOWED),
    "Permissions-Policy": ", ".join(f"{name}=()" for name in UNUSED),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TLS_ONLY = "max-age=31536000; includeSubDomains"
_BY_SMALL_NAME = {name.lower(): (name, value) for name, value in HEADERS.items()}


def put_on(app: Flask, response: Response) -> None:
    """Give an answer the headers that it has not set itself.

    With COOKIE_SECURE, which says that the service is behind TLS, browsers come back by TLS alone.
    """
    missing = dict(_BY_SMALL_NAME)
    for name, _ in response.headers:
        missing.pop(name.lower(), None)
    for name, value in missing.values():
        response.headers.add(name, value)
    if app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = TLS_ONLY
