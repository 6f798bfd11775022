"""A small world for fuzzing the API: a user with a key, a site whose tokens are signed on the way.

Everything is sold at a till of its own, which the world puts back together with the database.

The generated requests know nothing of credentials: a layer of WSGI in front of the application
adds them, because a site's token covers method, address and body of the very request.
"""

from __future__ import annotations

import base64
import copy
import io
import sqlite3
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from werkzeug.wrappers import Response

from app.accounts import service as accounts
from app.accounts.models import MemberView
from app.accounts.schemas.views import ViewIn
from app.ai import service as ai
from app.billing import service as billing
from app.billing.models import Invoice, ProviderEvent
from app.billing.schemas.administration import PlanGiftIn
from app.billing.service import offers
from app.charts import service as charts
from app.charts.schemas import AddAnalysisNote, Author, ChartIn, OperationsIn, ReplayIn, ShareIn
from app.core import clock
from app.core.auth import PERSON_SCOPES, SCOPES
from app.core.db import db, transaction
from app.core.outbound import Network
from app.ledger import service as ledger
from app.ledger.schemas import FillIn
from app.market import service as market
from app.moderation import service as moderation
from app.moderation.schemas import NameIn
from app.robots import service as robots
from app.robots.schemas.running import DeploymentIn, RunIn
from app.robots.service import sync_catalogue, work
from app.trading import service as trading
from app.trading.schemas import BrokerAccountIn
from tests.conftest import SiteCaller, make_app, migrate
from tests.factories import tills
from tests.factories.analyses import drawn_analysis, with_analyses
from tests.factories.bars import bars_at, minutes_from, us
from tests.factories.creators import seller, sells
from tests.factories.plans import with_api
from tests.factories.shots import picture, send_shot

AT = "2026-05-20T14:00:00Z"
ADMIN = 1
MEMBER = 7
NEWCOMER = 8
POSITION = {
    "symbol": "AAPL",
    "right": "shares",
    "qty": "1",
    "price": "10",
    "opened_on": "2026-05-19",
}
EMAIL = "fuzz@example.test"
MONTH = ((1, 2), (3, 28))
HOOK = "https://hooks.example.com/trading"
PAGE = "https://site.example/dashboard/"
DESCRIPTION = "/api/openapi.json"
CREATOR = {"ladder": "creator", "plan": "creator"}
# What the till is made of.
KEPT = ("offset", "counter", "objects", "kinds", "due", "keys", "declining")


def _look_up(host: str, _port: int) -> list[str]:
    """Return an address without asking anybody: only the names of examples are known."""
    return ["93.184.215.14"] if host.endswith("example.com") else []


def _robots(user_id: int) -> dict[str, int]:
    """Return a robot on paper and a finished backtest of it."""
    days = market.calendar("XNYS").between(*(date(2024, *day).toordinal() for day in MONTH))
    rows = [
        f"{date.fromordinal(day)},{10 + at % 5},20,5,{10 + at % 7},100"
        for at, day in enumerate(days)
    ]
    file = "\n".join(["session,open,high,low,close,volume", *rows])
    settings = {"fast": 2, "slow": 3}
    with transaction():
        deployed = robots.deploy(
            user_id, DeploymentIn(plugin_id="ma_cross", symbols=["SPY"], parameters=settings)
        )
        started = robots.start_run(
            user_id, RunIn(plugin_id="ma_cross", files={"SWING": file}, parameters=settings)
        )
    work.run_backtest_job(started.id)
    return {"deployment_id": deployed.id, "run_id": started.id}


def _market() -> None:
    """Keep minutes, days and an option chain of a symbol, around what the examples name."""
    days = [datetime(2026, 5, day, 13, 30, tzinfo=UTC) for day in (18, 19, 20, 21, 22)]
    with transaction():
        each = market.get_instrument("AAPL")
        market.store_bars(each.id, "D1", bars_at([us(day) for day in days], price=187.0), "csv")
        for day in days[2:4]:
            market.store_bars(each.id, "M1", minutes_from(day, 390, price=187.0), "csv")
        lines = [
            "expiry,strike,right,bid,ask",
            *(f"2026-06-19,{strike},{right},4,4.2" for strike in (185, 190) for right in "CP"),
        ]
        market.import_chain(lines, "AAPL", date(2026, 5, 20))


def _charts(user_id: int) -> dict[str, Any]:
    """Return a chart that was drawn on and is shared, and a replay."""
    me, note = charts.member(user_id), AddAnalysisNote(text="Look here")
    replay = {"symbol": "AAPL", "timeframe": "M5", "from": "2026-05-20T13:30:00Z"}
    with transaction():
        chart = charts.create_chart(me, ChartIn(document={"symbol": "AAPL", "timeframe": "M5"}))
        script = charts.Actor(user_id, Author(kind="program", name="script"))
        charts.apply(script, chart.id, OperationsIn(operations=[note]))
        link = charts.share_chart(user_id, chart.id, ShareIn())
        begun = charts.create_replay(user_id, ReplayIn.model_validate(replay))
    token = (link.url or "").rpartition("/")[2]
    return {"chart_id": chart.id, "replay_id": begun.id, "token": token, "symbol": "AAPL"}


def _offer(creator_id: int) -> int:
    """Return an offer of a creator that is on sale."""
    with transaction():
        made = offers.add(creator_id, "Signals", "Each trade as it is made.", "50").id
    offers.publish(creator_id, made)
    return made


def _own_key(user_id: int) -> str:
    """Let a member have an own key of a provider; return whose."""
    with transaction():
        given = PlanGiftIn(ladder="ai_traders", plan="byok", reason="A test")
        billing.give_plan(user_id, given)
        return ai.save_key(user_id, "openai", "sk-a-key-of-nobody-0001").provider


class World:
    """An application with something of everything, and what names it."""

    def __init__(self, folder: Path) -> None:
        self.app = make_app(folder, RATE_LIMITS="*=off")
        self.app.extensions["outbound"] = Network(resolve=_look_up, is_own=lambda _: False)
        migrate(self.app)
        self._open = ExitStack()
        with self.app.app_context():
            self.till = self._open.enter_context(tills.till_of(self.app))
            self._populate()
            db.session.remove()
            db.engine.dispose()
        self.database = folder / "service.sqlite3"
        self._keep()

    def _populate(self) -> None:
        with transaction():
            sync_catalogue(demo=True)
            user = accounts.create_user(EMAIL).id
            account = ledger.open_account(user, "ma_cross", "journal").id
            broker = BrokerAccountIn(
                broker="alpaca", name="Paper", account_type="paper",
                api_key=f"PK{'F' * 16}", secret_key="s" * 32,
            )  # fmt: skip
            # Both kinds of account are `account_id` in their addresses.
            assert trading.add_account(user, broker).id == account
        _market()
        fills = [
            FillIn(f"{side}{number}", AT, "AAPL", word, 1, 10 + number)
            for number in range(60)
            for side, word in (("b", "buy"), ("s", "sell"))
        ]
        ledger.record_fills(account, fills, source="test")
        self.site = SiteCaller(self.app)
        self.site.link(ADMIN, user)
        with transaction():
            accounts.set_operators_site(self.site.site_id, is_operators=True)
            member = accounts.create_user("member@example.test").id
        self.site.link(MEMBER, member)
        sold = self._sell(user, member)
        with transaction():
            moderation.ask_for_name(self.site.site_id, member, NameIn(name="Fuzz Name"))
            scopes = [*SCOPES, *PERSON_SCOPES]
            self.key = accounts.create_key(with_api(user), scopes, "fuzz")
            accounts.create_key(with_api(user), ["ledger:read"], "second")
        self.ids: dict[str, Any] = {
            "user_id": user,
            "account_id": account,
            "plugin_id": "ma_cross",
            "member_id": 2,
            "case_id": 1,
            "key_id": 2,
            "creator_id": user,
            "listing": "revenue",
            "model": "gpt-4o-mini",
            "task": "coach",
            "number": ai.prompt("coach").number,
            "offer_id": sold["own"],
            "event_id": sold["event"],
            **self._webhook(),
            **_robots(user),
            **_charts(user),
            "screenshot_id": send_shot(user, "positions"),
            "analysis_id": drawn_analysis(with_analyses(user), "AAPL", "fuzz"),
            "provider": _own_key(user),
        }
        # What an example cannot know: values that must be those of the asker.
        self.known: dict[str, dict[str, Any]] = {
            "/api/wordpress/users": {"wp_user_id": NEWCOMER},
            "/api/creator/onboarding": {"return_url": PAGE},
            "/api/subscriptions/portal": {"return_url": PAGE},
            "/api/subscriptions/checkout": {**CREATOR, "success_url": PAGE, "cancel_url": PAGE},
            "/api/subscriptions/resume": {"ladder": "offers", "offer_id": sold["other"]},
            "/api/screenshots": {"picture": base64.b64encode(picture("Example")).decode()},
            "/api/admin/members/2/plan": CREATOR,
            "/api/admin/ai/prompts/coach/choice": {"number": None},
            "/api/admin/ai/settings": {"name": "user_day", "value": "2"},
            "/api/portfolio/what-if": {"account_id": account, "underlying": "AAPL"},
            "/api/options/analysis": {"at": None, "legs": [{"kind": "stock", "quantity": 100}]},
            f"/api/charts/{self.ids['chart_id']}": {"version": None},
            f"/api/charts/{self.ids['chart_id']}/undo": {
                "version": None,
                "by": "machine",
                "name": None,
                "model": None,
            },
            f"/api/screenshots/{self.ids['screenshot_id']}/confirm": {"positions": [POSITION]},
            f"/api/replays/{self.ids['replay_id']}/step": {"version": 1},
            f"/api/charts/{self.ids['chart_id']}/operations": {
                "version": None,
                "replay_id": None,
                "operations": [{"kind": "add_analysis_note", "text": "Here too"}],
            },
            "/api/analyses": {"chart_id": None, "symbol": "AAPL", "timeframe": "M5"},
            "/api/admin/members/2/refund": {"invoice_id": sold["invoice"]},
        }
        self._view(user)

    def _sell(self, user: int, member: int) -> dict[str, Any]:
        """Let the user buy and sell, and the member buy; return what names it."""
        sells(user, self.till)
        own, other = (_offer(one) for one in (user, seller(self.till)))
        for buyer, asked in (
            (user, {"plan": "premium"}),
            (user, {"plan": "offer", "ladder": "offers", "offer_id": other}),
            (member, {"plan": "premium"}),
            (member, {"plan": "offer", "ladder": "offers", "offer_id": own}),
        ):
            tills.buy(self.till, buyer, **asked)
        tills.deliver(self.app, self.till)
        tills.work()
        # One plan is cancelled, so that it can be resumed.
        billing.cancel_plan(user, "offers", offer_id=other)
        with transaction():
            event = db.session.query(ProviderEvent).filter_by(state="done").first()
            event.state = "dead"
            mine = db.session.query(Invoice.id).filter_by(user_id=member, status="paid")
            return {
                "own": own, "other": other, "event": event.event_id,
                "invoice": mine.order_by(Invoice.id).first()[0],
            }  # fmt: skip

    def _view(self, user: int) -> None:
        """Let the administrator look at the member's dashboard, for longer than a run takes."""
        given = ViewIn(reason="Asked for help", member_caps=["read"])
        with transaction():
            view = accounts.begin_view(self.site.site_id, 2, given, by=ADMIN, me=user)
            db.session.get_one(MemberView, view.id).ends_at = clock.now() + timedelta(days=1)

    def _webhook(self) -> dict[str, int]:
        client, headers = self.app.test_client(), {"Authorization": f"Bearer {self.key}"}
        made = client.post("/api/webhooks", json={"url": HOOK}, headers=headers)
        sent = client.post(f"/api/webhooks/{made.json['id']}/test", headers=headers)
        return {"endpoint_id": made.json["id"], "delivery_id": sent.json["id"]}

    def _keep(self) -> None:
        # A server may put it back from a thread of its own.
        self.kept = sqlite3.connect(":memory:", check_same_thread=False)
        self._copy(sqlite3.connect(self.database), self.kept)
        with self.till.world.lock:
            self.sold = copy.deepcopy({name: getattr(self.till.world, name) for name in KEPT})
        self.asked = len(self.till.requests)

    def close(self) -> None:
        """Let go of the database and the till."""
        self._open.close()
        self.kept.close()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        self.app.extensions["redis"].close()

    def restore(self) -> None:
        """Put everything back as it was at the beginning."""
        with self.app.app_context():
            db.session.remove()
        self._copy(self.kept, sqlite3.connect(self.database))
        if len(self.till.requests) == self.asked:
            return
        with self.till.world.lock:
            vars(self.till.world).update(copy.deepcopy(self.sold))
        self.asked = len(self.till.requests)

    def _copy(self, source: sqlite3.Connection, target: sqlite3.Connection) -> None:
        # Through SQLite itself: the application holds the file open.
        source.backup(target)
        for connection in {source, target} - {self.kept}:
            connection.close()

    def door(self, asker: str) -> Any:
        """Return the application as WSGI, with the credentials of `asker`: key, site or nobody."""

        def call(environ: dict[str, Any], start_response: Any) -> Any:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            body = environ["wsgi.input"].read(length) if length else b""
            environ["wsgi.input"] = io.BytesIO(body)
            if environ["PATH_INFO"] == DESCRIPTION and asker != "nobody":
                return Response(self._without_security(), mimetype="application/json")(
                    environ, start_response
                )
            if asker == "key":
                environ["HTTP_AUTHORIZATION"] = f"Bearer {self.key}"
            elif asker == "site":
                environ["HTTP_AUTHORIZATION"] = f"Bearer {self._token(environ, body)}"
            return self.app.wsgi_app(environ, start_response)

        return call

    def _without_security(self) -> bytes:
        """Return the description as if everything were public: credentials are not generated."""
        document = self.app.test_client().get(DESCRIPTION).json
        for item in document["paths"].values():
            for operation in item.values():
                operation["x-security"] = operation.pop("security")
        return orjson.dumps(document)

    def _token(self, environ: dict[str, Any], body: bytes) -> str:
        query = environ.get("QUERY_STRING", "")
        target = environ["PATH_INFO"] + (f"?{query}" if query else "")
        who = NEWCOMER if environ["PATH_INFO"] == "/api/wordpress/users" else ADMIN
        return self.site.token(
            environ["REQUEST_METHOD"], target, body, wp_user_id=who, caps=["read", "manage"]
        )
