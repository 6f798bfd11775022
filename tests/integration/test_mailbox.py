"""The mailbox of one's own machine: there in `make run`, and impossible to reach anywhere else."""

from __future__ import annotations

import re
import shutil

import pytest

from app.notifications.rules.mail import Mail
from app.notifications.service import send_mail
from scripts.settings import read_settings
from tests.conftest import make_app
from tests.person import Person, deliver

HERE = {"PUBLIC_URL": "http://127.0.0.1:5000", "MAILBOX_PAGE": True}
ANN = "ann@example.test"
EVIL = "<p>Hi</p><script>alert(1)</script><img src=https://evil.test/x.png>"


@pytest.fixture
def house_with(tmp_path, migrated_database):
    def make(**settings):
        shutil.copy(migrated_database, tmp_path / "service.sqlite3")
        return make_app(tmp_path, **settings)

    return make


def put(app, html=EVIL):
    with app.app_context():
        send_mail(Mail(to=ANN, subject="Hello", text="https://a.test/?x=1\n", html=html, key="k"))


def test_a_newcomer_signs_up_by_the_mailbox(house_with):
    app = house_with(**HERE)
    with app.app_context():
        person = Person(app)
        asked = person.send("/account/sign-up", email=ANN)
        assert "/mail/box" in person.get(asked.location).text
        deliver(app)
        listed = person.get("/mail/box").text
        assert "Nothing here was sent to anybody" in listed
        assert ANN in listed
        page = person.get(re.search(r'href="(/mail/box/[^"]+)"', listed)[1]).text
        link = re.search(r'href="http://127.0.0.1:5000(/account/confirm[^"]+)"', page)[1]
        assert person.get(link).status_code == 200
        for part in ("Message-ID", "Auto-Submitted", "Follow the link"):
            assert part in page


def test_the_html_of_a_mail_can_do_nothing(house_with):
    app = house_with(**HERE)
    put(app)
    client = app.test_client()
    name = re.search(r"/mail/box/([\w-]+)", client.get("/mail/box").text)[1]
    shown = client.get(f"/mail/box/{name}/html")
    assert shown.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "script-src" not in shown.headers["Content-Security-Policy"]
    page = client.get(f"/mail/box/{name}")
    assert "<script" not in page.text
    assert re.search(r"<iframe[^>]*\ssandbox\s", page.text)
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert client.get("/mail/box/..%2f..%2fservice").status_code == 404
    assert client.get("/mail/box/nothing").status_code == 404


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {**HERE, "MAILBOX_PAGE": False},
        {**HERE, "SMTP_URL": "smtp://127.0.0.1:1"},
        {**HERE, "PUBLIC_URL": "https://service.example.test"},
        {**HERE, "PUBLIC_URL": "http://10.0.0.5:5000"},
        {**HERE, "PUBLIC_URL": "http://localhost.example.test"},
    ],
)
def test_elsewhere_there_is_no_mailbox(house_with, settings):
    app = house_with(**settings)
    assert not [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("mailbox.")]
    assert app.test_client().get("/mail/box").status_code == 404
    assert "/mail/box" not in app.test_client().get("/account/mail-sent").text


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({}, "203.0.113.9"),
        ({}, "10.0.0.5"),
        ({"X-Forwarded-For": "127.0.0.1"}, "127.0.0.1"),
        ({"Forwarded": "for=127.0.0.1"}, "127.0.0.1"),
        ({"Via": "1.1 proxy"}, "127.0.0.1"),
        ({"Host": "rebound.evil.test"}, "127.0.0.1"),
    ],
)
def test_nobody_but_this_machine_sees_it(house_with, headers, address):
    app = house_with(**HERE)
    put(app)
    asked = {"headers": headers, "environ_base": {"REMOTE_ADDR": address}}
    assert app.test_client().get("/mail/box", **asked).status_code == 404


def test_production_does_not_ask_for_it_and_make_run_does(tmp_path):
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    for path in (root / "docs" / "production").rglob("*"):
        assert not path.is_file() or "MAILBOX_PAGE" not in path.read_text(errors="replace"), path
    settings = read_settings({"DATA_DIR": str(tmp_path)})
    assert settings.environment()["MAILBOX_PAGE"] == "1"
