"""A question as the offline analyst works on it."""

from __future__ import annotations

from typing import Any, NamedTuple

from app.ai.schemas import Call
from app.coach.rules.facts import Fact
from app.coach.rules.intents import Intent
from app.coach.service.evidence import Evidence

WHICH = "Which instrument? Name its symbol, such as SPY, or open its chart."


class Asked(NamedTuple):
    """One question, what it asks for, and the tools that answer it."""

    text: str
    intent: Intent
    call: Call
    evidence: Evidence
    symbols: tuple[str, ...]
    """The instruments that it names."""
    symbol: str
    """The one that is meant, of the open chart where it names none; "" for none."""
    hint: str
    """What to say where it names an instrument that is not known."""
    robot: str = ""
    """The robot of the catalogue that it names."""

    def look(self, tool: str, **arguments: Any) -> dict[str, Fact]:
        """Ask a tool and return its facts by their own names."""
        self.call(tool, **arguments)
        return self.evidence.of_last_call()

    @property
    def which(self) -> str:
        """What to say where no instrument is meant."""
        return self.hint or WHICH
