"""The plugin and the service tell each other their versions."""

from __future__ import annotations

import pytest

from app.accounts import rules
from app.accounts.models import Site
from app.core import versions
from app.core.db import db, transaction
from app.core.hold import hold

PING = "/api/wordpress/ping"


@pytest.mark.parametrize(
    ("agent", "version"),
    [
        ("trading-robot-service/0.2.0", "0.2.0"),
        ("trading-robot-service/0.3.0; https://site.example", "0.3.0"),
        ("trading-robot-service/1.2", "1.2"),
        ("trading-robot-service/1", None),
        ("trading-robot-service/1.2.3.4", None),
        ("trading-robot-service/99999.1.1", None),
        ("WordPress/6.8; trading-robot-service/0.2.0", None),
        ("", None),
    ],
)
def test_the_version_is_read_from_the_user_agent(agent, version):
    assert rules.plugin_version(agent) == version


def test_a_ping_says_ours_and_keeps_theirs(site, client):
    answer = site.get(PING, headers={"User-Agent": "trading-robot-service/0.1.7"})
    assert answer.json["service_version"] == versions.VERSION
    assert answer.json["oldest_plugin"] == versions.OLDEST_PLUGIN
    assert answer.headers["X-TRP-Version"] == versions.VERSION
    assert answer.headers["X-TRP-Oldest-Plugin"] == versions.OLDEST_PLUGIN
    # An old plugin is served as far as it goes.
    assert answer.status_code == 200
    db.session.remove()
    assert db.session.get_one(Site, site.site_id).plugin_version == "0.1.7"
    site.get(PING, headers={"User-Agent": "curl/8"})
    db.session.remove()
    assert db.session.get_one(Site, site.site_id).plugin_version == "0.1.7"
    assert "X-TRP-Version" not in client.get("/api/me").headers


def test_the_overview_of_administrators_says_versions_and_hold(site):
    with transaction():
        hold("restored")
    answer = site.get("/api/admin/overview", wp_user_id=1, caps=["manage_options"])
    said = (answer.json["service_version"], answer.json["oldest_plugin"], answer.json["held"])
    assert said == (versions.VERSION, versions.OLDEST_PLUGIN, "restored")
