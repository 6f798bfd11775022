"""Keys of providers: the service's, and members' own, which are decrypted in a worker alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from sqlalchemy import delete, select

from app.accounts import service as accounts
from app.ai.clients.building import service_key
from app.ai.models import AiKey
from app.ai.rules.catalogue import read_catalogue, still_there
from app.ai.schemas import Reached
from app.ai.schemas.keys import MOST_MONTHLY
from app.ai.service import budgets, settings
from app.billing import service as billing
from app.core import clock, outbox, security
from app.core.db import db, transaction
from app.core.errors import NotFoundError, ValidationError
from app.core.i18n import gettext

FEATURE = "own_model_key"
SHORTEST, LONGEST = 8, 400
CHECK_EVERY = timedelta(minutes=1)


def reachable(
    task: str, user_id: int | None, *, needs_images: bool = False, only: Sequence[str] = ()
) -> tuple[list[Reached], bool]:
    """Return the models that a task can ask now, in order, and whether by the member's own keys.

    `only` are models to ask in place of the task's, switched off or not. Who has a plan for own keys
    and no key that is good asks none of ours where the task is one that such a key pays.
    """
    catalogue = read_catalogue()
    able = [
        name for name, model in catalogue.models.items() if model.reads_images or not needs_images
    ]
    order, rest = settings.order_of(task, only or catalogue.tasks[task].order, able)
    if only:
        order, rest = [name for name in only if name in able], []
    own = _own_keys(user_id)
    if not own and catalogue.tasks[task].own_key_pays and _takes_own_keys(user_id):
        return [], False
    keys = own or {name: service_key(name) for name in catalogue.providers}
    # Who brings a key of one provider alone is served by that one's models, whatever the order.
    others = rest if own else []
    found = [name for name in [*order, *others] if keys.get(catalogue.models[name].provider)]
    if not only:
        found = still_there(catalogue, found, clock.now().date())
    return [Reached(name, keys[catalogue.models[name].provider]) for name in found], bool(own)


def passed_over() -> dict[str, list[str]]:
    """Return the tasks that pass a model of theirs over, since it has ended, by the model's name.

    As it is where the service's keys are used.
    """
    catalogue, today = read_catalogue(), clock.now().date()
    found: dict[str, list[str]] = {}
    for task, terms in catalogue.tasks.items():
        order, _ = settings.order_of(task, terms.order, catalogue.models)
        able = [name for name in order if service_key(catalogue.models[name].provider)]
        left = still_there(catalogue, able, today)
        for name in able:
            if name not in left:
                found.setdefault(name, []).append(terms.label)
    return found


def save_key(
    user_id: int, provider: str, key: str, monthly_limit: str = "", daily_limit: str = ""
) -> AiKey:
    """Keep a member's own key in place of the one before, and let a worker try it.

    Raises:
        EntitlementError: the member's plan does not take own keys.
        ValidationError: names the field.
    """
    billing.require(user_id, FEATURE)
    key = key.strip()
    if provider not in read_catalogue().providers:
        known = ", ".join(read_catalogue().providers)
        message = gettext("Choose a provider: %(known)s.", known=known)
        raise ValidationError(message, field="provider")
    if (
        not key.isascii()
        or not key.isprintable()
        or " " in key
        or not SHORTEST <= len(key) <= LONGEST
    ):
        message = gettext("This is no key: paste it as the provider shows it.")
        raise ValidationError(message, field="key")
    month, day = _limit(monthly_limit), _limit(daily_limit, "daily_limit")
    with transaction():
        # Two that are saved at one moment take each other's place.
        accounts.lock_user(user_id)
        db.session.execute(
            delete(AiKey).where(AiKey.user_id == user_id, AiKey.provider == provider)
        )
        row = AiKey(
            user_id=user_id, provider=provider, hint=key[-4:], monthly_limit=month, daily_limit=day,
            key_encrypted=security.encrypt(key, _context(user_id, provider)),
            created_at=clock.now(),
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        accounts.audit("ai.key_saved", user_id=user_id, subject=f"ai-key:{provider}")
        # SQLite gives the id of the key before to this one: the time names its check for ever.
        name = f"ai-key:{row.id}.{round(row.created_at.timestamp() * 1_000_000)}"
        outbox.enqueue("ai.check_key", {"key_id": row.id}, key=name, queue="ai")
    return row


def list_keys(user_id: int) -> list[AiKey]:
    """Return a member's own keys; of the key itself only the last four characters are known."""
    return list(
        db.session.scalars(select(AiKey).where(AiKey.user_id == user_id).order_by(AiKey.provider))
    )


def limit_key(user_id: int, provider: str, monthly_limit: str, daily_limit: str) -> AiKey:
    """Set what a member's own key may spend in a month and in a day; empty: no limit of ours."""
    month, day = _limit(monthly_limit), _limit(daily_limit, "daily_limit")
    with transaction():
        row = _own_key(user_id, provider)
        row.monthly_limit, row.daily_limit = month, day
        accounts.audit("ai.key_limited", user_id=user_id, subject=f"ai-key:{provider}")
    return row


def ask_check(user_id: int, provider: str) -> AiKey:
    """Let a worker try a member's own key again: once a minute at most."""
    with transaction():
        row = _own_key(user_id, provider)
        now = clock.now()
        if row.checked_at is None or now - row.checked_at > CHECK_EVERY:
            row.state = "unchecked"
            minute = int(now.timestamp()) // 60
            outbox.enqueue(
                "ai.check_key", {"key_id": row.id}, key=f"ai-key:{row.id}:{minute}", queue="ai"
            )
    return row


def doubt(user_id: int, provider: str) -> None:
    """Let a worker try a key again that its provider has refused in a call; one that is gone stays so."""
    if any(row.provider == provider for row in list_keys(user_id)):
        ask_check(user_id, provider)


def key_use(user_id: int, provider: str) -> tuple[Decimal, Decimal]:
    """Return what a member's own key has spent today and this month."""
    today, whose = clock.now().date(), f"{user_id}:{provider}"
    return budgets.spent(f"own-day:{whose}", today), budgets.spent(f"own:{whose}", today)


def _own_key(user_id: int, provider: str) -> AiKey:
    row: AiKey | None = db.session.scalar(
        select(AiKey)
        .where(AiKey.user_id == user_id, AiKey.provider == provider)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError(gettext("There is no key of this provider."))
    return row


def delete_key(user_id: int, provider: str) -> None:
    """Forget a member's own key."""
    with transaction():
        gone = db.session.execute(
            delete(AiKey).where(AiKey.user_id == user_id, AiKey.provider == provider)
        )
        if not getattr(gone, "rowcount", 0):
            raise NotFoundError(gettext("There is no key of this provider."))
        accounts.audit("ai.key_deleted", user_id=user_id, subject=f"ai-key:{provider}")


def check_key(key_id: int) -> None:
    """Ask the provider whether it knows a key, and keep what it says. For a worker."""
    row = db.session.get(AiKey, key_id)
    if row is None:
        return
    from app.ai.clients.checking import check

    user_id, provider = row.user_id, row.provider
    state = check(provider, security.decrypt(row.key_encrypted, _context(user_id, provider)))
    with transaction():
        row = db.session.get(AiKey, key_id, populate_existing=True)
        if row is not None:
            row.state, row.checked_at = state, clock.now()


def _takes_own_keys(user_id: int | None) -> bool:
    return user_id is not None and billing.can(user_id, FEATURE)


def _own_keys(user_id: int | None) -> dict[str, str]:
    if user_id is None or not _takes_own_keys(user_id):
        return {}
    return {
        row.provider: security.decrypt(row.key_encrypted, _context(user_id, row.provider))
        for row in list_keys(user_id)
        if row.state != "refused"
    }


def _limit(text: str, field: str = "monthly_limit") -> Decimal | None:
    if not text.strip():
        return None
    try:
        limit = Decimal(text.strip())
    except InvalidOperation:
        limit = Decimal(-1)
    is_amount = limit.is_finite() and 0 < limit <= MOST_MONTHLY
    if not is_amount or limit != round(limit, 8):
        message = gettext("A limit is an amount of US dollars above 0, such as 20; or empty.")
        raise ValidationError(message, field=field)
    return limit


def _context(user_id: int, provider: str) -> str:
    return f"ai-key:{user_id}:{provider}"
