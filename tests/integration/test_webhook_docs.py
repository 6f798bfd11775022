"""The examples of docs/webhooks.md verify what we send, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from app.notifications.rules import webhooks as rules
from app.notifications.schemas import EndpointIn
from scripts.settings import ROOT

TEXT = (ROOT / "docs" / "webhooks.md").read_text()
SECRET = re.search(r"whsec_[A-Za-z0-9+/=]+", TEXT)[0]
BODY = rules.message("fills.recorded", datetime.now(UTC), {"account_id": 4, "net": "1.50"})


def code(language):
    return re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)[1]


def headers(now=None, secret=SECRET):
    other = rules.secret_text(b"o" * 32)
    return rules.headers("evt_1", BODY, [other, secret], now or datetime.now(UTC))


def test_the_python_example_takes_what_is_ours_once_and_refuses_the_rest(capsys):
    scope = {"__name__": "example"}
    exec(compile(code("python"), "example", "exec"), scope)
    client = scope["app"].test_client()
    for _ in range(2):
        assert client.post("/hooks/trading", data=BODY, headers=headers()).status_code == 204
    assert capsys.readouterr().out.count("fills.recorded") == 1
    for body, sent in (
        (BODY + " ", headers()),
        (BODY, headers(datetime.now(UTC) - timedelta(minutes=6))),
        (BODY, rules.headers("evt_1", BODY, [rules.secret_text(b"o" * 32)], datetime.now(UTC))),
        (BODY, {}),
    ):
        assert client.post("/hooks/trading", data=body, headers=sent).status_code == 400


@pytest.mark.parametrize(
    ("body", "sent", "is_good"),
    [
        (BODY, headers, True),
        (BODY + " ", headers, False),
        (BODY, lambda: headers(datetime.now(UTC) - timedelta(minutes=6)), False),
        (BODY, lambda: headers(secret=rules.secret_text(b"x" * 32)), False),
        (BODY, dict, False),
    ],
)
def test_the_php_example_does_so_too(body, sent, is_good):
    function = code("php").split("$event =")[0]
    # Signed now: the tests are collected minutes before they run.
    names = {name: value for name, value in sent().items() if name.startswith("webhook-")}
    asked = json.dumps({"secret": SECRET, "headers": names, "body": body})
    script = function + (
        "$a = json_decode( stream_get_contents( STDIN ), true );"
        "echo json_encode( verified_event( $a['secret'], $a['headers'], $a['body'] ) );"
    )
    done = subprocess.run(
        ["php", "-r", script.removeprefix("<?php")],
        input=asked, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == (json.loads(BODY) if is_good else None)


def test_the_page_names_every_type_and_field():
    for kind in rules.TYPES:
        assert f"| `{kind}` |" in TEXT
    for field in EndpointIn.model_fields:
        assert f"`{field}`" in TEXT or f'"{field}"' in TEXT
