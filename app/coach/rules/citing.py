"""The check of numbers, as the coach calls it: it is `app.core.citing`'s."""

from app.core.citing.checking import Checked, Citation, check

__all__ = ["Checked", "Citation", "check"]
