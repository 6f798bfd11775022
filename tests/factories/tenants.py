"""Two sites with members, each with something of everything, and a word in it that is theirs alone."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from flask import Flask
from werkzeug.test import TestResponse, encode_multipart

from app.accounts import service as accounts
from app.accounts.models import SiteMember, User
from app.accounts.service import sessions
from app.billing import service as billing
from app.charts import service as charts
from app.charts.schemas import AddAnalysisNote, Author, ChartIn, OperationsIn, ReplayIn
from app.coach import service as coach
from app.core import auth, clock, logbook
from app.core.db import db, transaction
from app.core.parse import parse
from app.ledger import service as ledger
from app.ledger.schemas import FillIn, OpeningIn
from app.moderation import service as moderation
from app.moderation.schemas import DecisionIn, NameIn, ReportIn
from app.notifications import service as notifications
from app.notifications.schemas import EndpointIn
from app.performance import service as performance
from app.robots import service as robots
from app.robots.schemas import PresentationIn
from app.robots.schemas.running import DeploymentIn, RunIn
from app.trading import service as trading
from app.trading.schemas import BrokerAccountIn
from tests.conftest import SiteCaller, make_app
from tests.factories.analyses import drawn_analysis, with_analyses
from tests.factories.bars import keep_days
from tests.factories.plans import with_api
from tests.factories.shots import send_shot

CSV = "external_id,executed_at,symbol,side,qty,price,fee,currency\n{word}-x,2026-05-20T14:00:00Z,AAPL,buy,1,10,0,USD\n"
GROUPED = ("trading", "robots", "models")
SCOPES = tuple(x for x in (*auth.SCOPES, *auth.PERSON_SCOPES) if not x.startswith(GROUPED))
# Written by being asked; says nothing that another could read.
VOLATILE = {"used_tokens", "log_entries", "clock_ticks", "attempt_counts"}
VOLATILE_COLUMNS = {"last_used_at", "last_seen_on", "copy_seen_at", "seen_at"}


@dataclass
class Person:
    """A member with the ids of what they own."""

    word: str
    site: SiteCaller
    wp_user_id: int
    user_id: int
    own: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    session: str = ""
    """What the person's browser keeps as its cookie."""
    elsewhere: list[SiteCaller] = field(default_factory=list)
    """Further sites at which the person is a member."""
    secret_words: set[str] = field(default_factory=set)
    """What only this person, and the administrators of the person's site, may read."""


def seed_person(site: SiteCaller, word: str, wp_user_id: int) -> Person:
    """Make a member about whom every slice knows something."""
    with transaction():
        user = accounts.create_user(f"{word}@example.test", username=f"{word} user")
        made = ledger.open_account(user.id, f"{word}-robot", "journal", name=f"{word} retirement")
    site.link(wp_user_id, user.id)
    person = Person(word, site, wp_user_id, user.id)
    person.secret_words = {word, user.pseudonym.lower()}
    person.own |= {"account": made.id, "user": user.id, "site": site.site_id}
    _trade(person)
    _ask(person)
    with transaction():
        billing.subscribe(user.id, "mid", source="operator")
        for scope in SCOPES:
            person.keys[scope] = accounts.create_key(with_api(user.id), [scope], f"{word} {scope}")
        for name in GROUPED:
            both = [f"{name}:read", f"{name}:write"]
            person.keys[name] = accounts.create_key(with_api(user.id), both, f"{word} {name}")
        other = ledger.open_account(user.id, f"{word}-own", "copy", name=f"{word} copy")
        ledger.set_opening(user.id, other.id, OpeningIn(starting_balance="1000"))
        accounts.audit("key.created", user_id=user.id, site_id=site.site_id, word=word)
    person.own["key"] = min(key.id for key in accounts.list_keys(user.id))
    file = CSV.format(word=word).encode()
    found = ledger.preview_import(user.id, f"{word}-robot", f"{word}.csv", file)
    person.own["import"] = found.id
    person.own["membership"] = (
        db.session.query(SiteMember.id).filter_by(site_id=site.site_id, user_id=user.id).scalar()
    )
    _hook(person)
    started = robots.start_run(user.id, RunIn(plugin_id="ma_cross", symbols=["NVDA"]))
    deployed = robots.deploy(user.id, DeploymentIn(plugin_id="ma_cross", symbols=["NVDA"]))
    person.own |= {"run": started.id, "deployment": deployed.id}
    _draw(person)
    _talk(person)
    line = logbook.Line("error", "internal", word, "/embed/x", 500, "GET", site.site_id, user.id)
    logbook.write(logbook.Line(**{**line.__dict__, "detail": f"{word} broke"}))
    return person


def _trade(person: Person) -> None:
    at = datetime.now(UTC) - timedelta(days=2)
    word = person.word
    fills = [
        FillIn(f"{word}-in", at.isoformat(), "NVDA", "buy", "2", "100", "1", note=f"{word} hunch"),
        FillIn(f"{word}-out", (at + timedelta(minutes=9)).isoformat(), "NVDA", "sell", "2", "110"),
    ]
    with transaction():
        ledger.record_fills(person.own["account"], fills, source="api")
    with transaction():
        day = (at - timedelta(days=9)).toordinal()
        performance.refold_account(person.own["account"], "USD", day)


def _ask(person: Person) -> None:
    site_id, user_id, word = person.site.site_id, person.user_id, person.word
    with transaction():
        named = moderation.ask_for_name(site_id, user_id, NameIn(name=f"{word} Public"))
        given = ReportIn(robot="ma_cross", reason="other", text=f"{word} says it misleads")
        decided = moderation.report(site_id, user_id, given)
        note = DecisionIn(decision="dismiss", note=f"{word} note")
        moderation.decide(site_id, decided.id, note, by=1)
    person.own["case"] = named.id


def _draw(person: Person) -> None:
    """Make a chart with a note of a program."""
    word, program = person.word, Author(kind="program", name=f"{person.word} script")
    given = ChartIn(title=f"{word} chart", document={"symbol": "NVDA", "timeframe": "D1"})
    note = AddAnalysisNote(text=f"{word} thinks so")
    with transaction():
        made = charts.create_chart(charts.member(person.user_id), given)
        actor = charts.Actor(person.user_id, program)
        charts.apply(actor, made.id, OperationsIn(operations=[note]))
        history = parse(
            ReplayIn, {"symbol": "NVDA", "timeframe": "D1", "from": "2026-05-19T00:00:00Z"}
        )
        person.own["replay"] = charts.create_replay(person.user_id, history).id
    person.own["chart"] = made.id


def _talk(person: Person) -> None:
    """Ask the coach something, and stop the answer."""
    asked = coach.ask(person.user_id, f"{person.word} asks")
    coach.stop(person.user_id, asked.id)
    person.own |= {"message": asked.id, "conversation": asked.conversation_id}
    person.own["screenshot"] = send_shot(person.user_id, person.word)
    person.own["analysis"] = drawn_analysis(with_analyses(person.user_id), "NVDA", person.word)


def _hook(person: Person) -> None:
    given = EndpointIn(url=f"http://127.0.0.1:9/{person.word}", description=f"{person.word} hook")
    with transaction():
        made = notifications.create_endpoint(person.user_id, given)
        person.own["endpoint"] = made.id
        person.own["delivery"] = notifications.send_test(person.user_id, made.id)
    broker = BrokerAccountIn(
        broker="alpaca", name=f"{person.word} broker", account_type="paper",
        api_key=f"PK{person.word.upper()}{'K' * 16}", secret_key=f"{person.word}-secret-at-the-broker",
    )  # fmt: skip
    with transaction():
        person.own["broker"] = trading.add_account(person.user_id, broker).id
    with transaction():
        place = accounts.Place("203.0.113.0/24", "203.0.113.0", f"{person.word} browser", "")
        user = db.session.get_one(User, person.user_id)
        person.session = sessions.open_session(user, is_kept=False, place=place)
        person.own["session"] = accounts.list_sessions(user)[0].id


@dataclass
class World:
    """Two sites, the people of both, and the way back after something was changed."""

    app: Flask
    path: Path
    a: SiteCaller
    b: SiteCaller
    paused: SiteCaller
    people: dict[str, Person]
    words: dict[str, set[str]]
    """What may be read at a site alone, by site."""
    browsers: dict[str, dict[str, str]]
    """Headers of a browser in which a person is signed in, with the token of its forms."""
    tokens: dict[tuple[str, str], str]
    """Texts of tokens, by person and the key that they were given for."""
    kept: sqlite3.Connection | None = None

    def keep(self) -> None:
        """Remember the present state for `restore`."""
        self.kept = sqlite3.connect(":memory:")
        with sqlite3.connect(self.path) as now:
            now.backup(self.kept)

    def restore(self) -> None:
        """Go back to what `keep` remembered."""
        db.session.remove()
        now = sqlite3.connect(self.path)
        self.kept.backup(now)
        now.close()

    def dump(self) -> dict[str, list[tuple]]:
        """Return all rows of all tables, but for what every question leaves behind."""
        found = {}
        now = sqlite3.connect(self.path)
        for table in db.metadata.sorted_tables:
            names = [column.name for column in table.columns if column.name not in VOLATILE_COLUMNS]
            if table.name not in VOLATILE:
                listed = ", ".join(f'"{name}"' for name in names)
                found[table.name] = now.execute(f'SELECT {listed} FROM "{table.name}"').fetchall()
        now.close()
        return found


def build(folder: Path, database: Path) -> World:
    """Return the world, on a database of its own; to be used inside its application's context."""
    path = folder / "service.sqlite3"
    shutil.copy(database, path)
    app = make_app(folder, WEBHOOKS_ALLOW_LOCAL=True)
    with app.app_context():
        with transaction():
            robots.sync_catalogue()
        a, b = (
            _site(app, "zqsitea", "https://a.example"),
            _site(app, "zqsiteb", "https://b.example"),
        )
        paused = _site(app, "zqsitec", "https://c.example")
        with transaction():
            # The first site is the operator's own: its administrators decide about money.
            accounts.set_operators_site(a.site_id, is_operators=True)
        keep_days("NVDA")
        people = {
            name: seed_person(site, f"zq{name}", number)
            for name, site, number in (
                ("ada", a, 7), ("amy", a, 8), ("bossa", a, 1), ("net", a, 2), ("shut", a, 11), ("gone", a, 12),
                ("bob", b, 7), ("bossb", b, 1),
            )
        }  # fmt: skip
        b.link(2, people["net"].user_id)
        people["net"].elsewhere.append(b)
        with transaction():
            member = people["shut"].own["membership"]
            accounts.set_member_disabled(a.site_id, member, is_disabled=True)
            db.session.get_one(User, people["gone"].user_id).disabled_at = clock.now()
            accounts.pause_site(paused.site_id)
        tokens = _tokens(app, people["ada"])
        browsers = {name: _browser(app, people[name]) for name in ("ada", "bob")}
        words = {site.site_id: {name, site.site_id.lower(), site.key_id.lower()}
                 for site, name in ((a, "zqsitea"), (b, "zqsiteb"), (paused, "zqsitec"))}  # fmt: skip
        world = World(app, path, a, b, paused, people, words, browsers, tokens)
        world.keep()
    return world


def _tokens(app: Flask, person: Person) -> dict[tuple[str, str], str]:
    """Return tokens that outlast the tests: of a living key, and of one that is revoked after it."""
    with transaction():
        person.keys["revoked"] = accounts.create_key(
            with_api(person.user_id), None, f"{person.word} revoked"
        )
    found = {}
    with mock.patch("app.accounts.rules.access.ACCESS_LIFE", timedelta(hours=9)):
        for name in ("ledger:read", "revoked"):
            headers = {"Authorization": f"Bearer {person.keys[name]}"}
            answer = app.test_client().post("/api/tokens", json={}, headers=headers)
            found[person.word.removeprefix("zq"), name] = answer.json["access_token"]
    with transaction():
        newest = max(key.id for key in accounts.list_keys(person.user_id))
        accounts.revoke_key(person.user_id, newest)
    return found


def _browser(app: Flask, person: Person) -> dict[str, str]:
    client = app.test_client()
    client.set_cookie("trp_session", person.session)
    page = client.get("/account/").get_data(as_text=True)
    form = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    name = app.config["SESSION_COOKIE_NAME"]
    kept = client.get_cookie(name).value
    return {"Cookie": f"trp_session={person.session}; {name}={kept}", "X-CSRFToken": form}


def _site(app: Flask, word: str, url: str) -> SiteCaller:
    site = SiteCaller(app, url, name=f"{word} name")
    shown = PresentationIn(title=f"{word} title", summary=f"{word} summary", is_featured=True)
    with transaction():
        robots.present(site.site_id, "ma_cross", shown, version=0, by=1)
        accounts.audit("site.changed", site_id=site.site_id, word=word)
    return site


@dataclass(frozen=True)
class Body:
    """What is sent with a request."""

    json: Any = None
    form: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def raw(self) -> tuple[bytes, dict[str, str]]:
        """Return the bytes to send and the headers that belong to them."""
        if self.json is not None:
            return json.dumps(self.json).encode(), {
                "Content-Type": "application/json",
                **self.headers,
            }
        if self.form is None:
            return b"", dict(self.headers)
        boundary, data = encode_multipart(self.form)
        kind = f'multipart/form-data; boundary="{boundary}"'
        return data, {"Content-Type": kind, **self.headers}


Send = Callable[[World, str, str, Body], TestResponse]


@dataclass(frozen=True)
class Caller:
    """One kind of asker: how the request is sent, and as whom."""

    name: str
    send: Send
    person: str = ""
    """Whose objects are this caller's own; empty for who is nobody here."""
    site: str = "a"
    """Whose administrators' objects are this caller's own."""
    is_admin: bool = False


def by_nobody(world: World, method: str, target: str, body: Body) -> TestResponse:
    """Send without credentials."""
    data, headers = body.raw()
    return world.app.test_client().open(target, method=method, data=data, headers=headers)


def by_key(person: str, name: str) -> Send:
    """Return a way to send with an API key of a person, by its scope."""

    def send(world: World, method: str, target: str, body: Body) -> TestResponse:
        data, headers = body.raw()
        text = world.people[person].keys.get(name, name)
        headers["Authorization"] = f"Bearer {text}"
        return world.app.test_client().open(target, method=method, data=data, headers=headers)

    return send


def by_token(person: str, name: str) -> Send:
    """Return a way to send with a token that was given for an API key."""

    def send(world: World, method: str, target: str, body: Body) -> TestResponse:
        data, headers = body.raw()
        headers["Authorization"] = f"Bearer {world.tokens[person, name]}"
        return world.app.test_client().open(target, method=method, data=data, headers=headers)

    return send


def by_browser(person: str, *, is_forged: bool = False) -> Send:
    """Return a way to send as a browser does, from our own page or from somebody else's."""

    def send(world: World, method: str, target: str, body: Body) -> TestResponse:
        data, headers = body.raw()
        headers |= world.browsers[person]
        if is_forged:
            # A page of another site makes the browser send its cookies, and knows no token.
            headers["X-CSRFToken"] = world.browsers["bob"]["X-CSRFToken"]
            headers["Origin"] = "https://evil.example"
        client = world.app.test_client(use_cookies=False)
        return client.open(target, method=method, data=data, headers=headers)

    return send


def by_site(site: str, wp_user_id: int, *caps: str, **claims: Any) -> Send:
    """Return a way to send as the plugin of a site does for a WordPress user."""

    def send(world: World, method: str, target: str, body: Body) -> TestResponse:
        data, headers = body.raw()
        caller = getattr(world, site)
        said = {"wp_user_id": wp_user_id, "caps": list(caps), **claims}
        headers["Authorization"] = f"Bearer {caller.token(method, target, data, **said)}"
        return world.app.test_client().open(target, method=method, data=data, headers=headers)

    return send
