"""A public fragment that was just made is repeated: to a good token only, and never when out of date."""

from __future__ import annotations

import gzip

import pytest

from app.accounts import service as accounts
from app.core.db import transaction
from app.embed.service import quick
from app.robots import service as robots
from tests.conftest import SiteCaller, make_app, migrate

PATH = "/embed/marketplace"


@pytest.fixture
def renders(monkeypatch) -> list[str]:
    """Return a list that grows with each fragment that is rendered and kept."""
    made: list[str] = []
    keep = quick.keep

    def noted(html: str) -> None:
        made.append(html)
        keep(html)

    monkeypatch.setattr(quick, "keep", noted)
    return made


@pytest.fixture(autouse=True)
def catalogue(app):
    with transaction():
        robots.sync_catalogue(demo=True)


def ask(site, token, **options):
    return site.app.test_client().get(PATH, headers={"Authorization": f"Bearer {token}"}, **options)


def test_the_same_question_is_rendered_once_while_nobody_writes(site, renders):
    first = site.get(PATH)
    again = site.get(PATH)
    assert len(renders) == 1
    assert again.data == first.data
    for name in ("ETag", "Cache-Control", "X-TRP-Service", "Content-Type", "Content-Language"):
        assert again.headers.get(name) == first.headers.get(name), name
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert "Set-Cookie" not in again.headers
    known = site.get(PATH, headers={"If-None-Match": first.headers["ETag"]})
    assert (known.status_code, known.data, len(renders)) == (304, b"", 1)
    zipped = site.get(PATH, headers={"Accept-Encoding": "deflate, gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == first.data


def test_each_question_site_and_language_has_its_own(app, site, renders):
    other = SiteCaller(app, url="https://other.example")
    answers = [
        site.get(PATH).data,
        site.get(f"{PATH}?view=list").data,
        site.get("/embed/pricing").data,
        site.get(PATH, headers={"Accept-Language": "de-DE"}).data,
        other.get(PATH).data,
    ]
    assert len(renders) == len(answers)
    assert len(set(answers)) == len(answers)
    assert b"other.example" in answers[-1]
    assert b"other.example" not in site.get(PATH).data
    assert len(renders) == len(answers)


def test_whatever_is_written_shows_at_once(site, renders):
    site.get(PATH)
    with transaction():
        robots.sync_catalogue(demo=False)
    site.get(PATH)
    assert len(renders) == 2


def test_a_paused_or_rotated_site_gets_nothing_more(app, site):
    assert site.get(PATH).status_code == 200
    with transaction():
        accounts.pause_site(site.site_id)
    assert site.get(PATH).status_code == 403
    with transaction():
        accounts.resume_site(site.site_id)
    assert site.get(PATH).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 1},
        {"iat": 99_999_999_999},
        {"nbf": 99_999_999_999},
        {"iat": "now"},
        {"aud": "somebody"},
        {"iss": "another"},
        {"sub": "another:0"},
        {"htm": "POST"},
        {"htu": "/embed/pricing"},
        {"bh": "0" * 64},
        {"typ": "other"},
        {"jti": "short"},
        {"surl": "0" * 16},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_token_that_is_not_good_gets_what_the_long_way_says(site, renders, change):
    site.get(PATH)
    answer = ask(site, site.token("GET", PATH, **change))
    assert answer.status_code in {401, 403, 409}
    assert len(renders) == 1


def test_a_token_with_another_signature_is_refused(site, renders):
    site.get(PATH)
    good = site.token("GET", PATH)
    other = site.token("GET", PATH, secret="x" * 40)
    for wrong in (other, good[:-6] + "AAAAAA", good.rpartition(".")[0] + ".", good[:-5]):
        assert ask(site, wrong).status_code == 401, wrong[-10:]
    assert ask(site, good).status_code == 200


def test_whoever_is_no_visitor_goes_the_long_way(site, renders):
    site.get(PATH)
    assert site.get(PATH, wp_user_id=7).status_code == 409  # nobody here knows who that is
    assert ask(site, site.token("GET", PATH), data=b"body").status_code == 401
    assert len(renders) == 1


def test_between_two_looks_at_the_database_it_is_a_second_behind_at_most(
    tmp_path, renders, monkeypatch
):
    app = make_app(tmp_path, FRAGMENT_SECONDS=1.0)
    migrate(app)
    now = [1000.0]
    monkeypatch.setattr(quick.time, "monotonic", lambda: now[0])
    with app.app_context():
        with transaction():
            robots.sync_catalogue(demo=True)
        site = SiteCaller(app)
        site.get(PATH)
        with transaction():
            robots.sync_catalogue(demo=False)
        site.get(PATH)
        assert len(renders) == 1
        now[0] += 1.01
        site.get(PATH)
        assert len(renders) == 2
        # What is said of the time of day is never older than half a minute.
        now[0] += quick.KEEP_SECONDS + 1
        site.get(PATH)
        assert len(renders) == 3


def test_what_this_process_has_saved_shows_at_once(tmp_path):
    """Who has just changed a robot's words looks at the marketplace next."""
    app = make_app(tmp_path, FRAGMENT_SECONDS=60.0)
    migrate(app)
    with app.app_context():
        with transaction():
            robots.sync_catalogue(demo=True)
        site = SiteCaller(app)
        assert "Other words" not in site.get(PATH).text
        saved = site.request(
            "PUT",
            "/api/admin/robots/ma_cross",
            wp_user_id=1,
            caps=["read", "manage_options"],
            json={"summary": "Other words"},
            headers={"If-Match": '"0"'},
        )
        assert saved.status_code == 200, saved.text
        assert "Other words" in site.get(PATH).text


def test_it_keeps_no_more_than_it_may(site, monkeypatch):
    monkeypatch.setattr(quick, "KEEP_COUNT", 3)
    for number in range(8):
        site.get(f"/embed/performance?strategy=s{'x' * number}")
    assert len(site.app.wsgi_app._kept) == 3
