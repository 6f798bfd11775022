"""Which symbols the form of a robot begins with, and what is said where there are no bars of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.core.i18n import gettext, listed
from app.market import service as market
from app.robots.schemas import RobotPlugin

Look = Callable[[Sequence[str]], tuple[list[str], str]]
"""Which of some symbols have no bars, and that in words."""


def begin_with(spec: RobotPlugin, look: Look) -> tuple[Sequence[str], str]:
    """Return what a form begins with, and what is said of it.

    Where a robot's own symbols have no bars, invented ones take their place: nobody's first robot
    waits for bars that never come. Option chains are not invented ahead of time.
    """
    own = spec.metadata.symbols
    lacking, message = look(own)
    if not lacking:
        return own, ""
    others = [] if spec.metadata.needs_chains else market.stand_ins(own)
    if not others or look(others)[0]:
        return own, message
    said = gettext("The form begins with invented ones: %(symbols)s.", symbols=listed(others))
    return others, f"{message} {said}"


def without_source(symbols: Sequence[str]) -> tuple[list[str], str]:
    """Return the symbols of which nobody brings bars, and that in words."""
    lacking = market.without_source(symbols)
    message = gettext(
        "No provider brings bars of %(symbols)s here: a robot would wait until they come by file.",
        symbols=listed(lacking),
    )
    return lacking, message


def without_bars(symbols: Sequence[str]) -> tuple[list[str], str]:
    """Return the symbols of which no bars are kept, and that in words."""
    known = market.find_with_bars(symbols)
    lacking = [each for each in symbols if each not in known]
    message = gettext(
        "No bars of %(symbols)s are stored here: send them as files.", symbols=listed(lacking)
    )
    return lacking, message
