"""The authenticator app of a person, and the codes for when it is lost."""

from __future__ import annotations

from dataclasses import dataclass

import pyotp
from sqlalchemy import delete, func, select, update

from app.accounts import queries
from app.accounts.errors import WrongCodeError
from app.accounts.models import RecoveryCode, SecondFactor
from app.accounts.rules import codes
from app.accounts.service import limits
from app.accounts.service.audit import audit
from app.accounts.service.letters import send_notice
from app.core import clock, security
from app.core.db import db
from app.core.errors import ConflictError
from app.core.i18n import gettext

ISSUER = "Trading robot service"


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app is set up with; shown until its first code is confirmed."""

    secret: str
    uri: str


def has_second_factor(user_id: int) -> bool:
    """Whether a person signs in with a code."""
    factor = db.session.get(SecondFactor, user_id)
    return factor is not None and factor.confirmed_at is not None


def count_recovery_codes(user_id: int) -> int:
    """Return how many recovery codes are left."""
    query = select(func.count()).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    )
    return db.session.scalar(query) or 0


def begin_enrolment(user_id: int) -> None:
    """Make a secret for an app, in place of one that was never confirmed."""
    queries.lock_user(user_id)
    factor = db.session.get(SecondFactor, user_id, populate_existing=True)
    if factor is not None and factor.confirmed_at is not None:
        raise _already_on()
    if factor is not None:
        db.session.delete(factor)
        db.session.flush()
    db.session.add(
        SecondFactor(
            user_id=user_id,
            secret_encrypted=security.encrypt(pyotp.random_base32(), _context(user_id)),
            created_at=clock.now(),
            last_step=0,
        )
    )
    db.session.flush()


def _already_on() -> ConflictError:
    message = gettext("Codes are on already. Turn them off first to set up another app.")
    return ConflictError(message, code="second_factor_on")


def find_enrolment(user_id: int) -> Enrolment | None:
    """Return what an app is being set up with; None when nothing was begun, or it is done."""
    factor = db.session.get(SecondFactor, user_id)
    if factor is None or factor.confirmed_at is not None:
        return None
    secret = _secret(factor)
    email = queries.get_user(user_id).email
    return Enrolment(secret, codes.provisioning_uri(secret, email, ISSUER))


def confirm_enrolment(user_id: int, code: str) -> list[str]:
    """Turn codes on by the first right one; return the recovery codes, which are shown only now.

    Raises:
        WrongCodeError: the code does not fit the app that was set up.
    """
    queries.lock_user(user_id)
    factor = db.session.get(SecondFactor, user_id, populate_existing=True)
    if factor is None:
        message = gettext("Begin the setup first.")
        raise ConflictError(message)
    if factor.confirmed_at is not None:
        raise _already_on()
    step = codes.matching_step(_secret(factor), code, clock.now(), factor.last_step)
    if step is None:
        raise WrongCodeError
    factor.last_step, factor.confirmed_at = step, clock.now()
    limits.forget(("code.user", user_id))
    audit("user.second_factor_turned_on", user_id=user_id)
    send_notice("second_factor_on", queries.get_user(user_id))
    return _make_codes(user_id)


def renew_recovery_codes(user_id: int) -> list[str]:
    """Make new recovery codes in place of all old ones; they are shown only now."""
    queries.lock_user(user_id)
    if not has_second_factor(user_id):
        message = gettext("Turn codes on first.")
        raise ConflictError(message)
    audit("user.recovery_codes_renewed", user_id=user_id)
    return _make_codes(user_id)


def _make_codes(user_id: int) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    made = codes.make_recovery_codes()
    for code in made:
        bare = codes.bare_recovery_code(code) or ""
        db.session.add(RecoveryCode(user_id=user_id, code_hash=_code_hash(user_id, bare)))
    db.session.flush()
    return made


def remove_second_factor(user_id: int) -> None:
    """Turn codes off; a second time is fine."""
    was_on = has_second_factor(user_id)
    for table in (SecondFactor, RecoveryCode):
        db.session.execute(delete(table).where(table.user_id == user_id))
    limits.forget(("code.user", user_id))
    if was_on:
        audit("user.second_factor_turned_off", user_id=user_id)
        send_notice("second_factor_off", queries.get_user(user_id))


def limit_codes(user_id: int) -> None:
    """Count an attempt of a signed-in person to use a code; TooManyError when it is one too many."""
    limits.take(("code.user", user_id))


def use_code(user_id: int, code: str) -> bool:
    """Use up a code of the app, or a recovery code; of two that come at once exactly one is right.

    The statements that mark a code as used decide, not what was read before.
    """
    bare = codes.bare_recovery_code(code)
    return _use_recovery(user_id, bare) if bare is not None else _use_app(user_id, code)


def _use_app(user_id: int, code: str) -> bool:
    factor = db.session.get(SecondFactor, user_id, populate_existing=True)
    if factor is None or factor.confirmed_at is None:
        return False
    step = codes.matching_step(_secret(factor), code, clock.now(), factor.last_step)
    if step is None:
        return False
    used = db.session.execute(
        update(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.user_id)
    )
    return used.first() is not None


def _use_recovery(user_id: int, bare: str) -> bool:
    used = db.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == _code_hash(user_id, bare),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
        .returning(RecoveryCode.id)
    )
    if used.first() is None:
        return False
    left = count_recovery_codes(user_id)
    audit("user.recovery_code_used", user_id=user_id, left=left)
    send_notice("recovery_code_used", queries.get_user(user_id))
    return True


def _secret(factor: SecondFactor) -> str:
    return security.decrypt(factor.secret_encrypted, _context(factor.user_id))


def _context(user_id: int) -> str:
    return f"second-factor:{user_id}"


def _code_hash(user_id: int, bare: str) -> str:
    # 80 random bits: no slow hash is needed, but one person's codes must not be another's.
    return security.fingerprint(f"recovery:{user_id}:{bare}")
