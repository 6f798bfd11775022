"""The import of a file on the dashboard: preview, start, progress, outcome, cancel."""

import re

import pytest

from app.core.db import transaction
from app.ledger import service as ledger
from app.performance import service as performance

WP_USER = 7
HEADER = "external_id,executed_at,symbol,side,qty,price,fee,currency\n"
GOOD = HEADER + (
    "a1,2025-03-03T15:00:00Z,NVDA,buy,2,100,1,USD\n"
    "a2,2025-03-03T16:00:00Z,NVDA,sell,2,110,1,USD\n"
    "a3,2025-03-04T16:00:00Z,NVDA,sell,-2,110,1,USD\n"
)


@pytest.fixture
def owner(site, member):
    user_id = member(tier="mid")
    site.link(WP_USER, user_id)
    return user_id


@pytest.fixture
def send(site, owner):
    def post(path, body=b"", content_type="application/x-www-form-urlencoded", wp_user_id=WP_USER):
        return site.post(
            f"/embed/{path}",
            data=body,
            headers={"Content-Type": content_type},
            wp_user_id=wp_user_id,
            caps=["read"],
        )

    return post


@pytest.fixture
def upload(send):
    def post(content, plugin_id="journal", name="fills.csv"):
        body = (
            "--xx\r\n"
            'Content-Disposition: form-data; name="plugin_id"\r\n\r\n'
            f"{plugin_id}\r\n--xx\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: text/csv\r\n\r\n"
            f"{content}\r\n--xx--\r\n"
        )
        return send("imports", body.encode(), "multipart/form-data; boundary=xx")

    return post


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def import_id(response):
    return int(re.search(r"/embed/imports/(\d+)/", response.text)[1])


def test_a_preview_shows_rows_counts_and_refusals_and_writes_nothing(upload, owner):
    response = upload(GOOD)
    shown = text(response)
    assert response.status_code == 200
    assert "Preview: nothing is written yet" in shown
    assert "Rows 3 Ready 2 Refused 1" in shown
    assert "NVDA" in shown
    assert "Refused rows" in shown
    assert "qty must be above zero" in shown
    assert "Import 2 rows" in shown
    assert ledger.list_accounts(owner) == []


def test_a_started_import_polls_until_it_is_done(upload, send, site, owner):
    number = import_id(upload(GOOD))
    started = send(f"imports/{number}/start")
    assert 'hx-trigger="every 1s"' in started.text
    assert "0 of 3" in text(started)
    ledger.run_import(number)
    done = site.get(f"/embed/imports/{number}", wp_user_id=WP_USER, caps=["read"])
    assert "hx-trigger" not in done.text
    assert "Rows 3 Created 2 Already there 0 Refused 1" in text(done)
    assert 'tabindex="-1"' in done.text
    account = ledger.list_accounts(owner)[0]
    with transaction():
        performance.refold_account(account.id, "USD", account.opened_on.toordinal())
    overview = site.get("/embed/dashboard-overview", wp_user_id=WP_USER, caps=["read"])
    assert "All time +$18.00" in text(overview)


def test_the_same_file_again_is_all_duplicates(upload, send, site, owner):
    for _ in range(2):
        number = import_id(upload(GOOD))
        send(f"imports/{number}/start")
        ledger.run_import(number)
    done = site.get(f"/embed/imports/{number}", wp_user_id=WP_USER, caps=["read"])
    assert "Created 0 Already there 2 Refused 1" in text(done)


def test_a_preview_can_be_cancelled(upload, send):
    number = import_id(upload(GOOD))
    cancelled = send(f"imports/{number}/cancel")
    assert "Import cancelled" in text(cancelled)
    assert "Import another file" in text(cancelled)


@pytest.mark.parametrize(
    ("content", "plugin_id"),
    [("", "journal"), ("only,two\n1,2\n", "journal"), (GOOD, "No such name")],
)
def test_a_file_that_cannot_be_used_gives_the_form_back_with_the_reason(upload, content, plugin_id):
    response = upload(content, plugin_id)
    assert response.status_code == 422
    assert 'id="import-form"' in response.text
    assert 'class="trp-err"' in response.text


def test_a_form_without_a_file_says_so(send):
    body = b'--xx\r\nContent-Disposition: form-data; name="plugin_id"\r\n\r\njournal\r\n--xx--\r\n'
    response = send("imports", body, "multipart/form-data; boundary=xx")
    assert response.status_code == 422
    assert "Choose a file." in response.text


def test_another_members_import_is_not_found(upload, send, site, member):
    number = import_id(upload(GOOD))
    site.link(8, member("stranger@example.test"))
    for path in (f"imports/{number}/start", f"imports/{number}/cancel"):
        assert send(path, wp_user_id=8).status_code == 404
    asked = site.get(f"/embed/imports/{number}", wp_user_id=8, caps=["read"])
    assert asked.status_code == 404


def test_a_file_name_is_text_and_nothing_else(upload):
    response = upload(GOOD, name="&lt;b&gt;<img src=x>.csv")
    assert "<img" not in response.text
