"""JSON: bars of a symbol, its price, its levels and indicators, and whether a market trades."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.routing import BaseConverter

from app.core import auth
from app.core.describe import describe
from app.core.http import json_response, with_etag
from app.core.parse import json_body, parse
from app.core.quick import keep_answer
from app.market import service
from app.market.schemas.indicators import IndicatorAnswer, IndicatorName, IndicatorQuery
from app.market.schemas.levels import LevelsAnswer, LevelsQuery
from app.market.schemas.macro import EXAMPLE as MACRO_EXAMPLE
from app.market.schemas.macro import MacroAnswer
from app.market.schemas.options import (
    AnalysisAnswer,
    AnalysisIn,
    ChainAnswer,
    ChainQuery,
    CurvesAnswer,
    CurvesQuery,
)
from app.market.schemas.reading import (
    AssetQuery,
    BarsAnswer,
    BarsQuery,
    PriceAnswer,
    StatusAnswer,
    StatusQuery,
)

api = Blueprint("market_api", __name__, url_prefix="/api")


class SymbolConverter(BaseConverter):
    """A symbol in a path: BTC/USD and /ESZ6 hold a slash, sent as it is or as %2F."""

    regex = r"/?[^/]+(?:/[^/]+)?"
    part_isolating = False

    def to_python(self, value: str) -> str:
        """Return the symbol as it is kept."""
        return value.strip().upper()


@api.get("/market/<symbol:symbol>/bars", merge_slashes=False)
@describe(query=BarsQuery, answer=BarsAnswer, headers=("If-None-Match",))
@auth.scoped("market:read")
def read_bars(symbol: str) -> Response:
    """Return bars of a symbol, the open one included."""
    found = service.chart_bars(symbol, parse(BarsQuery, request.args.to_dict()))
    return with_etag(json_response(found.model_dump(mode="json")))


@api.get("/market/<symbol:symbol>/price", merge_slashes=False)
@describe(query=AssetQuery, answer=PriceAnswer)
@auth.scoped("market:read")
def read_price(symbol: str) -> Response:
    """Return the newest price of a symbol and how fresh it is."""
    asked = parse(AssetQuery, request.args.to_dict())
    return json_response(service.read_price(symbol, asked.asset_class).model_dump(mode="json"))


@api.get("/market/status")
@describe(query=StatusQuery, answer=StatusAnswer)
@auth.scoped("market:read")
def read_status() -> Response:
    """Return whether a market trades, and when that changes."""
    asked = parse(StatusQuery, request.args.to_dict())
    return json_response(service.market_status(asked.venue).model_dump(mode="json"))


KINDS = '<any("sma", "ema", "rsi", "macd", "bollinger", "atr", "vwap", "volume_profile"):kind>'


@api.get(f"/market/<symbol:symbol>/indicators/{KINDS}", merge_slashes=False)
@describe(query=IndicatorQuery, answer=IndicatorAnswer, headers=("If-None-Match",))
@auth.scoped("market:read")
def read_indicator(symbol: str, kind: IndicatorName) -> Response:
    """Return an indicator over the bars of a symbol, right from the first one shown."""
    asked = parse(IndicatorQuery, request.args.to_dict())
    found = service.read_indicator(symbol, kind, asked.settings(), asked)
    return with_etag(json_response(found.model_dump(mode="json")))


@api.get("/levels/<symbol:symbol>", merge_slashes=False)
@describe(query=LevelsQuery, answer=LevelsAnswer, headers=("If-None-Match",))
@auth.scoped("market:read")
def read_levels(symbol: str) -> Response:
    """Return the key levels of a symbol, each with the bars that it came from."""
    asked = parse(LevelsQuery, request.args.to_dict())
    found = service.read_levels(symbol, asked.asset_class, asked.timeframe, asked.at)
    body = found.model_dump(mode="json", by_alias=True)
    return keep_answer(with_etag(json_response(body)))


@api.get("/options/<symbol:symbol>/chain", merge_slashes=False)
@describe(query=ChainQuery, answer=ChainAnswer, headers=("If-None-Match",))
@auth.scoped("market:read")
def read_chain(symbol: str) -> Response:
    """Return the option chain of an underlying with Greeks, and what is wrong with its quotes."""
    found = service.read_option_chain(symbol, parse(ChainQuery, request.args.to_dict()))
    return with_etag(json_response(found.model_dump(mode="json")))


@api.get("/options/<symbol:symbol>/curves", merge_slashes=False)
@describe(query=CurvesQuery, answer=CurvesAnswer)
@auth.scoped("market:read")
def read_curves(symbol: str) -> Response:
    """Return the smile and the deltas of an expiry, and the term structure."""
    found = service.read_curves(symbol, parse(CurvesQuery, request.args.to_dict()))
    return json_response(found.model_dump(mode="json"))


@api.post("/options/analysis")
@describe(body=AnalysisIn, answer=AnalysisAnswer)
@auth.scoped("market:read")
def analyse_options() -> Response:
    """Return what a position of options pays, risks and becomes; nothing is kept."""
    found = service.analyse(parse(AnalysisIn, json_body()))
    return json_response(found.model_dump(mode="json"))


@api.get("/market/macro")
@describe(answer=MacroAnswer, example=MACRO_EXAMPLE, headers=("If-None-Match",))
@auth.scoped("market:read")
def read_macro() -> Response:
    """Return what is due in the economy around now: calendar, rates, sectors, earnings."""
    return with_etag(json_response(service.macro_answer().model_dump(mode="json")))
