"""Members with keys and charts, a web process and edges that speak MCP, for tests."""

from __future__ import annotations

import itertools
import json

import requests

from app.accounts import service as accounts
from app.charts import service as charts
from app.charts.schemas import ChartIn
from app.core.db import db, transaction
from tests.conftest import SiteCaller
from tests.edges import ORIGIN
from tests.factories.charts import with_minutes
from tests.factories.plans import with_api

ALL = ["market:read", "charts:read", "charts:write"]


class World:
    """A web process, two edges, and members with keys and charts."""

    def __init__(self, app, edges, redis):
        self.app, self.edges, self.redis = app, edges, redis
        self.turns = itertools.cycle(edges)
        with_minutes()
        self.site = SiteCaller(app, ORIGIN)
        self.ada, self.bob = (self.make(name) for name in ("ada", "bob"))
        self.site.link(7, self.ada)
        self.key = self.key_of(self.ada, *ALL)
        self.chart, self.others = (self.chart_of(one) for one in (self.ada, self.bob))

    def make(self, name: str) -> int:
        with transaction():
            user_id = accounts.create_user(f"{name}@example.test").id
        return with_api(user_id)

    def key_of(self, user_id: int, *scopes: str, name: str = "Desk helper") -> str:
        with transaction():
            return accounts.create_key(user_id, list(scopes), name)

    def chart_of(self, user_id: int) -> int:
        with transaction():
            given = ChartIn(document={"symbol": "AAPL", "timeframe": "M5"})
            return charts.create_chart(charts.member(user_id), given).id

    def now(self, user_id: int = 0, chart_id: int = 0):
        """Return a chart as the database has it now; ada's where nobody is named."""
        db.session.rollback()
        db.session.expire_all()
        return charts.get_chart(user_id or self.ada, chart_id or self.chart)

    def document(self) -> dict:
        return self.now().document.model_dump(mode="json")

    def post(self, body, key=None, edge=None, **headers):
        """Send one message as a client would."""
        sent = {
            "Authorization": f"Bearer {key or self.key}",
            "Accept": "application/json, text/event-stream",
            "Content-Type": "application/json",
            **headers,
        }
        sent = {name: value for name, value in sent.items() if value is not None}
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        url = (edge or next(self.turns)).url
        return requests.post(f"{url}/mcp", data=text, headers=sent, timeout=20)

    def call(self, name: str, key=None, **arguments) -> dict:
        """Call a tool, each time at the other edge; return its result."""
        answer = self.post(message("tools/call", name=name, arguments=arguments), key)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def refused(self, name: str, key=None, **arguments) -> dict:
        """Return why a tool was not carried out."""
        result = self.call(name, key, **arguments)
        assert result["isError"] is True, result
        assert "Traceback" not in str(result)
        return {**result["structuredContent"]["error"], "text": result["content"][0]["text"]}


def message(method: str, **params) -> dict:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
