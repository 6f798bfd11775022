"""What counts in a text, as the coach calls it: it is `app.core.citing`'s."""

from app.core.citing.numerals import Numeral, find

__all__ = ["Numeral", "find"]
