"""Key levels as texts call them, so that a number beside a name can be looked up."""

from __future__ import annotations

LEVEL_NAMES: dict[str, tuple[str, tuple[str, ...]]] = {
    "pdh": ("previous day high", ("PDH", "yesterday's high")),
    "pdl": ("previous day low", ("PDL", "yesterday's low")),
    "pdc": ("previous day close", ("PDC", "yesterday's close")),
    "pmh": ("pre-market high", ("PMH",)),
    "pml": ("pre-market low", ("PML",)),
    "pp": ("pivot", ("PP",)),
    "r1": ("first resistance", ("R1",)),
    "r2": ("second resistance", ("R2",)),
    "r3": ("third resistance", ("R3",)),
    "s1": ("first support", ("S1",)),
    "s2": ("second support", ("S2",)),
    "s3": ("third support", ("S3",)),
    "vwap": ("VWAP", ()),
    "atr": ("ATR", ("average true range", "ATR (14)")),
    "orh": ("opening range high", ()),
    "orl": ("opening range low", ()),
    "pwh": ("previous week high", ()),
    "pwl": ("previous week low", ()),
    "poc": ("point of control", ("POC",)),
    "vah": ("value area high", ()),
    "val": ("value area low", ()),
}
"""Each level: how a text calls it, and other names of the same. The names are English in every language, as traders use them."""
