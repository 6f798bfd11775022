"""Orders against bars: the one set of fill rules of backtest and paper trading.

Rules (each is a function in `rules.py`, proven in tests/unit/quant):

- An order given at the close of a bar works from the next bar on. A market order is filled at
  that bar's open. A limit is filled at the open when the open is better, else at its price when
  the bar reaches it. A stop is filled at the open when the open is beyond it, else at its price.
- A trailing stop follows the best high (or low) of the bars before, never of the bar itself; it
  begins at the close at which it was given.
- Attached stop-loss and take-profit work from the fill on, in the bar of the fill too, as far as
  the bar may have been there after it. When one bar reaches both, the stop-loss is taken to be
  first; when the order of things inside a bar is open, the worse is taken.
- At an open market orders go first, then attached exits, then limits and stops; inside a bar
  attached exits, then stops, then limits.
- Half the spread and the slippage make the price worse, never worse than a limit; a limit is
  reached when the bar with half the spread reaches it.
- At most `volume_share` of a bar's volume is filled; the rest goes on working.
- What the cash or the margin does not cover is rejected with the reason; what only makes a
  position smaller is always covered. When less than half of the margin is left at a close, all
  positions are closed at the next open.
- A fill at the open has the bar's opening time, a fill inside the bar its closing time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from app.quant.simulation.terms import Costs, Market, Step, Terms

if TYPE_CHECKING:
    from app.quant.simulation.engine import Simulation
    from app.quant.simulation.errors import MissingHistoryError, RobotFaultError
    from app.quant.simulation.feeds import history_bars

# The web process reads terms alone: numpy comes with what is asked for besides.
_PLACES = {
    "Simulation": "engine",
    "MissingHistoryError": "errors",
    "RobotFaultError": "errors",
    "history_bars": "feeds",
}


def __getattr__(name: str) -> Any:
    """Load a name of this package when it is first asked for."""
    if name not in _PLACES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


__all__ = [
    "Costs",
    "Market",
    "MissingHistoryError",
    "RobotFaultError",
    "Simulation",
    "Step",
    "Terms",
    "history_bars",
]
