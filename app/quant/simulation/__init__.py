"""Orders against bars: the one set of fill rules of backtest and paper trading.

Rules (each is a function in `rules.py`, proven in tests/unit/quant):

- An order given at the close of a bar works from the next bar on. A market order is filled at
  that bar's open. A limit is filled at the open when the open is better, else at its price when
  the bar reaches it. A stop is filled at the open when the open is beyond it, else at its price.
- A trailing stop follows the best high (or low) of the bars before, never of the bar itself.
- Attached stop-loss and take-profit work from the fill on, in the bar of the fill too. When one
  bar reaches both, the stop-loss is taken to be first.
- Half the spread and the slippage make the price worse, never better than a limit.
- At most `volume_share` of a bar's volume is filled; the rest goes on working.
- What the cash or the margin does not cover is rejected with the reason.
- A fill at the open has the bar's opening time, a fill inside the bar its closing time.
"""
