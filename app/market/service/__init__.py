"""Use cases of the market: instruments, sessions, bars."""

from app.market.rules import is_simulated
from app.market.service.actions import record_action
from app.market.service.analysis import analyse
from app.market.service.bars import (
    closed_bars_since,
    find_gaps,
    instrument_with_bars,
    list_series,
    newest_minute,
    read_bars,
    read_many,
    series_marks,
    store_bars,
    store_many,
)
from app.market.service.chain_fetching import fetch_chain
from app.market.service.chain_watching import (
    fetch_wanted_chain,
    fetch_wanted_chains,
    hold_chain,
)
from app.market.service.chains import chain_sessions, import_chain, read_chain, read_chains
from app.market.service.feeding import follow_live, live_state, live_wanted, want_live
from app.market.service.files import Target, demand_good, import_file, parse_bar_file
from app.market.service.filling import (
    catch_up,
    fill,
    fill_gaps,
    minutes_reach,
    simulated_instruments,
    want_bars,
    wanted,
)
from app.market.service.indicators import read_indicator
from app.market.service.instruments import (
    ASSET_CLASSES,
    CURRENCIES,
    VENUES,
    describe_all,
    find_instruments,
    find_with_bars,
    get_instrument,
    instruments_by_id,
    is_symbol,
    search_instruments,
)
from app.market.service.levels import read_levels
from app.market.service.live import LivePrice, live_price
from app.market.service.macro import Macro, import_macro, macro_answer, read_macro, refresh_macro
from app.market.service.options import read_curves, read_option_chain, valued_chain
from app.market.service.prices import (
    bars_until_now,
    chart_bars,
    market_state,
    market_status,
    read_price,
)
from app.market.service.reach import Span, kept_spans
from app.market.service.sessions import (
    Calendar,
    calendar,
    hours,
    instant,
    last_completed_session,
    microseconds,
    session_finder,
    session_on,
)
from app.market.service.sources import providers_set_up, stand_ins, without_source
from app.market.service.underlyings import chain_underlyings

__all__ = [
    "ASSET_CLASSES",
    "CURRENCIES",
    "VENUES",
    "Calendar",
    "LivePrice",
    "Macro",
    "Span",
    "Target",
    "analyse",
    "bars_until_now",
    "calendar",
    "catch_up",
    "chain_sessions",
    "chain_underlyings",
    "chart_bars",
    "closed_bars_since",
    "demand_good",
    "describe_all",
    "fetch_chain",
    "fetch_wanted_chain",
    "fetch_wanted_chains",
    "fill",
    "fill_gaps",
    "find_gaps",
    "find_instruments",
    "find_with_bars",
    "follow_live",
    "get_instrument",
    "hold_chain",
    "hours",
    "import_chain",
    "import_file",
    "import_macro",
    "instant",
    "instrument_with_bars",
    "instruments_by_id",
    "is_simulated",
    "is_symbol",
    "kept_spans",
    "last_completed_session",
    "list_series",
    "live_price",
    "live_state",
    "live_wanted",
    "macro_answer",
    "market_state",
    "market_status",
    "microseconds",
    "minutes_reach",
    "newest_minute",
    "parse_bar_file",
    "providers_set_up",
    "read_bars",
    "read_chain",
    "read_chains",
    "read_curves",
    "read_indicator",
    "read_levels",
    "read_macro",
    "read_many",
    "read_option_chain",
    "read_price",
    "record_action",
    "refresh_macro",
    "search_instruments",
    "series_marks",
    "session_finder",
    "session_on",
    "simulated_instruments",
    "stand_ins",
    "store_bars",
    "store_many",
    "valued_chain",
    "want_bars",
    "want_live",
    "wanted",
    "without_source",
]
