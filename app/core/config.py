"""Settings: read once from the environment, with defaults that make a fresh clone run."""

from __future__ import annotations

import os
import secrets
from decimal import Decimal
from pathlib import Path
from typing import Any

MIB = 1024 * 1024
# What may also be given by a file that only the service can read.
SECRETS = (
    "SECRET_KEY",
    "ENCRYPTION_KEY",
    "ENCRYPTION_KEY_PREVIOUS",
    "DATABASE_URL",
    "REDIS_URL",
    "SMTP_URL",
    "METRICS_TOKEN",
    "ALPACA_SECRET_KEY",
    "MASSIVE_API_KEY",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GOOGLE_API_KEY",
    "STRIPE_API_KEY",
    "STRIPE_WEBHOOK_SECRET",
)


def data_dir(environ: dict[str, str] | None = None) -> Path:
    """The folder that holds everything this installation keeps (DATA_DIR, default ./var)."""
    return Path((environ or dict(os.environ)).get("DATA_DIR") or "var").resolve()


def load_config(overrides: dict[str, Any]) -> dict[str, Any]:
    """Return the Flask settings: environment first, then `overrides`."""
    env = _with_files(dict(os.environ))
    folder = Path(overrides.get("DATA_DIR") or data_dir(env)).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    secure = env.get("COOKIE_SECURE", "0") == "1"
    settings: dict[str, Any] = {
        "DATA_DIR": str(folder),
        "SQLALCHEMY_DATABASE_URI": _database_url(env, folder),
        "REDIS_URL": env.get("REDIS_URL") or f"unix://{folder}/redis.sock",
        "SECRET_KEY": env.get("SECRET_KEY") or kept_secret(folder, "session"),
        # None: there is none yet, and app/core/vault.py makes one where nothing is encrypted yet.
        "ENCRYPTION_KEY": env.get("ENCRYPTION_KEY") or read_secret(folder, "encryption"),
        # Keys that were used before: what they encrypted can still be read.
        "ENCRYPTION_KEY_PREVIOUS": env.get("ENCRYPTION_KEY_PREVIOUS") or "",
        "PUBLIC_URL": env.get("PUBLIC_URL") or f"http://127.0.0.1:{env.get('PORT') or 5000}",
        # Where browsers reach the edge process; empty: there is none, and pages poll.
        "EDGE_URL": (env.get("EDGE_URL") or "").rstrip("/"),
        "EDGE_PORT": int(env.get("EDGE_PORT") or 5001),
        "EDGE_STREAMS": int(env.get("EDGE_STREAMS") or 2000),
        # Where the edge process reaches the web process.
        "WEB_URL": env.get("WEB_URL") or f"http://127.0.0.1:{env.get('PORT') or 5000}",
        # Lets webhooks go to this very machine: for development and tests, never in production.
        "WEBHOOKS_ALLOW_LOCAL": env.get("WEBHOOKS_ALLOW_LOCAL", "0") == "1",
        # Policies that differ from app/core/limits.py: "key=1200/60 anonymous=off".
        "RATE_LIMITS": env.get("RATE_LIMITS") or "",
        # How many web processes share a quota while Redis is away.
        "WEB_PROCESSES": int(env.get("WEB_PROCESSES") or 2),
        # Networks of the proxies in front, such as 127.0.0.1/32: their X-Forwarded-For is believed.
        "TRUSTED_PROXIES": env.get("TRUSTED_PROXIES") or "",
        # Who may read /metrics: nobody; who has the token; or who asks from this very machine.
        "METRICS_TOKEN": env.get("METRICS_TOKEN") or "",
        "METRICS_ON_LOOPBACK": env.get("METRICS_ON_LOOPBACK", "0") == "1",
        "BACKUP_DIR": env.get("BACKUP_DIR") or f"{folder}/backups",
        "BACKUP_KEEP_DAYS": int(env.get("BACKUP_KEEP_DAYS") or 7),
        # Folders of robots that are not ours, each with robot.py and metadata.json.
        "ROBOTS_DIR": env.get("ROBOTS_DIR") or f"{folder}/robots",
        # Who is asked for bars, in this order, of those whose key is set.
        "MARKET_PROVIDERS": env.get("MARKET_PROVIDERS") or "alpaca massive",
        "ALPACA_KEY_ID": env.get("ALPACA_KEY_ID") or "",
        "ALPACA_SECRET_KEY": env.get("ALPACA_SECRET_KEY") or "",
        "ALPACA_DATA_URL": env.get("ALPACA_DATA_URL") or "https://data.alpaca.markets",
        "ALPACA_FEED": env.get("ALPACA_FEED") or "iex",
        "MASSIVE_API_KEY": env.get("MASSIVE_API_KEY") or "",
        # Models; without any key the built-in offline analyst answers. The addresses are the
        # providers' own unless told otherwise.
        "OPENAI_API_KEY": env.get("OPENAI_API_KEY") or "",
        "OPENAI_BASE_URL": env.get("OPENAI_BASE_URL") or "",
        "ANTHROPIC_API_KEY": env.get("ANTHROPIC_API_KEY") or "",
        "ANTHROPIC_BASE_URL": env.get("ANTHROPIC_BASE_URL") or "",
        "GOOGLE_API_KEY": env.get("GOOGLE_API_KEY") or "",
        "GOOGLE_BASE_URL": env.get("GOOGLE_BASE_URL") or "",
        # How many questions are answered at the same time.
        "AI_WORKERS": max(1, int(env.get("AI_WORKERS") or 2)),
        # How many long jobs are done at the same time; 0: as many as the machine has room for.
        "BULK_WORKERS": max(0, int(env.get("BULK_WORKERS") or 0)),
        "MASSIVE_URL": env.get("MASSIVE_URL") or "https://api.massive.com",
        # Who is heard live, in this order, of those whose key is set; addresses and which feed.
        "MARKET_FEEDS": env.get("MARKET_FEEDS") or "massive alpaca",
        "ALPACA_STREAM_URL": env.get("ALPACA_STREAM_URL") or "wss://stream.data.alpaca.markets",
        "MASSIVE_STREAM_URL": env.get("MASSIVE_STREAM_URL") or "wss://socket.massive.com",
        # After how many seconds an open market without a word is stale, and the first wait
        # before another connection.
        "FEED_SILENCE_SECONDS": float(env.get("FEED_SILENCE_SECONDS") or 120),
        # How long nobody else feeds after the feed process has died.
        "FEED_LEASE_SECONDS": float(env.get("FEED_LEASE_SECONDS") or 10),
        "FEED_BACKOFF_SECONDS": float(env.get("FEED_BACKOFF_SECONDS") or 1),
        # An invented market, for trying things out: `make run` has it, production does not.
        "MARKET_SIMULATED": env.get("MARKET_SIMULATED", "0") == "1",
        "MARKET_SEED": env.get("MARKET_SEED") or "plug",
        "RISK_FREE_RATE": Decimal(env.get("RISK_FREE_RATE", "0.05")),
        # How long a public fragment is repeated before it is checked that nothing was written.
        "FRAGMENT_SECONDS": float(env.get("FRAGMENT_SECONDS") or 1),
        "MAX_CONTENT_LENGTH": 26 * MIB,
        "MAX_FORM_MEMORY_SIZE": 2 * MIB,
        # Flask's own cookie holds the secret of the forms and nothing else; who is signed in
        # stands in the table user_sessions.
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_NAME": "__Host-trp_form" if secure else "trp_form",
        # A mail server as smtp://user:password@host:587 (STARTTLS) or smtps://…:465; empty: mail
        # is written into DATA_DIR/mail.
        "SMTP_URL": env.get("SMTP_URL") or "",
        "MAIL_FROM": env.get("MAIL_FROM") or "Trading robot service <no-reply@localhost>",
        # Shows the mails of DATA_DIR/mail to who asks from this very machine: `make run` has it,
        # production does not.
        "MAILBOX_PAGE": env.get("MAILBOX_PAGE", "0") == "1",
        # How many mails that members can end one of them gets within a day.
        "MAIL_CAMPAIGNS_A_DAY": int(env.get("MAIL_CAMPAIGNS_A_DAY") or 1),
        # The till. Empty: nothing is sold. STRIPE_API_BASE leads to another place than Stripe's.
        "STRIPE_API_KEY": env.get("STRIPE_API_KEY") or "",
        "STRIPE_API_BASE": (env.get("STRIPE_API_BASE") or "").rstrip("/"),
        # What signs the provider's events; two, with a blank between, while it is changed.
        "STRIPE_WEBHOOK_SECRET": env.get("STRIPE_WEBHOOK_SECRET") or "",
        # No money moves: pages say so.
        "STRIPE_IS_TEST_TILL": env.get("STRIPE_IS_TEST_TILL", "0") == "1",
        # Let the provider work out taxes (it has to be set up there).
        "STRIPE_TAX": env.get("STRIPE_TAX", "0") == "1",
        "SQLALCHEMY_ENGINE_OPTIONS": {},
    }
    settings.update(overrides)
    return settings


def _with_files(env: dict[str, str]) -> dict[str, str]:
    """Return the environment with those secrets that it names by a file: SECRET_KEY_FILE."""
    for name in SECRETS:
        path = env.get(f"{name}_FILE")
        if path and not env.get(name):
            try:
                env[name] = Path(path).read_text().strip()
            except OSError as error:
                message = f"{name}_FILE: {path} cannot be read ({error.strerror})"
                raise RuntimeError(message) from error
    return env


def _database_url(env: dict[str, str], folder: Path) -> str:
    url = env.get("DATABASE_URL") or f"sqlite:///{folder}/service.sqlite3"
    # Hosting panels hand out "postgres://", which SQLAlchemy does not know.
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def read_secret(folder: Path, name: str) -> str | None:
    """Return a secret that is kept beside the data, None before its first use."""
    path = _secret_path(folder, name)
    return _wait_for_secret(path) if path.exists() else None


def _secret_path(folder: Path, name: str) -> Path:
    return folder / "secrets" / f"{name}.key"


def kept_secret(folder: Path, name: str) -> str:
    """Return a secret that is made on first use and kept beside the data, readable by us only."""
    path = _secret_path(folder, name)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        # O_EXCL: of several processes that start at once exactly one makes the key.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _wait_for_secret(path)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(32))
    return path.read_text().strip()


def _wait_for_secret(path: Path) -> str:
    import time

    for _ in range(50):
        value = path.read_text().strip()
        if value:
            return value
        time.sleep(0.02)
    message = f"{path} is empty: delete it, or set the key in the environment"
    raise RuntimeError(message)
