"""The tools of one answer: they look up what belongs to the member who asks, and keep every fact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from app.ai.schemas import Tool
from app.coach.rules.facts import Fact
from app.coach.rules.proposing import ChartProposal

Finder = Callable[[Any], Sequence[Fact]]


class Evidence:
    """What has been found for one answer."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.charts: list[ChartProposal] = []
        """What the answer proposes for charts."""
        self._calls = 0

    def tool(self, name: str, description: str, arguments: type[BaseModel], find: Finder) -> Tool:
        """Return a tool whose facts are kept under the number of its call."""

        def run(asked: Any) -> dict[str, Any]:
            found = find(asked)
            self._calls += 1
            numbered = [fact._replace(id=f"{self._calls}.{fact.id}") for fact in found]
            self.facts += numbered
            return {"facts": [fact.told() for fact in numbered]}

        return Tool(name, description, arguments, run)

    def of_last_call(self) -> dict[str, Fact]:
        """Return the facts of the newest call by their own names."""
        start = f"{self._calls}."
        return {
            fact.id.removeprefix(start): fact for fact in self.facts if fact.id.startswith(start)
        }
