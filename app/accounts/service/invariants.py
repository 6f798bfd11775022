"""What must hold of accounts: keys, secrets of sites, the audit log, persons who were erased."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, or_, select

from app.accounts.models import ApiKey, AuditEntry, Site, SiteMember, User
from app.accounts.rules import KEY_PREFIX
from app.accounts.service.audit import verify_audit
from app.accounts.service.keys import ALL_SCOPES
from app.core.checks import holds_secret
from app.core.db import db
from app.core.invariants import Ask, Invariant, Part, register_invariants, whole

HASH = re.compile(r"[0-9a-f]{64}")
USE_STEP = timedelta(minutes=2)
"""Uses are noted to the minute, and one may be under way while a key is revoked."""
SHOWN = 20
LINES_AT_ONCE = 5000


def register() -> None:
    """Let the invariants of accounts be looked at."""
    register_invariants((
        Invariant("accounts.keys", "API keys are kept as hashes, unique, and useless once revoked",
                  find_wrong_keys),
        Invariant("accounts.sites", "a connected site has a secret, a disconnected one none",
                  find_wrong_sites),
        Invariant("accounts.audit", "every line of the audit log is as it was written",
                  find_broken_audit),
        Invariant("accounts.audit_texts", "no secret is in the audit log", find_told_secrets),
        Invariant("accounts.erased", "who was erased has no membership, key or address left",
                  find_unerased),
    ))  # fmt: skip


def find_wrong_keys(_ask: Ask) -> Part:
    """Find keys of a wrong form, with unknown scopes, or used after they were revoked."""
    faults = [f"API key {key.id}: {what}" for key in _keys() for what in _key_faults(key)]
    query = select(ApiKey.prefix).group_by(ApiKey.prefix).having(func.count() > 1)
    return whole(
        [
            *faults[:SHOWN],
            *(f"two API keys begin with {each}" for each in db.session.scalars(query)),
        ]
    )


def _keys() -> Iterator[ApiKey]:
    query = select(ApiKey).order_by(ApiKey.id).execution_options(yield_per=1000)
    yield from db.session.scalars(query)


def _key_faults(key: ApiKey) -> Iterator[str]:
    if not HASH.fullmatch(key.secret_hash):
        yield "its secret is not kept as a hash"
    if not key.prefix.startswith(KEY_PREFIX):
        yield "its prefix is of another form"
    if not key.scopes or set(key.scopes) - set(ALL_SCOPES):
        yield "its scopes are not of the known ones"
    ends = [each for each in (key.revoked_at, key.expires_at) if each is not None]
    if ends and key.last_used_at and key.last_used_at > min(ends) + USE_STEP:
        yield "it was accepted after its end"


def find_wrong_sites(_ask: Ask) -> Part:
    """Find connected sites without a secret, and disconnected ones that still have one."""
    has_one = Site.secret_encrypted != ""  # nosec B105 - no secret at all
    has_secret = or_(has_one, Site.previous_secret_encrypted.is_not(None))
    is_over = Site.state == "disconnected"
    over = db.session.scalars(select(Site.id).where(is_over, has_secret).order_by(Site.id))
    faults = [f"{site_id} is disconnected and still has a secret" for site_id in over]
    bare = select(Site.id).where(~is_over, ~has_one).order_by(Site.id)
    return whole([*faults, *(f"{site_id} has no secret" for site_id in db.session.scalars(bare))])


def find_broken_audit(_ask: Ask) -> Part:
    """Walk the chain of the audit log."""
    _, what = verify_audit()
    return whole([] if what is None else [what])


def find_told_secrets(ask: Ask) -> Part:
    """Find lines of the audit log that hold what looks like a secret."""
    query = select(AuditEntry.id, AuditEntry.detail, AuditEntry.subject)
    query = query.where(AuditEntry.id > ask.after).order_by(AuditEntry.id).limit(LINES_AT_ONCE)
    rows = db.session.execute(query).all()
    return Part(
        [
            f"line {row.id} of the audit log holds what looks like a secret"
            for row in rows
            if holds_secret(f"{row.detail} {row.subject}")
        ],
        rows[-1].id if len(rows) == LINES_AT_ONCE else None,
    )


def find_unerased(_ask: Ask) -> Part:
    """Find what is left of persons who were erased."""
    member = select(SiteMember.id).where(SiteMember.user_id == User.id).exists()
    key = select(ApiKey.id).where(ApiKey.user_id == User.id, ApiKey.revoked_at.is_(None)).exists()
    left = or_(
        member, key, User.disabled_at.is_(None), User.password_hash.is_not(None),
        User.email.not_like("%@erased.invalid"),
    )  # fmt: skip
    query = select(User.id).where(User.erased_at.is_not(None), left).order_by(User.id)
    return whole(f"user {each} was erased, not wholly" for each in db.session.scalars(query))
