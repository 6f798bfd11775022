"""How much of what the plans give a member uses: n of m."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.billing import service as billing
from app.embed import rules

NEARLY = 80
"""From so many percent on a meter turns amber: the limit is said before it is reached."""


@dataclass(frozen=True)
class Use:
    """A limit and what is used of it."""

    key: str
    name: str
    used: int
    most: int | None
    """None: as many as one likes."""
    resets_at: datetime | None = None
    """When it is counted from zero again; None: it is what there is now."""

    @property
    def percent(self) -> int:
        """How much of it is used, at most 100."""
        return 0 if not self.most else min(100, 100 * self.used // self.most)

    @property
    def bar(self) -> rules.Bar:
        """The meter: amber from where the limit is near."""
        return rules.Bar(str(self.percent), self.percent >= NEARLY)

    @property
    def is_reached(self) -> bool:
        """Whether nothing more fits in."""
        return self.most is not None and self.used >= self.most


def usage_of(user_id: int, ladder: str = billing.ROBOTS) -> list[Use]:
    """Return each limit of a ladder that something is counted against; none of what is not built."""
    keys = billing.get_ladder(ladder).features
    return [
        Use(one.key, billing.feature_name(one.key), one.used, one.limit, one.resets_at)
        for one in billing.usage(user_id)
        if one.key in keys and one.is_ready
    ]
