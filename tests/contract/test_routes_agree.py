"""The WordPress plugin's route table and the service's fragments are the same set."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.embed import schemas

ROUTES = Path(__file__).resolve().parents[2] / "wp-plugin" / "src" / "Routes.php"
QUERIES = {
    "performance": schemas.LeaderboardQuery,
    "leaderboard-table": schemas.LeaderboardQuery,
    "marketplace": schemas.MarketplaceQuery,
    "dashboard": schemas.DashboardQuery,
    "dashboard-overview": schemas.OverviewQuery,
    "dashboard-journal": schemas.JournalQuery,
    "dashboard-coach": schemas.CoachQuery,
    "coach": schemas.CoachQuery,
    "coach-card": schemas.CoachQuery,
    "coach-panel": schemas.PanelQuery,
    "pricing": schemas.PricingQuery,
    "plan": schemas.PlanQuery,
    "dashboard-plan": schemas.PlanQuery,
    "backtest-trades/<id>": schemas.TradesQuery,
    "dashboard-options": schemas.OptionsQuery,
    "macro": schemas.OptionsQuery,
    "desk": schemas.DeskQuery,
    "desk-now": schemas.BarsQuery,
    "desk-bars": schemas.BarsQuery,
    "desk-step": schemas.BarsQuery,
    "desk-levels": schemas.DeskQuery,
    "desk-symbols": schemas.SymbolsQuery,
    "desk-analysis": schemas.AnalysesQuery,
    "desk-analyses": schemas.AnalysesQuery,
}


def plugin_table() -> dict[tuple[str, str], tuple[str, str]]:
    """Return (method, path) -> (audience, query expression) as Routes.php has them."""
    text = ROUTES.read_text()
    table = text[text.index("const TABLE") :]
    rows = re.findall(r"array\( '(GET|POST)', (.+?), '(public|member)', (.+?) \),\n", table)
    found = {}
    for method, expression, audience, query in rows:
        path = expression.replace("self::NUMBER", "'<id>'").replace("self::ROBOT", "'<id>'")
        path = path.replace("self::NOTED", "'<id>'")
        found[method, "".join(re.findall(r"'([^']*)'", path))] = (audience, query)
    return found


def query_names(expression: str) -> set[str]:
    text = ROUTES.read_text()
    names = set(re.findall(r"'([a-z_]+)' =>", expression))
    for constant in re.findall(r"self::([A-Z]+)(?! =>)", expression):
        body = re.search(rf"const {constant}\s*= array\((.*?)\);", text, re.DOTALL)
        if body:
            names |= set(re.findall(r"'([a-z_]+)'\s*=>", body[1]))
    return names


@pytest.mark.req("S4-83", "S4-104")
def test_both_sides_know_the_same_routes_with_the_same_audience(app):
    service = {}
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/embed/"):
            continue
        path = re.sub(r"<[^>]+>", "<id>", rule.rule.removeprefix("/embed/"))
        audience = app.view_functions[rule.endpoint].auth_decision
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            service[method, path] = {"site": "public", "person": "member"}.get(audience, audience)
    plugin = {key: audience for key, (audience, _query) in plugin_table().items()}
    assert plugin == service


@pytest.mark.parametrize("path", QUERIES)
def test_both_sides_know_the_same_query_names(path):
    _audience, expression = plugin_table()["GET", path]
    assert query_names(expression) == set(QUERIES[path].model_fields)
