"""Errors of the market slice."""

from __future__ import annotations

from app.core.errors import NotFoundError, ValidationError


class MalformedSymbolError(ValidationError):
    """The text cannot be the symbol of an instrument."""

    code = "malformed_symbol"


class NoBarsError(NotFoundError):
    """Nobody has brought in bars of the symbol."""

    code = "no_bars"


class BarFileError(ValidationError):
    """A file of bars is wrong: the message names the row and the field."""

    code = "bad_bar_file"
