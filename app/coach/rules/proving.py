"""Proving a number, as the coach calls it: it is `app.core.citing`'s."""

from app.core.citing.proving import EXCHANGE, Mention, has_word, prove

__all__ = ["EXCHANGE", "Mention", "has_word", "prove"]
