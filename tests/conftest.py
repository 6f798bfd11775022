"""Fixtures of all tests: a fresh migrated database per test, users, keys, signed site tokens."""

from __future__ import annotations

import contextvars
import gc
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings

from tests import in_memory, kept, opened
from tests.factories.furnished import furnished, furnished_database, house  # noqa: F401 - fixtures

os.environ.setdefault("TZ", "UTC")
in_memory.use()
kept.use()
opened.use()
# How long an example takes is the machine's business: speed is measured in benchmarks/.
settings.register_profile("here", deadline=None)
settings.load_profile("here")

ROOT = Path(__file__).resolve().parent.parent
MARKET_DATA = ROOT.parent / "shared" / "data" / "market"

BASE_SETTINGS = {
    "TESTING": True,
    "SECRET_KEY": "test-secret-key",
    "ENCRYPTION_KEY": "test-encryption-key",
    "REDIS_URL": "unix:///nonexistent/redis.sock",
    "PROPAGATE_EXCEPTIONS": False,
    "LOG_LEVEL": "CRITICAL",
    "FRAGMENT_SECONDS": 0,
    "RATE_LIMITS": "*=off",
}


class FreshContextClient(FlaskClient):
    """A client whose requests see nothing of the test's own context, as in a real server."""

    def open(self, *args, **kwargs):
        """Send a request in an empty context."""
        return contextvars.Context().run(super().open, *args, **kwargs)


def make_app(folder: Path, **settings) -> Flask:
    """Return an application on a database in `folder`."""
    from app import create_app

    application = create_app({"DATA_DIR": str(folder), **BASE_SETTINGS, **settings})
    application.test_client_class = FreshContextClient
    kept.share_templates(application)
    _hash_passwords_cheaply()
    _keep_what_is_loaded()
    return application


@cache
def _hash_passwords_cheaply() -> None:
    """Hash passwords in a hundredth of the time; test_account_sign_in.py hashes as we do."""
    from app.accounts.service import passwords

    passwords.HASHER = type(passwords.HASHER)(time_cost=1, memory_cost=64, parallelism=1)


@cache
def _keep_what_is_loaded() -> None:
    """Take the modules that all tests use out of what the collector looks through, once."""
    gc.collect()
    gc.freeze()


def migrate(app: Flask) -> None:
    """Bring the application's database to the newest schema; a copy of it, where it is empty."""
    from app.core.db import db

    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            kept.make_tables(str(db.engine.url.database), _upgrade)
        else:
            _upgrade()
        db.engine.dispose()


def _upgrade() -> None:
    from alembic import command

    from app.core.cli import alembic_config

    command.upgrade(alembic_config(), "head")


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory) -> Path:
    """Return a migrated SQLite file that tests copy instead of migrating anew."""
    folder = tmp_path_factory.mktemp("template")
    migrate(make_app(folder))
    return _one_file(folder)


@pytest.fixture(scope="session")
def settled_database(tmp_path_factory, migrated_database) -> Path:
    """Return a migrated SQLite file on which an application has started once, for copies.

    The first start looks through all tables for secrets and notes key and address.
    """
    folder = tmp_path_factory.mktemp("settled")
    shutil.copy(migrated_database, folder / "service.sqlite3")
    make_app(folder)
    return _one_file(folder)


def _one_file(folder: Path) -> Path:
    """Bring what SQLite has written beside its file into the file."""
    import sqlite3

    connection = sqlite3.connect(folder / "service.sqlite3")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return folder / "service.sqlite3"


@pytest.fixture
def app(tmp_path, settled_database) -> Iterator[Flask]:
    """Return an application on a fresh SQLite database, inside its context."""
    shutil.copy(settled_database, tmp_path / "service.sqlite3")
    application = make_app(tmp_path)
    with application.app_context():
        yield application
        _close(application)


def _close(application: Flask) -> None:
    from app.core.db import db

    db.session.remove()
    db.engine.dispose()
    application.extensions["redis"].close()


@pytest.fixture
def client(app) -> FlaskClient:
    """Return a client without credentials."""
    return app.test_client()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory) -> Iterator[str]:
    """Return the URL of a real Redis that only these tests use."""
    from tests.services import redis_server

    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory) -> Iterator[str]:
    """Return the URL of a real PostgreSQL that only these tests use."""
    from tests.services import postgres_server

    with postgres_server(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def _postgres_template(postgres_url) -> str:
    """Return the name of a migrated PostgreSQL database that tests copy, started on once."""
    create_database(postgres_url, "template_house")
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        url = with_database(postgres_url, "template_house")
        migrate(make_app(Path(folder), SQLALCHEMY_DATABASE_URI=url))
        make_app(Path(folder), SQLALCHEMY_DATABASE_URI=url)
    return "template_house"


def with_database(url: str, name: str) -> str:
    """Return the URL of another database of the same server."""
    from sqlalchemy.engine import make_url

    return make_url(url).set(database=name).render_as_string(hide_password=False)


def create_database(url: str, name: str, template: str = "template0") -> None:
    """Make a database as a copy of another, which nobody may use meanwhile."""
    from sqlalchemy import create_engine

    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    # Files are copied in half the time that it takes to write them by way of the log.
    copied = f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'
    with engine.connect() as connection:
        connection.exec_driver_sql(copied)
    engine.dispose()


def drop_database(url: str, name: str) -> None:
    """Remove a database, whoever still uses it."""
    from sqlalchemy import create_engine

    opened.close(name)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_app(request, tmp_path) -> Iterator[Flask]:
    """Return an application on a fresh database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("settled_database"), tmp_path / "service.sqlite3")
        application = make_app(tmp_path)
    else:
        application = _postgres_app(request, tmp_path)
    with application.app_context():
        yield application
        _close(application)


def _postgres_app(request, folder: Path) -> Flask:
    url = request.getfixturevalue("postgres_url")
    template = request.getfixturevalue("_postgres_template")
    name = f"t{secrets.token_hex(6)}"
    create_database(url, name, template)
    # Thousands of tests would leave gigabytes.
    request.addfinalizer(lambda: drop_database(url, name))
    return make_app(folder, SQLALCHEMY_DATABASE_URI=with_database(url, name))


@pytest.fixture
def member() -> Callable[[str], int]:
    """Return a factory of users: `member("a@example.test")` gives the user's id.

    `tier` puts them on a plan; without one they are on the free plan.
    """
    from app.accounts import service
    from app.billing import service as billing
    from app.core.db import transaction

    def make(email: str = "member@example.test", tier: str | None = None) -> int:
        with transaction():
            user_id = service.create_user(email).id
            if tier is not None:
                billing.subscribe(user_id, tier, source="demo")
            return user_id

    return make


@pytest.fixture
def api_key() -> Callable[..., str]:
    """Return a factory of API keys: `api_key(user_id, ["ledger:write"])` gives the key's text.

    Its user is put on a plan that includes the API, unless they are on one.
    """
    from app.accounts import service
    from app.core.db import transaction
    from tests.factories.plans import with_api

    def make(user_id: int, scopes: list[str] | None = None) -> str:
        with transaction():
            return service.create_key(with_api(user_id), scopes, "test")

    return make


@pytest.fixture
def bearer(api_key) -> Callable[..., dict[str, str]]:
    """Return a factory of request headers with a fresh key of a user."""

    def make(user_id: int, scopes: list[str] | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {api_key(user_id, scopes)}"}

    return make


class SiteCaller:
    """Calls the service as a connected WordPress site does."""

    def __init__(
        self, app: Flask, url: str = "https://site.example", name: str = "Test site"
    ) -> None:
        from app.accounts import service
        from app.accounts.schemas import ConnectIn, Pages
        from app.core.db import transaction

        self.app = app
        with transaction():
            code = service.create_connect_code(name)
        pages = {
            name: f"{url}/{name}/"
            for name in ("performance", "marketplace", "pricing", "dashboard")
        }
        with transaction():
            connection = service.connect_site(
                ConnectIn(
                    code=code,
                    site_url=url,
                    site_name=name,
                    plugin_version="0.1.0",
                    pages=Pages(**pages),
                )
            )
        self.site_id, self.key_id = connection.site_id, connection.key_id
        self.secret = connection.secret

    def link(self, wp_user_id: int, user_id: int) -> None:
        """Make WordPress user `wp_user_id` the user `user_id`."""
        from app.accounts import service
        from app.core.db import transaction

        with transaction():
            service.link_member(self.site_id, wp_user_id, user_id)

    def token(self, method: str, target: str, body: bytes = b"", **claims) -> str:
        """Return a signed token for one request; `claims` replace single claims."""
        now = int(time.time())
        wp_user_id = claims.pop("wp_user_id", 0)
        secret, header = claims.pop("secret", self.secret), claims.pop("header", {})
        payload = {
            "iss": self.site_id,
            "aud": "trading-robot-service",
            "typ": "proxy-req",
            "sub": f"{self.site_id}:{wp_user_id}",
            "iat": now,
            "nbf": now,
            "exp": now + 60,
            "jti": secrets.token_hex(16),
            "htm": method,
            "htu": target,
            "bh": hashlib.sha256(body).hexdigest(),
            "caps": ["read"] if wp_user_id else [],
            "sid": "",
            **claims,
        }
        return jwt.encode(payload, secret, "HS256", headers={"kid": self.key_id, **header})

    def request(self, method: str, target: str, **options):
        """Send one signed request; `wp_user_id=0` is an anonymous visitor."""
        body = options.pop("data", b"")
        headers = dict(options.pop("headers", {}))
        if "json" in options:
            body = json.dumps(options.pop("json")).encode()
            headers["Content-Type"] = "application/json"
        claims = {key: options.pop(key) for key in ("wp_user_id", "caps") if key in options}
        headers["Authorization"] = f"Bearer {self.token(method, target, body, **claims)}"
        return self.app.test_client().open(
            target, method=method, data=body, headers=headers, **options
        )

    def get(self, target: str, **options):
        """Send a signed GET."""
        return self.request("GET", target, **options)

    def post(self, target: str, **options):
        """Send a signed POST."""
        return self.request("POST", target, **options)


@pytest.fixture
def site(app) -> SiteCaller:
    """Return a connected WordPress site."""
    return SiteCaller(app)


@pytest.fixture(scope="session")
def market_data() -> Path:
    """Return the folder of real market data, which is not part of the project."""
    if not MARKET_DATA.is_dir():
        pytest.skip("the folder of real market data is not on this machine")
    return MARKET_DATA
