"""JSON: a member's open positions, their Greeks, and what would become of them."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.core.auth import scoped, user_id
from app.core.describe import describe
from app.core.http import json_response
from app.core.parse import json_body, parse
from app.trading.schemas.portfolio import (
    NetGreeks,
    Portfolio,
    PortfolioQuery,
    WhatIfAnswer,
    WhatIfIn,
)
from app.trading.service import portfolio as service

api = Blueprint("portfolio_api", __name__, url_prefix="/api/portfolio")


@api.get("")
@describe(query=PortfolioQuery, answer=Portfolio)
@scoped("ledger:read")
def get_portfolio() -> Response:
    """Return the asker's open positions, valued at the newest chain and price, with their risk.

    Of one kind of account at a time: paper and live are never in one figure.
    """
    asked = parse(PortfolioQuery, request.args.to_dict())
    return json_response(service.read_portfolio(user_id(), asked).model_dump(mode="json"))


@api.get("/greeks")
@describe(query=PortfolioQuery, answer=NetGreeks)
@scoped("ledger:read")
def get_greeks() -> Response:
    """Return net delta, gamma, theta and vega of the asker's open positions."""
    asked = parse(PortfolioQuery, request.args.to_dict())
    return json_response(service.read_greeks(user_id(), asked).model_dump(mode="json"))


@api.post("/what-if")
@describe(body=WhatIfIn, answer=WhatIfAnswer)
@scoped("ledger:read")
def ask_what_if() -> Response:
    """Return what the asker's positions would be worth at other prices, volatilities and days."""
    asked = parse(WhatIfIn, json_body())
    return json_response(service.what_if(user_id(), asked).model_dump(mode="json"))
