"""Pure decisions: which words may be a name, which answer fits which case."""

from __future__ import annotations

import unicodedata

from app.core.i18n import gettext

DECISIONS = {
    "public_name": {"approve": "approved", "reject": "rejected"},
    "report": {"resolve": "resolved", "dismiss": "dismissed"},
}
MOST_OPEN = 5
SHORTEST_NAME, LONGEST_NAME = 3, 40
# Letters of any script, and what stands between the parts of a name.
IN_NAMES = {"L", "M", "N"}
BETWEEN = set(" .'\u2019-")


def name_fault(name: str) -> str | None:
    """Return what is wrong with a name for public boards; None when nothing is."""
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
        return gettext(
            "A public name has %(least)s to %(most)s characters.",
            least=SHORTEST_NAME,
            most=LONGEST_NAME,
        )
    if any(unicodedata.category(each)[0] not in IN_NAMES and each not in BETWEEN for each in name):
        return gettext(
            "A public name is made of letters, digits, spaces, full stops, apostrophes and hyphens."
        )
    if not any(each.isalpha() for each in name):
        return gettext("A public name has at least one letter.")
    return None


def same_name(one: str, other: str) -> bool:
    """Whether two names look alike to a reader."""
    return bare(one) == bare(other)


def bare(name: str) -> str:
    """Return what a reader tells names by: letters without accents, and digits."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(each for each in plain if each.isalnum())


def state_after(kind: str, decision: str) -> str | None:
    """Return the state that a decision leads to; None when it does not fit the kind of case."""
    return DECISIONS.get(kind, {}).get(decision)
