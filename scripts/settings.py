"""The variables of `make run`, read and checked once."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.console import Refusal

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CACHE = ROOT / ".cache"
HOST = "127.0.0.1"
# sockaddr_un holds 108 bytes, the final NUL included.
LONGEST_SOCKET_PATH = 107
HIGHEST_PORT = 65535
# The test till takes any key of this form; a real one never comes near it.
TILL_KEY = "sk_test_till"
# The plugin claims what lies between these two and is tested on both.
NEWEST_WORDPRESS = "6.8"
OLDEST_WORDPRESS = "6.5"


@dataclass(frozen=True)
class Settings:
    """What one run is asked to do."""

    data_dir: Path
    port: int
    wp_port: int
    wordpress: bool
    demo: bool
    redis_url: str | None
    wp_version: str = NEWEST_WORDPRESS
    edge_port: int = 5001
    edge_url: str = ""
    """Where browsers reach the edge; empty: it is not started, and pages poll."""
    till_port: int = 5002
    till: bool = True
    """Whether the test till stands in for Stripe: unless a key of Stripe's is set, or TILL=0."""
    till_secret: str = field(default_factory=lambda: f"whsec_{secrets.token_hex(16)}")
    """What the test till signs its webhooks with: another one in each run."""

    @property
    def service_url(self) -> str:
        """Address of the Flask service."""
        return f"http://{HOST}:{self.port}"

    @property
    def wordpress_url(self) -> str:
        """Address of the WordPress site."""
        return f"http://{HOST}:{self.wp_port}"

    @property
    def till_url(self) -> str:
        """Address of the test till."""
        return f"http://{HOST}:{self.till_port}"

    @property
    def redis_socket(self) -> Path:
        """Unix socket of our own Redis."""
        return self.data_dir / "redis.sock"

    @property
    def logs(self) -> Path:
        """Folder with one log file a child."""
        return self.data_dir / "logs"

    def environment(self) -> dict[str, str]:
        """Environment of every child."""
        own = {
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "EDGE_PORT": str(self.edge_port),
            "EDGE_URL": self.edge_url,
            "PYTHONUNBUFFERED": "1",
            # Without a demo nothing is invented, not even a market.
            # What would be mailed shows in the browser; without effect beside a mail server.
            "MAILBOX_PAGE": os.environ.get("MAILBOX_PAGE") or "1",
            "MARKET_SIMULATED": os.environ.get("MARKET_SIMULATED") or str(int(self.demo)),
            "REDIS_URL": self.redis_url or f"unix://{self.redis_socket}",
        }
        if self.till:
            own |= {
                "STRIPE_API_KEY": TILL_KEY,
                "STRIPE_API_BASE": self.till_url,
                "STRIPE_WEBHOOK_SECRET": self.till_secret,
                "STRIPE_IS_TEST_TILL": "1",
            }
        return {**os.environ, **own}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the variables.

    Raises:
        Refusal: a variable has a value that cannot work.
    """
    edge_port = _port(environ, "EDGE_PORT", 5001)
    settings = Settings(
        data_dir=(ROOT / (environ.get("DATA_DIR") or "var")).resolve(),
        port=_port(environ, "PORT", 5000),
        wp_port=_port(environ, "WP_PORT", 8080),
        wordpress=environ.get("WORDPRESS", "1") != "0",
        demo=environ.get("DEMO", "1") != "0",
        redis_url=environ.get("REDIS_URL") or None,
        wp_version=_wordpress_version(environ),
        edge_port=edge_port,
        edge_url=environ.get("EDGE_URL", f"http://{HOST}:{edge_port}"),
        till_port=_port(environ, "TILL_PORT", 5002),
        till=environ.get("TILL", "1") != "0" and not _has_stripe(environ),
    )
    names: dict[int, str] = {}
    for variable, port in _ports(settings).items():
        if port in names:
            message = f"{names[port]} and {variable} are both {port}: choose two"
            raise Refusal(message, 2)
        names[port] = variable
    if len(os.fsencode(settings.redis_socket)) > LONGEST_SOCKET_PATH:
        message = f"DATA_DIR is too long for a socket in it: {settings.data_dir}"
        raise Refusal(message, 2)
    return settings


def require_free_ports(settings: Settings) -> None:
    """Refuse to start where somebody already listens."""
    for variable, port in _ports(settings).items():
        if not is_free(port):
            message = f"port {port} is taken on {HOST}: stop what listens there, or set {variable}"
            raise Refusal(message, 1)


def _ports(settings: Settings) -> dict[str, int]:
    wanted = {"PORT": settings.port}
    if settings.wordpress:
        wanted["WP_PORT"] = settings.wp_port
    if settings.edge_url:
        wanted["EDGE_PORT"] = settings.edge_port
    if settings.till:
        wanted["TILL_PORT"] = settings.till_port
    return wanted


def is_free(port: int) -> bool:
    """Tell whether we could listen on `port`."""
    with socket.socket() as probe:
        # As the servers do: a connection that is still closing is no obstacle, a listener is.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _has_stripe(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("STRIPE_API_KEY") or environ.get("STRIPE_API_KEY_FILE"))


def _wordpress_version(environ: Mapping[str, str]) -> str:
    version = environ.get("WP_VERSION") or NEWEST_WORDPRESS
    known = (NEWEST_WORDPRESS, OLDEST_WORDPRESS)
    if version not in known:
        raise Refusal(f"WP_VERSION={version} is not one of {' and '.join(known)}", 2)
    return version


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= HIGHEST_PORT:
        message = f"{name}={text} is not a port number (1 to {HIGHEST_PORT})"
        raise Refusal(message, 2)
    return int(text)
