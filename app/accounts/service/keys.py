"""API keys: made, listed, rotated and revoked."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.accounts import queries, rules
from app.accounts.events import KeyCreated
from app.accounts.models import ApiKey
from app.accounts.rules import keys as key_rules
from app.accounts.schemas import KeyOut, KeyTerms, MadeKey
from app.accounts.schemas.keys import ApiKeyForm
from app.accounts.service.audit import audit
from app.core import clock, events, security
from app.core.auth import PERSON_SCOPES, SCOPES, admit_program
from app.core.db import db
from app.core.errors import ConflictError, ForbiddenError, NotFoundError, ValidationError
from app.core.i18n import gettext, listed
from app.core.parse import parse

MAX_KEYS = 20
ALL_SCOPES = (*SCOPES, *PERSON_SCOPES)


def create_key(
    user_id: int,
    scopes: list[str] | None = None,
    name: str = "",
    terms: KeyTerms | None = None,
    maker_id: int | None = None,
) -> str:
    """Make an API key and return its text, which is shown only now.

    `maker_id` is the key of the program that asks; it passes on no more than it has.
    """
    return make_key(user_id, scopes, name, terms, maker_id).text


def get_key(user_id: int, key_id: int) -> KeyOut:
    """Return one of a user's keys, without its text."""
    return _shown(queries.get_key(user_id, key_id))


def create_key_by_form(user_id: int, form: ApiKeyForm) -> str:
    """Make the key that a person asks for on a page, and return its text."""
    until = None if form.lasts == "always" else clock.now() + timedelta(days=int(form.lasts))
    networks = form.networks.replace(",", " ").split()
    terms = parse(KeyTerms, {"expires_at": until, "networks": networks})
    return create_key(user_id, form.scopes, form.name, terms)


def make_key(
    user_id: int,
    scopes: list[str] | None = None,
    name: str = "",
    terms: KeyTerms | None = None,
    maker_id: int | None = None,
) -> MadeKey:
    """Make an API key and return it with its text.

    Raises:
        ForbiddenError: the user's plan has no place for programs.
        ConflictError: the user has as many keys as one may.
    """
    admit_program(user_id)
    queries.lock_user(user_id)
    wanted = _known_scopes(scopes)
    terms = terms or KeyTerms()
    now = clock.now()
    if terms.expires_at is not None and terms.expires_at <= now:
        message = gettext("The key would have ended already: choose a later day.")
        raise ValidationError(message, field="expires_at")
    living = [key for key in queries.list_keys(user_id) if _state(key, now) == "active"]
    if len(living) >= MAX_KEYS:
        message = gettext(
            "You have %(most)s keys. Revoke one that you no longer use.", most=MAX_KEYS
        )
        raise ConflictError(message, code="too_many_keys")
    if maker_id is not None:
        terms = _within(queries.get_key(user_id, maker_id), wanted, terms)
    key, text = _new_key(user_id, wanted, name, terms)
    key.maker_id = maker_id
    db.session.flush()
    _publish(key)
    audit(
        "key.created",
        user_id=user_id,
        subject=f"key:{key.id}",
        scopes=wanted,
        expires_at=terms.expires_at and terms.expires_at.isoformat(),
        networks=len(terms.networks),
        by_key=maker_id,
    )
    return MadeKey(key=_shown(key), text=text)


def _publish(key: ApiKey) -> None:
    # Before the line in the audit log: who listens locks rows, and the log is locked last.
    events.publish(KeyCreated(key.user_id, key.id, key.prefix, tuple(key.scopes)))


def _known_scopes(scopes: list[str] | None) -> list[str]:
    wanted = list(SCOPES) if scopes is None else list(dict.fromkeys(scopes))
    unknown = [scope[:60] for scope in wanted if scope not in ALL_SCOPES]
    if unknown:
        message = gettext(
            "Unknown scope %(unknown)s: choose from %(known)s.",
            unknown=listed(unknown),
            known=listed(ALL_SCOPES),
        )
        raise ValidationError(message, field="scopes")
    if not wanted:
        message = gettext("A key needs a scope: choose from %(known)s.", known=listed(ALL_SCOPES))
        raise ValidationError(message, field="scopes")
    return wanted


def _within(maker: ApiKey, scopes: list[str], terms: KeyTerms) -> KeyTerms:
    """Return the terms of a key that `maker` makes: no longer, no further and no more than its."""
    more = [scope for scope in scopes if scope in PERSON_SCOPES or scope not in maker.scopes]
    if more:
        message = gettext(
            "A key cannot pass on %(scopes)s: make that key in the dashboard's settings.",
            scopes=listed(more),
        )
        raise ForbiddenError(message, code="scope_not_passed_on")
    networks = terms.networks or list(maker.networks)
    if maker.networks and not key_rules.lie_within(networks, maker.networks):
        message = gettext("A key may be used only from where the key that makes it may be used.")
        raise ForbiddenError(message, code="network_not_passed_on")
    return KeyTerms(
        expires_at=key_rules.earlier(terms.expires_at, maker.expires_at), networks=networks
    )


def _new_key(user_id: int, scopes: list[str], name: str, terms: KeyTerms) -> tuple[ApiKey, str]:
    prefix = rules.KEY_PREFIX + security.random_token(6).replace("-", "x").replace("_", "y")
    secret = security.random_token()
    key = ApiKey(
        user_id=user_id,
        name=name or "API key",
        prefix=prefix,
        secret_hash=security.fingerprint(secret),
        scopes=scopes,
        created_at=clock.now(),
        expires_at=terms.expires_at,
        networks=terms.networks,
    )
    db.session.add(key)
    return key, f"{prefix}.{secret}"


def list_keys(user_id: int) -> list[KeyOut]:
    """Return a user's keys without their secrets."""
    return [_shown(key) for key in queries.list_keys(user_id)]


def rotate_key(
    user_id: int,
    key_id: int,
    overlap: timedelta = key_rules.OVERLAP,
    asking_key_id: int | None = None,
) -> MadeKey:
    """Put a new key in the place of one; the old one counts for `overlap` longer.

    The new one has the same name, scopes and networks, and as long a life. A program that asks
    with `asking_key_id` gets none that outlives its own key, nor one that may do more.
    """
    queries.lock_user(user_id)
    old, now = queries.get_key(user_id, key_id), clock.now()
    if not timedelta(0) <= overlap <= key_rules.MAX_OVERLAP:
        message = gettext("The old key can go on for 0 to 168 hours.")
        raise ValidationError(message, field="overlap_hours")
    state = _state(old, now)
    if state != "active":
        message = gettext(
            "This key was revoked, replaced or has ended; only one that is in use can be rotated."
        )
        raise ConflictError(message, code="key_not_active", state=state)
    terms = KeyTerms(
        expires_at=key_rules.successor_end(old.created_at, old.expires_at, now),
        networks=list(old.networks),
    )
    if asking_key_id is not None:
        terms = _rotated_by(queries.get_key(user_id, asking_key_id), old, terms)
    key, text = _new_key(user_id, list(old.scopes), old.name, terms)
    key.root_id, key.maker_id = old.root_id or old.id, old.maker_id
    # At most one old key goes on beside the new one.
    for one in _line(old):
        if one.rotated_at is not None:
            one.expires_at = key_rules.earlier(one.expires_at, now)
    old.rotated_at, old.expires_at = now, key_rules.earlier(old.expires_at, now + overlap)
    db.session.flush()
    _publish(key)
    audit(
        "key.rotated",
        user_id=user_id,
        subject=f"key:{old.id}",
        new_key=key.id,
        overlap_seconds=int(overlap.total_seconds()),
        by_key=asking_key_id,
    )
    return MadeKey(key=_shown(key), text=text)


def _rotated_by(asking: ApiKey, old: ApiKey, terms: KeyTerms) -> KeyTerms:
    if asking.id == old.id:
        return KeyTerms(
            expires_at=key_rules.earlier(terms.expires_at, old.expires_at), networks=terms.networks
        )
    return _within(asking, list(old.scopes), terms)


def revoke_key(user_id: int, key_id: int) -> None:
    """Make a key useless from the next request on; revoking twice is fine.

    With it end the keys that it replaced or that replaced it, and all that these have made.
    """
    queries.lock_user(user_id)
    key = queries.get_key(user_id, key_id)
    ended = end_keys(user_id, {one.id for one in _line(key)})
    if ended:
        audit("key.revoked", user_id=user_id, subject=f"key:{key_id}", keys=ended)


def end_keys(user_id: int, key_ids: set[int] | None = None) -> list[int]:
    """Revoke keys with all that they made (None: every key); return which counted until now."""
    keys = queries.list_keys(user_id)
    ids = {key.id for key in keys} if key_ids is None else set(key_ids)
    size = -1
    while size != len(ids):
        size = len(ids)
        ids |= {key.id for key in keys if {key.root_id, key.maker_id} & ids}
    now, ended = clock.now(), []
    for key in keys:
        if key.id in ids and key.revoked_at is None:
            key.revoked_at = now
            ended.append(key.id)
    queries.end_families(user_id, ids, now)
    return sorted(ended)


def _line(key: ApiKey) -> list[ApiKey]:
    """Return a key with all that it replaced or that replaced it."""
    root = key.root_id or key.id
    return [one for one in queries.list_keys(key.user_id) if root in {one.id, one.root_id}]


def find_key_id(user_id: int, prefix: str) -> int:
    """Return which of a user's keys begins with `prefix`; NotFoundError for none."""
    found = [key.id for key in queries.list_keys(user_id) if key.prefix == prefix.partition(".")[0]]
    if not found:
        message = gettext("There is no such key.")
        raise NotFoundError(message)
    return found[0]


def _state(key: ApiKey, now: datetime) -> str:
    return key_rules.state_of(
        key_rules.Standing(key.expires_at, key.rotated_at, key.revoked_at), now
    )


def _shown(key: ApiKey) -> KeyOut:
    return KeyOut(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=list(key.scopes),
        state=_state(key, clock.now()),
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        expires_at=key.expires_at,
        rotated_at=key.rotated_at,
        revoked_at=key.revoked_at,
        networks=list(key.networks),
    )
