"""Who is asked, in which order, and how patiently: by the settings."""

from __future__ import annotations

from collections.abc import Callable

from flask import Config, Flask

from app.market.clients.live import LiveProvider
from app.market.clients.live_simulated import SimulatedLive
from app.market.feed.line import Patience
from app.quant.frames import Hours


def providers_of(app: Flask, hours_of: Callable[[str], Hours]) -> list[LiveProvider]:
    """Return the live providers whose keys are set, the first to be asked first."""
    config, found = app.config, list[LiveProvider]()
    if config["MARKET_SIMULATED"]:
        found.append(SimulatedLive(str(config["MARKET_SEED"]), hours_of))
    for name in str(config["MARKET_FEEDS"]).replace(",", " ").split():
        # Imported where they are used: both bring much along.
        if name == "massive" and config["MASSIVE_API_KEY"]:
            found += _massive(config)
        elif name == "alpaca" and config["ALPACA_KEY_ID"]:
            found += _alpaca(config)
    return found


def _massive(config: Config) -> list[LiveProvider]:
    from app.market.clients import live_massive

    key, url = config["MASSIVE_API_KEY"], config["MASSIVE_STREAM_URL"]
    return [live_massive.MassiveLive(key, url, each) for each in live_massive.CHANNELS]


def _alpaca(config: Config) -> list[LiveProvider]:
    from app.market.clients import live_alpaca

    keys = (config["ALPACA_KEY_ID"], config["ALPACA_SECRET_KEY"])
    url, feed = config["ALPACA_STREAM_URL"], config["ALPACA_FEED"]
    markets = live_alpaca.MARKETS.values()
    return [live_alpaca.AlpacaLive(keys, url, feed, each) for each in markets]


def patience_of(app: Flask) -> Patience:
    """Return how long is waited for what."""
    config = app.config
    return Patience(
        backoff=config["FEED_BACKOFF_SECONDS"],
        silence=config["FEED_SILENCE_SECONDS"],
        lease=config["FEED_LEASE_SECONDS"],
    )
