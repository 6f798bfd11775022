"""Option chains with everything that follows from them: forwards, volatilities, Greeks, faults."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from flask import current_app

from app.core import cache, clock
from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.market.rules import SIMULATED, other_roots
from app.market.schemas import Instrument
from app.market.schemas.options import (
    ChainAnswer,
    ChainQuery,
    CurvesAnswer,
    CurvesQuery,
    DeltaPoint,
    Inputs,
    QuoteAnswer,
    SmilePoint,
)
from app.market.service.chain_watching import want_chain
from app.market.service.chains import ROOT, no_chain
from app.market.service.instruments import find_instruments
from app.market.service.snapshots import newest_snapshot, years_until

if TYPE_CHECKING:
    from app.market.rules.options import Snapshot

KEEP_SECONDS = 60
FORMAT = 2
"""Of what is kept; another one is not found."""
CONTRACT_UNITS = Decimal(100)


def read_option_chain(underlying: str, asked: ChainQuery) -> ChainAnswer:
    """Return the option chain of an underlying with Greeks, newest or of an instant.

    Raises:
        MalformedSymbolError: the text cannot be a symbol.
        NoBarsError: there is no chain of it.
        ValidationError: an instant that is still to come; an expiry or strikes off the chain.
    """
    whole = valued_chain(underlying, asked, is_published_first=asked.greeks == "published")
    quotes = [each for each in whole.quotes if _is_wanted(each, asked)]
    if not quotes:
        raise _off_the_chain(whole, asked)
    from app.market.rules.options import fault_texts

    texts = fault_texts(fault for each in quotes for fault in each.faults)
    return whole.model_copy(update={"quotes": quotes, "fault_texts": texts})


def _is_wanted(quote: QuoteAnswer, asked: ChainQuery) -> bool:
    return (
        (asked.expiry is None or quote.expiry == asked.expiry)
        and (asked.strike_from is None or quote.strike >= asked.strike_from)
        and (asked.strike_to is None or quote.strike <= asked.strike_to)
    )


def _off_the_chain(chain: ChainAnswer, asked: ChainQuery) -> ValidationError:
    expiries = [each.expiry for each in chain.expiries]
    if asked.expiry is not None and asked.expiry not in expiries:
        return unknown_expiry(chain, asked.expiry, "expiry")
    strikes = [
        each.strike for each in chain.quotes if asked.expiry is None or each.expiry == asked.expiry
    ]
    message = gettext(
        "There are no strikes in that range; those of the chain go from %(low)s to %(high)s.",
        low=f"{min(strikes):f}",
        high=f"{max(strikes):f}",
    )
    return ValidationError(message, field="strike_from" if asked.strike_from else "strike_to")


def unknown_expiry(chain: ChainAnswer, expiry: date, field: str) -> ValidationError:
    """Return the error that says which expiries there are."""
    known = ", ".join(each.expiry.isoformat() for each in chain.expiries)
    message = gettext(
        "%(symbol)s has no options of %(expiry)s; there are: %(known)s.",
        symbol=chain.underlying,
        expiry=expiry,
        known=known,
    )
    return ValidationError(message, field=field)


def valued_chain(
    underlying: str, inputs: Inputs | None = None, *, is_published_first: bool = True
) -> ChainAnswer:
    """Return a whole chain with Greeks; what was worked out a moment ago is not again."""
    asked = inputs or Inputs()
    now = clock.now()
    if asked.at is not None and asked.at > now:
        raise ValidationError(gettext("That instant is still to come."), field="at")
    instrument = find_instruments([(underlying, None)])[0]
    if instrument is not None and asked.at is None:
        want_chain(instrument)
    found = newest_snapshot(instrument, asked.at or now) if instrument else None
    if instrument is None or found is None:
        raise no_chain(underlying)
    given = f"{asked.rate}:{asked.dividend_yield}:{int(is_published_first)}"
    name = f"options:{FORMAT}:{instrument.id}:{found.mark}:{given}"
    kept = cache.find(name)[0]
    if kept is None:
        answer = _value(instrument, found, asked, is_published_first=is_published_first)
        cache.keep({name: (answer.model_dump_json().encode(), KEEP_SECONDS)})
    else:
        answer = ChainAnswer.model_validate_json(kept)
    age = max(int((now - answer.as_of).total_seconds()), 0)
    others = _others(instrument.symbol)
    return answer.model_copy(update={"age_seconds": age, "other_roots": others})


def _others(root: str) -> list[str]:
    """Return the other roots of the same index that are known; most underlyings have one root."""
    known = find_instruments([(each, None) for each in other_roots(root)])
    return [each.symbol for each in known if each is not None]


def _value(
    instrument: Instrument, found: Snapshot, asked: Inputs, *, is_published_first: bool
) -> ChainAnswer:
    # numpy is loaded here: most web processes never ask.
    from app.market.rules import options as rules
    from app.quant.chain_values import Assumed, value_chain

    is_american = instrument.asset_class != "index"
    columns = rules.columns_of(found, years_until(instrument, found))
    usual = float(current_app.config["RISK_FREE_RATE"])
    values = value_chain(
        columns,
        Assumed(
            found.price,
            usual if asked.rate is None else asked.rate,
            asked.dividend_yield or 0.0,
            is_american,
            is_rate_fixed=asked.rate is not None,
            is_yield_fixed=asked.dividend_yield is not None,
        ),
    )
    root = instrument.symbol if ROOT.fullmatch(instrument.symbol) else None
    expiries = rules.expiry_answers(values, columns, instrument.symbol)
    return ChainAnswer(
        underlying=instrument.symbol,
        other_roots=[],
        currency=instrument.currency,
        multiplier=CONTRACT_UNITS,
        style="american" if is_american else "european",
        source=found.source,
        is_simulated=found.source == SIMULATED,
        as_of=found.as_of,
        session=found.session,
        age_seconds=0,
        price=rules.figure(values.spot),
        is_price_implied=found.price != values.spot,
        left_out=sum(each.faulty for each in expiries),
        fault_texts={},
        expiries=expiries,
        quotes=rules.quote_answers(found, values, root, is_published_first=is_published_first),
    )


def read_curves(underlying: str, asked: CurvesQuery) -> CurvesAnswer:
    """Return the smile and the deltas of an expiry, and the term structure; good quotes alone."""
    chain = valued_chain(underlying, asked, is_published_first=False)
    wanted = asked.expiry or chain.expiries[0].expiry
    expiry = next((each for each in chain.expiries if each.expiry == wanted), None)
    if expiry is None:
        raise unknown_expiry(chain, wanted, "expiry")
    good = [each for each in chain.quotes if each.expiry == wanted and not each.faults]
    forward = expiry.forward or 0.0
    return CurvesAnswer(
        underlying=chain.underlying,
        is_simulated=chain.is_simulated,
        as_of=chain.as_of,
        expiry=wanted,
        forward=expiry.forward,
        smile=[
            SmilePoint(
                strike=each.strike,
                log_moneyness=math.log(float(each.strike) / forward),
                volatility=each.implied_volatility,
                right=each.right,
            )
            for each in good
            if forward
            and each.implied_volatility is not None
            and each.greeks_from == "quote"
            and (each.right == "C") == (float(each.strike) >= forward)
        ],
        deltas=_deltas(good),
        term_structure=chain.expiries,
    )


def _deltas(quotes: list[QuoteAnswer]) -> list[DeltaPoint]:
    found: dict[Decimal, dict[str, float | None]] = {}
    for each in quotes:
        found.setdefault(each.strike, {})[each.right] = each.delta
    return [
        DeltaPoint(strike=strike, call=sides.get("C"), put=sides.get("P"))
        for strike, sides in sorted(found.items())
    ]
