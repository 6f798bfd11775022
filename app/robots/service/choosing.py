"""A robot with its parameters, checked, and the version that they make together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.market import service as market
from app.quant.simulation.terms import Terms
from app.robots.service import plugins

MAX_FEED = 400
SMALLEST = Decimal("0.00000001")


class Chosen(NamedTuple):
    """A robot as it is to be run."""

    plugin_id: str
    version: str
    """The robot's own."""
    code_hash: str
    parameters: dict[str, Any]
    """All of them, defaults too."""
    source: str
    """The code itself."""
    is_trusted: bool = False
    """It is one of ours."""
    needs_chains: bool = False
    """It sees option chains."""
    usual_symbols: tuple[str, ...] = ()
    """What it trades unless somebody says otherwise; with fewer it is not run."""
    usual_timeframe: str = ""
    """The bars that it is made for."""


def choose(plugin_id: str, given: Mapping[str, Any], code_hash: str | None = None) -> Chosen:
    """Return a robot with checked parameters: as its code is now, or as it was in a version.

    Raises:
        RobotNotFoundError: there is no such robot, or no such version of it.
        ParameterError: a parameter is unknown or out of range; it is named.
    """
    if code_hash is None:
        robot = plugins.get_plugin(plugin_id)
    else:
        robot = plugins.get_version(plugin_id, code_hash)
    values = plugins.check_parameters(robot, given).model_dump(mode="json")
    facts = robot.metadata
    return Chosen(
        robot.id,
        facts.version,
        robot.code_hash,
        values,
        robot.source,
        robot.is_builtin,
        facts.needs_chains,
        facts.symbols,
        facts.timeframe,
    )


def keep(plugin_id: str) -> None:
    """Keep the code of a robot as it is now, so that what is begun with it can go on with it."""
    plugins.keep_version(plugins.get_plugin(plugin_id))


def version_of(chosen: Chosen, symbols: Sequence[str], timeframe: str, terms: Terms) -> str:
    """Return a short name that changes with anything that decides what a robot does."""
    text = orjson.dumps(
        [chosen.code_hash, chosen.parameters, list(symbols), timeframe, terms.model_dump()],
        option=orjson.OPT_SORT_KEYS,
    )
    return hashlib.sha256(text).hexdigest()[:14]


def check_count(chosen: Chosen, symbols: Sequence[str]) -> None:
    """Refuse fewer symbols than a robot trades at once: it would be stopped at its first bar.

    Raises:
        ValidationError: there are too few.
    """
    usual = chosen.usual_symbols
    if len(symbols) < len(usual):
        message = gettext(
            "symbols: this robot trades %(least)s at once, such as %(usual)s (given: %(given)s)",
            least=len(usual),
            usual=", ".join(usual),
            given=len(symbols),
        )
        raise ValidationError(message, field="symbols")


def check_symbols(symbols: Sequence[str]) -> list[str]:
    """Return symbols in capitals, each once.

    Raises:
        ValidationError: one cannot be a symbol, or stands there twice.
    """
    found = [symbol.strip().upper() for symbol in symbols]
    for symbol in found:
        if not market.is_symbol(symbol):
            message = gettext(
                "symbols: '%(given)s' is not a symbol such as AAPL", given=symbol[:40]
            )
            raise ValidationError(message, field="symbols")
    if len(set(found)) != len(found) or len(" ".join(found)) > MAX_FEED:
        message = gettext("symbols: name each once, and not more than 20")
        raise ValidationError(message, field="symbols")
    return found


def exact(value: float) -> Decimal:
    """Return a number of the simulation, which reckons in floats, as the ledger takes it."""
    return Decimal(repr(value)).quantize(SMALLEST)
