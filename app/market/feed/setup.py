"""Who is asked, in which order, and how patiently: by the settings."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from app.market.clients.live import LiveProvider
from app.market.clients.live_simulated import SimulatedLive
from app.market.feed.line import Patience
from app.quant.frames import Hours


def providers_of(app: Flask, hours_of: Callable[[str], Hours]) -> list[LiveProvider]:
    """Return the live providers whose keys are set, the first to be asked first."""
    config, found = app.config, list[LiveProvider]()
    if config["MARKET_SIMULATED"]:
        found.append(SimulatedLive(str(config["MARKET_SEED"]), hours_of))
    return found


def patience_of(app: Flask) -> Patience:
    """Return how long is waited for what."""
    config = app.config
    return Patience(
        backoff=config["FEED_BACKOFF_SECONDS"],
        silence=config["FEED_SILENCE_SECONDS"],
        lease=config["FEED_LEASE_SECONDS"],
    )
