"""Pure: what the owner may set in place of the catalogue, and in which bounds."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from app.ai.rules.catalogue import Catalogue
from app.core.errors import NotFoundError, ValidationError
from app.core.i18n import gettext, lazy_gettext

MONEY = ("user_day", "site_day", "global_day")
OWN_SITE = "own_site_day"
"""What a site's administrators set for their own site."""
MOST_DOLLARS = Decimal(100_000)
MOST_A_REQUEST = Decimal(10)
UNIT = Decimal("0.00000001")
LABELS = {
    "user_day": lazy_gettext("One member in a day"),
    "site_day": lazy_gettext("One site in a day"),
    "global_day": lazy_gettext("The whole service in a day"),
    OWN_SITE: lazy_gettext("This site in a day"),
    "alarm": lazy_gettext("Share of a limit from which the operator is told"),
}


class Setting(NamedTuple):
    """One thing that can be set."""

    name: str
    kind: str
    """money, share, order or switch."""
    of: str = ""
    """The task or the model that it is about."""


def settings_of(catalogue: Catalogue) -> list[Setting]:
    """Return all that the operator can set."""
    return [
        *(Setting(name, "money") for name in MONEY),
        Setting("alarm", "share"),
        *(Setting(f"most:{task}", "money", task) for task in catalogue.tasks),
        *(Setting(f"order:{task}", "order", task) for task in catalogue.tasks),
        *(Setting(f"off:{model}", "switch", model) for model in catalogue.models),
    ]


def find(catalogue: Catalogue, name: str) -> Setting:
    """Return a setting by its name; NotFoundError where there is none."""
    for setting in (*settings_of(catalogue), Setting(OWN_SITE, "money")):
        if setting.name == name:
            return setting
    raise NotFoundError(gettext("There is no such setting."))


def label(catalogue: Catalogue, setting: Setting) -> str:
    """Return what a setting is called on a screen."""
    if setting.name in LABELS:
        return str(LABELS[setting.name])
    if setting.kind == "switch":
        return gettext("%(model)s switched off", model=setting.of)
    task = catalogue.tasks[setting.of].label
    if setting.kind == "order":
        return gettext("Models of %(task)s, in order", task=task)
    return gettext("One request: %(task)s", task=task)


def default(catalogue: Catalogue, setting: Setting) -> Any:
    """Return what holds while the owner has set nothing; None: no limit of its own."""
    if setting.name == OWN_SITE:
        return None
    if setting.kind == "order":
        return list(catalogue.tasks[setting.of].order)
    if setting.kind == "switch":
        return False
    if setting.of:
        return catalogue.tasks[setting.of].most
    return getattr(catalogue.limits, setting.name)


def read(catalogue: Catalogue, setting: Setting, text: str) -> Any:
    """Return the value that a text means: an amount, a share, a list of models, or yes and no.

    Raises:
        ValidationError: says what would be right.
    """
    readers = {"money": _money, "share": _share, "order": _order, "switch": _switch}
    return readers[setting.kind](catalogue, setting, text.strip())


def _money(_catalogue: Catalogue, setting: Setting, text: str) -> Decimal:
    most = MOST_A_REQUEST if setting.of else MOST_DOLLARS
    amount = _number(text)
    if amount is None or not 0 <= amount <= most or amount != amount.quantize(UNIT):
        message = gettext(
            "Write an amount of US dollars from 0 to %(most)s, such as 2.50, with a point and at "
            "most 8 decimals.",
            most=most,
        )
        raise ValidationError(message, field="value")
    return amount


def _share(_catalogue: Catalogue, _setting: Setting, text: str) -> Decimal:
    share = _number(text)
    if share is None or not Decimal("0.1") <= share <= 1:
        message = gettext("Write a share from 0.1 to 1: 0.8 tells you at 80 % of a limit.")
        raise ValidationError(message, field="value")
    return share


def _order(catalogue: Catalogue, _setting: Setting, text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in catalogue.models]
    if unknown:
        known = ", ".join(catalogue.models)
        message = gettext(
            "There is no model %(name)s. Choose from: %(known)s.", name=unknown[0][:60], known=known
        )
        raise ValidationError(message, field="value")
    if not names or len(set(names)) != len(names):
        message = gettext("Name at least one model, each once, with commas between them.")
        raise ValidationError(message, field="value")
    return names


def _switch(_catalogue: Catalogue, _setting: Setting, text: str) -> bool:
    if text not in {"true", "false"}:
        message = gettext("Write true for a model that is switched off, or false.")
        raise ValidationError(message, field="value")
    return text == "true"


def _number(text: str) -> Decimal | None:
    # Decimal() takes more than people mean: NaN, 1e9, digits of other scripts.
    if not text.isascii() or len(text) > 20 or not text.replace(".", "", 1).isdigit():  # noqa: PLR2004 - no amount is longer
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
