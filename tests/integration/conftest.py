"""Fixtures that several files of integration tests share."""

from __future__ import annotations

from tests.factories.feed import live_app, spy  # noqa: F401 - fixtures
from tests.factories.gateway import bare_gate, gate, models, order, own_keys  # noqa: F401 - fixtures
from tests.factories.searches import search  # noqa: F401 - a fixture
