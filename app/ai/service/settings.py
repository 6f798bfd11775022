"""What the owner has set: read anew for each call, so that it counts at once in every process."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from app.accounts import service as accounts
from app.ai.models import AiLimit, AiSetting
from app.ai.rules import settings as rules
from app.ai.rules.catalogue import read_catalogue
from app.ai.rules.settings import OWN_SITE, Setting
from app.ai.schemas.owner import SettingItem
from app.core import clock
from app.core.db import db, is_sqlite, transaction
from app.core.errors import NotFoundError, ValidationError
from app.core.i18n import gettext

# Each call of a model runs this: it goes past the ORM and is built once.
_VALUES = select(AiSetting.name, AiSetting.value).where(
    AiSetting.name.in_(bindparam("names", expanding=True))
)


def alarm_share() -> Decimal:
    """Return from which share of a limit the operator is told."""
    found = _values(["alarm"]).get("alarm")
    return read_catalogue().limits.alarm if found is None else Decimal(found)


def most_of(task: str, usual: Decimal) -> Decimal:
    """Return the US dollars that one request of a task may cost."""
    found = _values([f"most:{task}"]).get(f"most:{task}")
    return usual if found is None else Decimal(found)


def order_of(task: str, usual: Iterable[str], models: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the models that a task asks, in order, and the others; without those switched off."""
    known = list(models)
    values = _values([f"order:{task}", *(f"off:{name}" for name in known)])
    order = [name for name in values.get(f"order:{task}") or usual if name in known]
    is_on = [name for name in known if not values.get(f"off:{name}")]
    return [name for name in order if name in is_on], [name for name in is_on if name not in order]


def switched_off() -> set[str]:
    """Return the models that are switched off."""
    known = read_catalogue().models
    values = _values([f"off:{name}" for name in known])
    return {name for name in known if values.get(f"off:{name}")}


def list_settings(site_id: str | None) -> list[SettingItem]:
    """Return all that the operator can set; of a site (`site_id`) its own limit alone."""
    catalogue = read_catalogue()
    if site_id is not None:
        return [_item(Setting(OWN_SITE, "money"), site_id)]
    return [_item(setting, None) for setting in rules.settings_of(catalogue)]


def change(name: str, value: str | None, *, site_id: str | None, by: int | None) -> SettingItem:
    """Set something, or with None go back to what the catalogue says; the audit log keeps both.

    `site_id` is the site whose administrators ask, None for the operator; `by` their WordPress user.

    Raises:
        NotFoundError: there is no such setting, or it is not theirs to change.
        ValidationError: the value is none, or a site's limit is above the operator's.
    """
    catalogue = read_catalogue()
    setting = rules.find(catalogue, name)
    if (setting.name == OWN_SITE) != (site_id is not None):
        raise NotFoundError(gettext("There is no such setting."))
    wanted = None if value is None else rules.read(catalogue, setting, value)
    with transaction():
        if wanted is not None and site_id is not None:
            _check_below(wanted, site_id)
        before = _write(setting, wanted, site_id)
        if before != wanted:
            accounts.audit(
                "ai.setting_changed", site_id=site_id, subject=f"ai:{name}", wp_user=by,
                before=_told(before), after=_told(wanted),
            )  # fmt: skip
        return _item(setting, site_id)


def _check_below(wanted: Decimal, site_id: str) -> None:
    most = _of_operator(site_id)
    if wanted > most:
        message = gettext(
            "The operator allows this site %(most)s US dollars a day. Write that much or less.",
            most=f"{most:f}",
        )
        raise ValidationError(message, field="value")


def _of_operator(site_id: str) -> Decimal:
    amounts = _amounts([f"site:{site_id}", "site_day"])
    usual = amounts.get("site_day", read_catalogue().limits.site_day)
    return amounts.get(f"site:{site_id}", usual)


def _write(setting: Setting, wanted: Any, site_id: str | None) -> Any:
    """Write a value over the one before, None for none, and return that one."""
    table, column, name, empty = _place(setting, site_id)
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    values = {"name": name, column: empty, "changed_at": clock.now()}
    made = insert(table).values(**values).on_conflict_do_nothing(index_elements=["name"])
    is_new = db.session.scalar(made.returning(table.name)) is not None
    # Who writes at the same moment waits here, and then reads what this one has written.
    row = db.session.get_one(table, name, populate_existing=True, with_for_update=True)
    before = None if is_new else _plain(setting, getattr(row, column))
    if wanted is None:
        db.session.delete(row)
    else:
        setattr(row, column, _kept(table, wanted))
        row.changed_at = clock.now()
    db.session.flush()
    return before


def _place(setting: Setting, site_id: str | None) -> tuple[Any, str, str, Any]:
    """Return table, column, name and an empty value of a setting."""
    if setting.name == OWN_SITE:
        return AiLimit, "amount", f"own-site:{site_id}", Decimal(0)
    if setting.name in rules.MONEY:
        return AiLimit, "amount", setting.name, Decimal(0)
    return AiSetting, "value", setting.name, ""


def _kept(table: Any, value: Any) -> Any:
    # JSON knows no decimals: as a text nothing of them is lost.
    return str(value) if table is AiSetting and isinstance(value, Decimal) else value


def _plain(setting: Setting, value: Any) -> Any:
    return Decimal(value) if setting.kind in {"money", "share"} else value


def _told(value: Any) -> str | None:
    """Return a value as people write it."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return ", ".join(value) if isinstance(value, list) else str(value).lower()


def _item(setting: Setting, site_id: str | None) -> SettingItem:
    table, column, name, _ = _place(setting, site_id)
    row = db.session.get(table, name, populate_existing=True)
    usual = rules.default(read_catalogue(), setting)
    value = usual if row is None else _plain(setting, getattr(row, column))
    if setting.name == OWN_SITE and site_id is not None:
        usual = _of_operator(site_id)
        value = usual if value is None else min(value, usual)
    return SettingItem(
        name=setting.name, kind=setting.kind, of=setting.of,
        label=rules.label(read_catalogue(), setting),
        value=_told(value) or "", usual=_told(usual) or "",
        is_changed=row is not None, changed_at=None if row is None else row.changed_at,
    )  # fmt: skip


def _values(names: list[str]) -> dict[str, Any]:
    rows = db.session.connection().execute(_VALUES, {"names": names})
    return {row[0]: row[1] for row in rows}


def _amounts(names: list[str]) -> dict[str, Decimal]:
    rows = db.session.execute(select(AiLimit.name, AiLimit.amount).where(AiLimit.name.in_(names)))
    return {row[0]: row[1] for row in rows}


def known_models() -> list[str]:
    """Return the names of all models of the catalogue."""
    return list(read_catalogue().models)


def providers() -> dict[str, str]:
    """Return the names of providers by their keys."""
    return {name: one.label for name, one in read_catalogue().providers.items()}
