"""Use cases of the ledger."""

from app.ledger.service.accounts import (
    check_plugin_id,
    find_or_open,
    get_account,
    get_opening,
    list_accounts,
    list_published_backtests,
    list_ranked,
    note_modelled_costs,
    open_account,
    owner_of,
    public_fees,
    publish_backtest,
    set_opening,
)
from app.ledger.service.activity import fills_by_day
from app.ledger.service.bulk import Posting, record_many
from app.ledger.service.door import record_batch
from app.ledger.service.imports import (
    cancel_import,
    get_import,
    import_file,
    list_imports,
    preview_import,
    run_import,
    start_import,
)
from app.ledger.service.marks import record_cash_flow, record_fees, record_marks
from app.ledger.service.personal import (
    count_events,
    count_trades,
    erase_person,
    list_events,
    list_own_trades,
)
from app.ledger.service.positions import (
    HeldPosition,
    OpenPosition,
    fill_sums,
    held_quantities,
    held_symbols,
    open_positions,
    positions_of,
)
from app.ledger.service.predictions import (
    open_prediction_account,
    record_outcome,
    record_prediction,
)
from app.ledger.service.reading import (
    account_fills,
    find_account,
    list_trades,
    recent_fills,
    trades_on,
)
from app.ledger.service.record import (
    correct_fill,
    record_fills,
    tombstone,
)
from app.ledger.service.texts import erase_personal_texts
from app.ledger.service.verify import catch_up, rebuild, verify

__all__ = [
    "HeldPosition",
    "OpenPosition",
    "Posting",
    "account_fills",
    "cancel_import",
    "catch_up",
    "check_plugin_id",
    "correct_fill",
    "count_events",
    "count_trades",
    "erase_person",
    "erase_personal_texts",
    "fill_sums",
    "fills_by_day",
    "find_account",
    "find_or_open",
    "get_account",
    "get_import",
    "get_opening",
    "held_quantities",
    "held_symbols",
    "import_file",
    "list_accounts",
    "list_events",
    "list_imports",
    "list_own_trades",
    "list_published_backtests",
    "list_ranked",
    "list_trades",
    "note_modelled_costs",
    "open_account",
    "open_positions",
    "open_prediction_account",
    "owner_of",
    "positions_of",
    "preview_import",
    "public_fees",
    "publish_backtest",
    "rebuild",
    "recent_fills",
    "record_batch",
    "record_cash_flow",
    "record_fees",
    "record_fills",
    "record_many",
    "record_marks",
    "record_outcome",
    "record_prediction",
    "run_import",
    "set_opening",
    "start_import",
    "tombstone",
    "trades_on",
    "verify",
]
