"""What is sent to each route of the matrix (route_matrix.py) by who may."""

from __future__ import annotations

import base64
import io

from werkzeug.datastructures import FileStorage

from tests.factories.shots import picture
from tests.factories.tenants import Body

FILL = {"external_id": "m-1", "executed_at": "2026-05-20T13:30:00Z", "symbol": "AAPL",
        "side": "buy", "qty": "1", "price": "10"}  # fmt: skip
CSV = b"external_id,executed_at,symbol,side,qty,price,fee,currency\nm,2026-05-20T14:00:00Z,AAPL,buy,1,10,0,USD\n"
PERSON = {"email": "zqamy@example.test", "wp_user_id": 8, "page": 1}
NEW_KEY = {"name": "new", "scopes": ["ledger:read"]}
CONNECT = {"code": "no-such-code", "site_url": "https://x.example", "site_name": "X",
           "plugin_version": "1"}  # fmt: skip
SITE = {"site_url": "https://a.example", "site_name": "zqsitea name", "pages": {}}
BROKER = {"broker": "alpaca", "name": "new", "account_type": "paper",
          "api_key": "PKNEWNEWNEWNEWNEWNEW", "secret_key": "new-secret-new-secret-new"}  # fmt: skip
NOTE = {"kind": "add_analysis_note", "text": "Look here."}
CHART = {"symbol": "NVDA", "timeframe": "D1"}
RUN = {"plugin_id": "ma_cross", "symbols": ["NVDA"]}
STARTED = {"plugin_id": "ma_cross", "symbols": "SPY", "timeframe": "D1"}
CHANGE = {"kind": "user_deleted", "wp_user_id": 77, "at": 1}
DECISION = {"decision": "approve", "note": ""}
SHELF = Body({"title": "Other words"}, headers={"If-Match": '"1"'})
OPENING = Body({"starting_balance": "1000"}, headers={"If-Match": '"0"'})
POSITION = {
    "symbol": "NVDA",
    "right": "shares",
    "qty": "1",
    "price": "10",
    "opened_on": "2026-05-19",
}
ADA = {"wp_user_id": 7, "email": "zqada@example.test", "username": "zqada"}


def upload() -> Body:
    """Return a form with a small file of fills."""
    return Body(form={"file": FileStorage(io.BytesIO(CSV), "m.csv"), "plugin_id": "mine"})


def upload_picture() -> Body:
    """Return a form with a small picture."""
    return Body(form={"pictures": FileStorage(io.BytesIO(picture()), "m.png")})


BODIES = {
    "POST /api/wordpress/connect": Body(CONNECT),
    "POST /api/portfolio/what-if": Body({"move": "5", "days": "7"}),
    "PUT /api/users/me": Body({"username": "other name"}),
    "POST /api/keys": Body(NEW_KEY),
    "POST /api/keys/<int:key_id>/rotate": Body({"overlap_hours": 1}),
    "POST /api/tokens": Body({}),
    "POST /api/tokens/refresh": Body({"refresh_token": "trp_refresh_" + "x" * 43}),
    "POST /api/tokens/revoke": Body({"refresh_token": "trp_refresh_" + "x" * 43}),
    "PUT /api/ledger/accounts/<int:account_id>/opening": OPENING,
    "POST /api/ledger/fills": Body({"plugin_id": "mine", "fills": [FILL]}),
    "POST /api/creator/onboarding": Body({}),
    "POST /api/creator/offers": Body({"name": "Signals", "price": "25"}),
    "PUT /api/creator/offers/<int:offer_id>": Body({"name": "Signals"}),
    "POST /api/subscriptions/checkout": Body({"plan": "mid"}),
    "POST /api/subscriptions/change": Body({"plan": "mid"}),
    "POST /api/subscriptions/cancel": Body({}),
    "POST /api/subscriptions/resume": Body({}),
    "POST /api/subscriptions/keep": Body({}),
    "POST /api/subscriptions/pause": Body({"months": 1}),
    "POST /api/subscriptions/portal": Body({}),
    "POST /api/options/analysis": Body(
        {"underlying": "NVDA", "legs": [{"kind": "stock", "quantity": 1}]}
    ),
    "POST /api/charts/<int:chart_id>/share": Body({"expires_in_days": 7}),
    "POST /api/analyses": Body({"symbol": "NVDA", "timeframe": "D1", "key": "matrix-0001"}),
    "POST /api/replays": Body({"symbol": "NVDA", "timeframe": "D1", "from": "2026-05-19T00:00:00Z"}),
    "POST /api/replays/<int:replay_id>/step": Body({"bars": 1}),
    "POST /api/charts": Body({"document": {"symbol": "NVDA", "timeframe": "D1"}}),
    "PATCH /api/charts/<int:chart_id>": Body({"title": "Other title"}),
    "POST /api/charts/<int:chart_id>/operations": Body({"operations": [NOTE]}),
    "POST /api/charts/<int:chart_id>/undo": Body({"by": "anyone"}),
    "POST /api/live/tickets": Body({"fragment": "dashboard-overview"}),
    "POST /api/wordpress/users": Body({**ADA, "wp_user_id": 9}),
    "POST /api/wordpress/changes": Body({"changes": [CHANGE]}),
    "POST /api/wordpress/clicks": Body({"plan": "mid", "place": "pricing"}),
    "PUT /api/wordpress/site": Body(SITE),
    "POST /api/wordpress/privacy/export": Body(PERSON),
    "POST /api/wordpress/privacy/erase": Body({key: PERSON[key] for key in ("email", "wp_user_id")}),
    "POST /api/admin/moderation/<int:case_id>/decision": Body(DECISION),
    "PUT /api/admin/robots/<plugin_id>": SHELF,
    "POST /api/admin/ai/settings": Body({"name": "own_site_day", "value": "3"}),
    "POST /api/admin/ai/prompts/<task>": Body({"text": "You are a calm coach.", "note": "Calm"}),
    "POST /api/admin/ai/prompts/<task>/choice": Body({"number": None}),
    "POST /api/admin/ai/prompts/<task>/<int:number>/trials": Body({"question": "How am I doing?"}),
    "POST /api/admin/members/<int:member_id>/plan": Body({"plan": "mid", "reason": "A test"}),
    "POST /api/admin/members/<int:member_id>/change": Body({"plan": "mid", "reason": "A test"}),
    "POST /api/admin/members/<int:member_id>/cancel": Body({"reason": "A test"}),
    "POST /api/admin/members/<int:member_id>/refund": Body({"invoice_id": 999_999}),
    # Whose dashboard it is must not be an administrator's, whom the table has among its members.
    "POST /api/admin/members/<int:member_id>/view": Body(
        {"reason": "A test", "member_caps": ["manage"]}
    ),
    "POST /api/admin/creators/<int:creator_id>/hold": Body({"reason": "A test"}),
    "POST /api/admin/creators/<int:creator_id>/release": Body({"reason": "A test"}),
    "POST /api/privacy/downloads": Body({"token": "x" * 43}),
    "POST /api/webhooks": Body({"url": "http://127.0.0.1:9/new"}),
    "PATCH /api/webhooks/<int:endpoint_id>": Body({"description": "other"}),
    "POST /api/webhooks/<int:endpoint_id>/replay": Body({"since": "2026-01-01T00:00:00Z"}),
    "POST /account/address": Body(form={"email": "zqada-new@example.test"}),
    "POST /account/keys": Body(form={"name": "new", "scopes": "ledger:read"}),
    "POST /account/keys/<int:key_id>/rotate": Body(form={"sure": "yes"}),
    "POST /account/keys/<int:key_id>/revoke": Body(form={"sure": "yes"}),
    "POST /account/brokers/<int:account_id>/delete": Body(form={"sure": "yes"}),
    "POST /account/sites/<site_id>/cut-off": Body(form={"sure": "yes"}),
    "POST /account/brokers": Body(form=BROKER),
    "POST /account/own-data/erasure": Body(form={"name": "somebody else"}),
    "POST /account/password": Body(form={"password": "a wholly new pass phrase"}),
    "POST /account/password-again": Body(form={"password": "wrong"}),
    "POST /account/security/confirm": Body(form={"code": "000000"}),
    "POST /account/security/off": Body(form={"password": "wrong", "code": "000000"}),
    "POST /account/code": Body(form={"code": "000000"}),
    "POST /account/forgot": Body(form={"email": "nobody@example.test"}),
    "POST /account/sign-in": Body(form={"email": "nobody@example.test", "password": "wrong"}),
    "POST /account/sign-up": Body(form={"email": "new@example.test"}),
    "POST /embed/accounts/<int:account_id>/opening": Body(form={"starting_balance": "1000"}),
    "POST /embed/imports": upload,
    "POST /embed/deployments": Body(form=STARTED),
    "POST /embed/deployments/<int:deployment_id>/parameters": Body(form={"p_fast": "5"}),
    "POST /embed/backtests": Body(form=STARTED),
    "POST /embed/api-keys": Body(form={"name": "new", "scopes": "ledger:read"}),
    "POST /embed/public-name": Body(form={"name": "Grace Hopper"}),
    "POST /api/trading-accounts": Body(BROKER),
    "PATCH /api/trading-accounts/<int:account_id>": Body({"is_active": False}),
    "POST /embed/seen": Body(form={"what": "missing"}),
    "POST /embed/broker-accounts": Body(form=BROKER),
    "POST /api/robots/runs": Body(RUN),
    "POST /api/robots/deployments": Body(RUN),
    "PUT /api/robots/deployments/<int:deployment_id>/parameters": Body({"parameters": {"fast": 5}}),
    "POST /api/model-keys": Body({"provider": "openai", "key": "sk-not-a-key-of-anybody"}),
    "PUT /api/model-keys/<provider>/limits": Body({"daily_limit": "2"}),
    "POST /account/model-keys": Body(form={"provider": "openai", "key": "sk-not-a-key-of-anybody"}),
    "POST /account/model-keys/<provider>/delete": Body(form={"sure": "yes"}),
    "POST /embed/model-keys": Body(form={"provider": "openai", "key": "sk-not-a-key-of-anybody"}),
    "POST /embed/webhooks": Body(form={"url": "http://127.0.0.1:9/new"}),
    "POST /embed/screenshots": upload_picture,
    "POST /embed/screenshot/<int:screenshot_id>/confirm": Body(
        form={"rows": "1", "take_0": "1", **{f"{name}_0": text for name, text in POSITION.items()}}
    ),
    "POST /api/screenshots": Body({"picture": base64.b64encode(picture()).decode()}),
    "POST /api/screenshots/<int:screenshot_id>/confirm": Body({"positions": [POSITION]}),
    "POST /embed/desk-operations": Body(form={**CHART, "kind": "set_chart_type", "chart_type": "line"}),
    "POST /embed/desk-charts": Body(form={**CHART, "title": "Another"}),
    "POST /embed/desk-chart/<int:chart_id>/title": Body(form={"title": "Other"}),
    "POST /embed/desk-chart/<int:chart_id>/share": Body(form={"agrees": "true"}),
    "POST /embed/desk-analysis": Body(form={**CHART, "key": "matrix-0002"}),
    "POST /embed/coach": Body(form={"question": "Is the market open?"}),
    "POST /embed/coach-messages/<int:message_id>/feedback": Body(form={"feedback": "1"}),
    "POST /embed/reports": Body(
        form={"robot": "ma_cross", "reason": "other", "text": "The figures look odd."}
    ),
}  # fmt: skip
