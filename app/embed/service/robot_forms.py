"""The forms of a robot: its own parameters, what it trades, and what trading costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import FileStorage, MultiDict

from app.core import formatters
from app.core.errors import AppError, ValidationError
from app.core.i18n import gettext, lazy_gettext, ngettext
from app.core.parse import parse
from app.embed import rules
from app.embed.service import asking, prompts, robot_symbols
from app.embed.service.prompts import Prompt
from app.market import service as market
from app.robots import service as robots
from app.robots.schemas import Robot
from app.robots.schemas.running import (
    MAX_VALUES,
    MAX_VARIED,
    DeploymentIn,
    Permission,
    RunIn,
)

TIMEFRAMES = [
    ("M1", lazy_gettext("1 minute")),
    ("M5", lazy_gettext("5 minutes")),
    ("M15", lazy_gettext("15 minutes")),
    ("H1", lazy_gettext("1 hour")),
    ("H4", lazy_gettext("4 hours")),
    ("D1", lazy_gettext("1 day")),
    ("W1", lazy_gettext("1 week")),
    ("MN", lazy_gettext("1 month")),
]
AMOUNTS = ("commission_per_order", "commission_per_unit")
SHARES = ("spread_ratio", "slippage_ratio", "volume_share", "borrow_rate")
"""Ratios, which people read and type as percentages."""
USUAL = {
    "cash": "10000",
    "commission_per_order": "0",
    "commission_per_unit": "0.005",
    "spread_ratio": "0.02",
    "slippage_ratio": "0.01",
    "volume_share": "10",
    "borrow_rate": "2",
    "folds": "4",
}
"""What a small account pays at a plain broker: nobody begins with trading that costs nothing."""
FOLDS = (2, 20)
"""How many parts a search may be walked forward in."""
MOST_BYTES = 20_000_000
MOST_STORED = 20
CHECKED_BYTES = 5_000_000
MOST_ROWS = 50
DAYS = {"D1", "W1", "MN"}
"""Made of daily bars; all others of minutes."""
HUNDRED = 100
TINY = 0.0001


@dataclass(frozen=True)
class RobotForm:
    """A form as it is shown: for the first time, or with what was typed and what was wrong."""

    robot: Robot
    fields: list[rules.FormField]
    values: Mapping[str, str]
    errors: Mapping[str, str]
    symbol_count: int
    """How many symbols the robot trades at once: so many files it may need."""
    stored: tuple[str, ...] = ()
    """Symbols of which bars are stored here, the first of them."""
    symbols_note: str = ""
    """What is said where nobody brings bars of the robot's own symbols."""
    permission: Permission | None = None
    prompt: Prompt | None = None
    """What is said of the plan, where it has no room for the robot or not for all settings."""
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    """Rows of an uploaded file that cannot be bars: row, field, reason."""
    refused: int = 0
    """All of them, where only the first are listed."""

    @property
    def open_settings(self) -> list[str] | None:
        """The titles of the parameters that the member's plan changes; None: of all."""
        if self.permission is None or self.permission.settings is None:
            return None
        return [each.label for each in self.fields if each.name in self.permission.settings]

    @property
    def searchable(self) -> list[rules.FormField]:
        """Parameters of which several values can be tried."""
        return [each for each in self.fields if each.kind != "flag"]

    @property
    def is_search(self) -> bool:
        """Whether values to be tried were typed."""
        return any(self.values[rules.SEARCH_PREFIX + each.name] for each in self.searchable)

    @property
    def message(self) -> str:
        """What is wrong with no field in particular."""
        shown = {each.name for each in self.fields} | set(self.values)
        shown |= {f"file_{number}" for number in range(1, self.symbol_count + 1)}
        return " ".join(text for name, text in self.errors.items() if name not in shown)


def deploy_form(
    user_id: int,
    plugin_id: str,
    typed: Mapping[str, str] | None = None,
    error: AppError | None = None,
) -> RobotForm:
    """Return the settings with which a robot begins to trade on paper.

    Raises:
        RobotNotFoundError: the site shows no such robot.
    """
    permission = robots.may_deploy(user_id, plugin_id)
    form = _form(plugin_id, typed, error, robot_symbols.without_source, permission=permission)
    return replace(form, prompt=prompts.robot_prompt(user_id, plugin_id, permission))


def backtest_form(
    plugin_id: str, typed: Mapping[str, str] | None = None, error: AppError | None = None
) -> RobotForm:
    """Return the form of a run over past bars.

    Raises:
        RobotNotFoundError: the site shows no such robot.
    """
    return _form(plugin_id, typed, error, robot_symbols.without_bars)


def read_deployment(plugin_id: str, typed: Mapping[str, str]) -> DeploymentIn:
    """Return what was asked for; ValidationError names the field."""
    given = {
        "plugin_id": plugin_id,
        "parameters": read_parameters(plugin_id, typed),
        "symbols": _symbols(typed),
        "timeframe": typed.get("timeframe", ""),
        "terms": _terms(typed),
    }
    return parse(DeploymentIn, given)


def read_run(plugin_id: str, typed: Mapping[str, str], files: MultiDict[str, FileStorage]) -> RunIn:
    """Return the run that was asked for; ValidationError names the field."""
    symbols = _symbols(typed)
    texts = _texts(symbols, files)
    _check_rows(texts, typed.get("timeframe", ""))
    given = {
        "plugin_id": plugin_id,
        "parameters": read_parameters(plugin_id, typed),
        "symbols": symbols,
        "timeframe": typed.get("timeframe", ""),
        "from_at": _day(typed, "from_at", time.min),
        "to_at": _day(typed, "to_at", time.max),
        "terms": _terms(typed),
        "files": texts,
    }
    grid = rules.search_values(robots.get_plugin(plugin_id).parameters_schema, typed)
    return parse(RunIn, given | _search(typed, grid))


def _search(typed: Mapping[str, str], grid: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return what a search varies, and nothing where there is none to be."""
    if not grid:
        return {}
    if len(grid) > MAX_VARIED:
        message = gettext(
            "At most %(most)s parameters are varied at once: leave this one empty.", most=MAX_VARIED
        )
        raise ValidationError(message, field=f"search/grid/{list(grid)[MAX_VARIED]}")
    for name, values in grid.items():
        if len(values) > MAX_VALUES:
            message = gettext("At most %(most)s values of one are tried.", most=MAX_VALUES)
            raise ValidationError(message, field=f"search/grid/{name}")
    folds = typed.get("folds", "").strip() or USUAL["folds"]
    is_short = folds.isdecimal() and len(folds) <= len(str(FOLDS[1]))
    if not (is_short and FOLDS[0] <= int(folds) <= FOLDS[1]):
        message = gettext(
            "Write a whole number from %(least)s to %(most)s.", least=FOLDS[0], most=FOLDS[1]
        )
        raise ValidationError(message, field="folds")
    return {"kind": "search", "search": {"grid": grid, "folds": int(folds)}}


def read_parameters(plugin_id: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the robot's own parameters among what was typed."""
    return rules.schema_values(robots.get_plugin(plugin_id).parameters_schema, typed)


def parameter_fields(
    plugin_id: str,
    values: Mapping[str, Any],
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[rules.FormField]:
    """Return the fields of a robot's parameters as they are set, or as they were typed."""
    schema = robots.get_plugin(plugin_id).parameters_schema
    parts = {
        name: {**part, "default": values.get(name, part.get("default"))}
        for name, part in schema.get("properties", {}).items()
    }
    return rules.schema_fields({**schema, "properties": parts}, typed, errors)


def cost_words(terms: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what an account begins with and what its trades cost, as labels and values."""
    costs = terms.get("costs", {})
    money = {
        "commission_per_order": gettext("Commission, an order"),
        "commission_per_unit": gettext("Commission, a share"),
    }
    shares = {
        "commission_ratio": gettext("Commission, of the value"),
        "spread_ratio": gettext("Spread"),
        "slippage_ratio": gettext("Slippage"),
        "borrow_rate": gettext("Borrowing, a year"),
    }
    words_of = [(gettext("Cash at the start"), formatters.money(terms.get("cash", 0)))]
    words_of += [(text, _exact(costs.get(name, 0))) for name, text in money.items()]
    words_of += [(text, _percent(costs.get(name, 0))) for name, text in shares.items()]
    share = costs.get("volume_share", 1)
    most = gettext("without limit") if share >= 1 else _percent(share)
    return [*words_of, (gettext("Share of a bar's volume"), most)]


def _exact(value: float) -> str:
    return formatters.price(Decimal(str(value)))


def _percent(ratio: float) -> str:
    return formatters.percent(ratio * 100, 3 if 0 < ratio < TINY else 2)


def faults_of(error: AppError | None) -> dict[str, str]:
    """Return by field what an error says."""
    if error is None:
        return {}
    where = getattr(error, "field", None)
    return rules.parameter_errors(error.details.get("errors", []), where, error.message)


def _form(
    plugin_id: str,
    typed: Mapping[str, str] | None,
    error: AppError | None,
    look: robot_symbols.Look,
    permission: Permission | None = None,
) -> RobotForm:
    robot = robots.shown_robot(asking.site_id(), plugin_id).robot
    spec = robots.get_plugin(plugin_id)
    usual_symbols, note = robot_symbols.begin_with(spec, look)
    errors = faults_of(error)
    usual = {
        **USUAL,
        "symbols": ", ".join(usual_symbols),
        "timeframe": spec.metadata.timeframe,
        "from_at": "",
        "to_at": "",
    }
    fields = rules.schema_fields(spec.parameters_schema, typed, errors)
    usual |= {rules.SEARCH_PREFIX + each.name: "" for each in fields}
    rows = list(error.details.get("rows", [])) if error else []
    return RobotForm(
        robot=robot,
        fields=fields,
        values=usual if typed is None else {name: typed.get(name, "") for name in usual},
        errors=errors,
        symbol_count=len(usual_symbols),
        stored=_stored(),
        symbols_note=note,
        permission=permission,
        rows=rows,
        refused=int(error.details.get("refused", len(rows))) if error else 0,
    )


def _stored() -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.symbol for each in market.list_series()))[:MOST_STORED]


def _symbols(typed: Mapping[str, str]) -> list[str]:
    given = typed.get("symbols", "").replace(",", " ").replace(";", " ").split()
    if not given:
        message = gettext("Name at least one symbol, such as SPY.")
        raise ValidationError(message, field="symbols")
    return [symbol.upper() for symbol in given]


def _terms(typed: Mapping[str, str]) -> dict[str, Any]:
    costs = {name: _number(typed, name) for name in AMOUNTS}
    shares = {name: _number(typed, name, HUNDRED) / HUNDRED for name in SHARES}
    return {"cash": _number(typed, "cash"), "costs": costs | shares}


def _number(typed: Mapping[str, str], name: str, most: float = 1e9) -> float:
    text = typed.get(name, "").strip() or USUAL[name]
    value = float(text) if rules.is_number(text) else -1.0
    if not 0 <= value <= most:
        message = (
            gettext("Write a percentage from 0 to 100, such as 0.02.")
            if most == HUNDRED
            else gettext("Write an amount such as 10000 or 0.5.")
        )
        raise ValidationError(message, field=name)
    return value


def _day(typed: Mapping[str, str], name: str, at: time) -> datetime | None:
    text = typed.get(name, "").strip()
    if not text:
        return None
    try:
        return datetime.combine(datetime.strptime(text, "%Y-%m-%d").date(), at, tzinfo=UTC)  # noqa: DTZ007 - a day only
    except ValueError as error:
        message = gettext("Write a day such as 2025-01-31.")
        raise ValidationError(message, field=name) from error


def _texts(symbols: list[str], files: MultiDict[str, FileStorage]) -> dict[str, str]:
    """Return the uploaded files by symbol: none, or one for each."""
    found: dict[str, str] = {}
    for number, symbol in enumerate(symbols, 1):
        file = files.get(f"file_{number}")
        if file is not None and file.filename:
            found[symbol] = _text(file, f"file_{number}")
    missing = next((n for n, symbol in enumerate(symbols, 1) if symbol not in found), 0)
    if found and missing:
        message = gettext("Choose a file for %(symbol)s too.", symbol=symbols[missing - 1])
        raise ValidationError(message, field=f"file_{missing}")
    return found


def _check_rows(texts: Mapping[str, str], timeframe: str) -> None:
    """Tell at once which rows of small files cannot be bars; of large ones the worker does."""
    kept = "D1" if timeframe in DAYS else "M1"
    for number, (symbol, text) in enumerate(texts.items(), 1):
        if len(text) > CHECKED_BYTES:
            continue
        found = market.parse_bar_file(text.splitlines(), kept, any_day=True)
        if found.fault_count:
            message = ngettext(
                "%(num)s row of %(symbol)s cannot be a bar; the list says why. Nothing was run.",
                "%(num)s rows of %(symbol)s cannot be bars; the list says why. Nothing was run.",
                found.fault_count,
                symbol=symbol,
            )
            rows = [fault._asdict() for fault in found.faults[:MOST_ROWS]]
            raise ValidationError(
                message, field=f"file_{number}", rows=rows, refused=found.fault_count
            )


def _text(file: FileStorage, name: str) -> str:
    content = file.stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        message = gettext("This file is larger than 20 MB. Send fewer bars, or larger ones.")
        raise ValidationError(message, field=name)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = gettext("This is no CSV file in UTF-8.")
        raise ValidationError(message, field=name) from error
