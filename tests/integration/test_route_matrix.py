"""Every route, asked by every kind of caller for its own, another's and another site's things."""

from __future__ import annotations

import re

import pytest

from app.core.headers import ALLOWED, HEADERS
from tests.factories import tenants
from tests.factories.tenants import Caller, World
from tests.integration.route_matrix import CALLERS, Row, doors, rows
from tests.integration.route_names import BOARDS, NAMES

MISSING = 999_999
STRANGERS = {"nobody", "wrong key", "revoked key", "disabled user's key", "token, key revoked"}
SITE_THINGS = {"membership", "case"}
ROWS, DOORS = rows(), doors()
PATTERN = re.compile(r"<(?:[^<>:]+:)?([a-z_]+)>")


@pytest.fixture(scope="module")
def world(tmp_path_factory, migrated_database):
    """Return two sites with their members."""
    made = tenants.build(tmp_path_factory.mktemp("world"), migrated_database)
    with made.app.app_context():
        yield made


@pytest.fixture(autouse=True)
def back(world):
    """Leave the world to the next test as it was."""
    yield
    world.restore()


@pytest.fixture(scope="module")
def before(world):
    """Return every row of the untouched world."""
    return world.dump()


def bare(rule: str) -> str:
    """Return an address with what kind its parts are left out where that is a list of words."""
    return re.sub(r"<any\([^)]*\):", "<", rule)


def test_every_route_and_method_has_a_row_and_every_row_a_route(world):
    actual = {
        f"{method} {bare(rule.rule)}"
        for rule in world.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    listed = {f"{row.method} {row.address.partition('?')[0]}" for row in ROWS}
    assert listed == actual, "a new route needs a row in route_matrix.py, a gone one has none"


def test_the_table_knows_every_caller_at_every_door():
    names = [caller.name for caller in CALLERS]
    assert len(names) == len(set(names))
    for door, answers in DOORS.items():
        assert list(answers) == names, door
        assert set(answers.values()) <= {"ok", "303", "401", "403", "404"}, door
    assert {row.door for row in ROWS} == set(DOORS)


def is_own(world: World, caller: Caller, thing: str, person: str) -> bool:
    """Whether a person's thing is this caller's to use."""
    if thing in SITE_THINGS:
        return caller.is_admin and world.people[person].site is getattr(world, caller.site)
    if thing == "site" and caller.person:
        return world.people[caller.person].site is world.people[person].site
    return caller.person == person


def target(row: Row, numbers: dict[str, int]) -> str:
    """Return the address with a number, or a name, in each place."""
    path = PATTERN.sub(lambda found: NAMES.get(found[1]) or str(numbers[found[1]]), row.address)
    return path.format(**numbers)


def cases(world: World, row: Row, caller: Caller) -> list[tuple[str, dict[str, int], bool]]:
    """Return whose thing is asked for, its numbers, and whether the caller may have it."""
    if row.names == "-":
        return [("-", {}, True)]
    found = [
        (name, numbers_of(row, person.own), is_own(world, caller, row.names, name))
        for name, person in world.people.items()
    ]
    missing = dict.fromkeys(numbers_of(row, world.people["ada"].own), MISSING)
    found.append(("nobody", missing, False))
    if row.names == "delivery" and caller.person:
        # What is somebody else's, below what is one's own.
        own = {"endpoint_id": world.people[caller.person].own["endpoint"]}
        found += [
            (f"{whose} under own", numbers | own, False) for whose, numbers, may in found if not may
        ]
    return found


def numbers_of(row: Row, own: dict[str, int]) -> dict[str, int]:
    """Return a person's numbers for the places in an address."""
    places = PATTERN.findall(row.address) + re.findall(r"{([a-z]+)}", row.address)
    wanted = [place for place in places if place not in NAMES]
    if row.names == "delivery":
        return {place: own[place.removesuffix("_id")] for place in wanted}
    return dict.fromkeys(wanted, own[row.names])


def check_leaks(world: World, row: Row, caller: Caller, answer) -> None:
    """No answer holds a word that belongs to somebody whom the caller may not read."""
    # What is no text, such as a picture, is looked through as it is.
    said = (answer.get_data().decode(errors="replace") + str(answer.headers)).lower()
    home = getattr(world, caller.site)
    if caller.name in STRANGERS:
        home = None
    for name, person in world.people.items():
        may = name == caller.person or (
            caller.is_admin and home in (person.site, *person.elsewhere)
        )
        for word in () if may else person.secret_words:
            if row.address in BOARDS and word != person.word:
                continue
            assert word not in said, f"{caller.name} reads {word} of {name} at {row.name}"
    for site_id, words in world.words.items():
        if home is None or site_id != home.site_id:
            for word in words:
                assert word not in said, f"{caller.name} reads {word} at {row.name}"


def check_headers(row: Row, answer) -> None:
    """Every answer, good or bad, forbids a browser the same things and is kept by nobody."""
    policy = answer.headers["Content-Security-Policy"]
    for name, value in HEADERS.items():
        found = answer.headers.getlist(name)
        # The account pages need no script at all, and say so.
        assert found == [policy if name == "Content-Security-Policy" else value], (row.name, name)
    assert (
        {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy.split("; ")) <= set(ALLOWED)
    )
    assert answer.headers["X-Request-Id"]
    assert "Server" not in answer.headers
    assert "X-Powered-By" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers
    kept = answer.headers.get("Cache-Control", "")
    assert row.address.startswith("/static/") or "no-store" in kept or kept == "no-cache, private"
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies == [] or row.address.startswith("/account/")
    for cookie in cookies:
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; ")), cookie


def told(answer) -> tuple:
    """Return what a caller can learn of an answer, apart from the number of the request."""
    own = answer.headers.get("X-Request-Id", "")
    text = answer.get_data().decode(errors="replace")
    text = text.replace(own, "").replace(own[:12], "")
    heads = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
    return answer.status_code, re.sub(r'"time":"[^"]*"|urn:uuid:[0-9a-f-]+', "", text), heads


def ask(world: World, row: Row, caller: Caller, numbers: dict[str, int]):
    """Send a row's request as a caller and look at what every answer must be."""
    answer = caller.send(world, row.method, target(row, numbers), row.body())
    check_headers(row, answer)
    check_leaks(world, row, caller, answer)
    answer.close()
    return answer


@pytest.mark.req("S4-109")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_caller_gets_of_each_thing_what_the_table_says(world, before, row):
    allowed = [caller for caller in CALLERS if DOORS[row.door][caller.name] == "ok"]
    for caller in CALLERS:
        if caller in allowed:
            _refused_alike(world, row, caller)
        else:
            _kept_out(world, row, caller)
    assert changes(world, before) == {}, "what is refused changes nothing"
    for caller in allowed:
        _let_in(world, row, caller)
    if row.method == "GET":
        assert changes(world, before) == {}, "what is read changes nothing"


def changes(world: World, before: dict) -> dict:
    """Return the tables that are not as they were."""
    return {name: rows for name, rows in world.dump().items() if rows != before[name]}


def _kept_out(world: World, row: Row, caller: Caller) -> None:
    for whose, numbers, _ in cases(world, row, caller):
        answer = ask(world, row, caller, numbers)
        expected = DOORS[row.door][caller.name]
        assert str(answer.status_code) == expected, (caller.name, whose, answer.text[:300])


def _let_in(world: World, row: Row, caller: Caller) -> None:
    for whose, numbers, may in cases(world, row, caller):
        if may:
            answer = ask(world, row, caller, numbers)
            assert answer.status_code == row.good, (caller.name, whose, answer.text[:300])
            if row.method != "GET":
                world.restore()


def _refused_alike(world: World, row: Row, caller: Caller) -> None:
    answers = {
        whose: told(ask(world, row, caller, numbers))
        for whose, numbers, may in cases(world, row, caller)
        if not may
    }
    for whose, found in answers.items():
        nothing = answers["nobody under own" if whose.endswith(" under own") else "nobody"]
        assert nothing[0] == 404, (caller.name, nothing)
        assert found == nothing, f"{caller.name} learns that there is something of {whose}"
