"""Words for codes and for texts of data files, in the language in use; each is a Jinja filter."""

from __future__ import annotations

from markupsafe import Markup, escape

from app.billing import service as billing
from app.billing.schemas import Plan
from app.core.i18n import SOURCE, language, lazy_gettext, lazy_pgettext, pgettext

KINDS = {
    "live": lazy_pgettext("kind of account", "live"),
    "paper": lazy_pgettext("kind of account", "paper"),
    "journal": lazy_pgettext("kind of account", "journal"),
    "copy": lazy_pgettext("kind of account", "copy"),
    "backtest": lazy_pgettext("kind of account", "backtest"),
    "null": lazy_pgettext("kind of account", "null"),
}
ASSET_CLASSES = {
    "equity": lazy_gettext("Share"),
    "option": lazy_gettext("Option"),
    "future": lazy_gettext("Future"),
    "forex": lazy_gettext("Currency pair"),
    "crypto": lazy_gettext("Crypto"),
    "index": lazy_gettext("Index"),
}
SIDES = {
    "buy": lazy_pgettext("side of a fill", "Buy"),
    "sell": lazy_pgettext("side of a fill", "Sell"),
    "long": lazy_pgettext("direction of a trade", "Long"),
    "short": lazy_pgettext("direction of a trade", "Short"),
}
PLAN_STATES = {
    "active": lazy_pgettext("state of a plan", "Active"),
    "cancelled": lazy_pgettext("state of a plan", "Cancelled"),
    "expired": lazy_pgettext("state of a plan", "Expired"),
}


def kind(code: str) -> str:
    """Return the word for a kind of account: live, paper."""
    return str(KINDS.get(code, code))


def side(code: str) -> str:
    """Return the word for a side or a direction: Buy, Long."""
    return str(SIDES.get(code, code.capitalize()))


def plan_status(code: str) -> str:
    """Return the word for the state of a subscription: Active."""
    return str(PLAN_STATES.get(code, code.capitalize()))


def tier(code: str) -> str:
    """Return the short name of a plan: Mid."""
    return pgettext("short name of a plan", billing.get_plan(code).short)


def plan_text(text: str) -> str:
    """Return a text of app/billing/plans.toml."""
    return pgettext("plan", text)


def plan_value(plan: Plan, key: str) -> bool | str:
    """Return what a plan gives of a feature: whether at all, or how much in a few words."""
    return billing.plan_value(plan, key)


def plan_short(plan: Plan) -> str:
    """Return the short name of a plan of any ladder, for narrow cells."""
    return pgettext("short name of a plan", plan.short)


def as_written(text: str) -> Markup:
    """Return a text whose hyphens stay: WordPress makes dashes of those that stand alone."""
    return Markup(str(escape(text)).replace("-", "&#45;"))  # noqa: S704 - escaped in this line


def robot_text(text: str) -> str:
    """Return a text of app/robots/catalogue.toml; what a site wrote itself stays as it is."""
    return pgettext("robot", text)


def inside(text: str) -> str:
    """Return a text as it stands inside a sentence: in small letters where the language does so."""
    return text.lower() if language() == SOURCE else text


def asset_class(code: str) -> str:
    """Return the word for a class of instruments: Share, Crypto."""
    return str(ASSET_CLASSES.get(code, code.capitalize()))


FILTERS = {
    each.__name__: each
    for each in (
        kind, side, plan_status, tier, plan_text, plan_short, plan_value, robot_text, inside, as_written,
        asset_class,
    )
}  # fmt: skip
