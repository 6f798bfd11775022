"""Fixtures: a house with something of everything, made once and copied for each test."""

from __future__ import annotations

import secrets
import shutil

import pytest

# What the fixtures need is imported in them: tests of pure rules stay quick to start.


@pytest.fixture(scope="session")
def furnished(tmp_path_factory, migrated_database):
    """Return a furnished SQLite file that the tests copy."""
    folder = tmp_path_factory.mktemp("furnished")
    shutil.copy(migrated_database, folder / "service.sqlite3")
    _furnish(folder)
    return folder / "service.sqlite3"


@pytest.fixture(scope="session")
def furnished_database(tmp_path_factory, postgres_url, _postgres_template):
    """Return the name of a furnished PostgreSQL database that the tests copy."""
    from tests.conftest import create_database, with_database

    create_database(postgres_url, "furnished", _postgres_template)
    url = with_database(postgres_url, "furnished")
    _furnish(tmp_path_factory.mktemp("furnished"), SQLALCHEMY_DATABASE_URI=url)
    return "furnished"


def _furnish(folder, **settings):
    from app.core.db import db
    from tests.conftest import SiteCaller, make_app
    from tests.factories.house import furnish
    from workers import queues

    app = make_app(folder, **settings)
    with pytest.MonkeyPatch.context() as patch, app.app_context():
        patch.setattr(queues, "application", lambda: app)
        furnish(SiteCaller(app).site_id)
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request, tmp_path, redis_url):
    """Return an application that holds something of everything, with an empty Redis."""
    from app.core.db import db
    from tests.conftest import create_database, drop_database, make_app, with_database

    settings, name = {"REDIS_URL": redis_url}, f"h{secrets.token_hex(6)}"
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("furnished"), tmp_path / "service.sqlite3")
    else:
        url = request.getfixturevalue("postgres_url")
        create_database(url, name, request.getfixturevalue("furnished_database"))
        settings["SQLALCHEMY_DATABASE_URI"] = with_database(url, name)
    application = make_app(tmp_path, **settings)
    client = application.extensions["redis"]
    client.flushall()
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()
    client.flushall()
    client.close()
    if request.param == "postgresql":
        drop_database(url, name)
