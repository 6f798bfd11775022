"""Facts, as the coach calls them: they are `app.core.citing`'s."""

from app.core.citing.facts import UNITS, Fact

__all__ = ["UNITS", "Fact"]
