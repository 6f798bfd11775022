"""Users: who has an account, what is kept of them, and how they are erased."""

from __future__ import annotations

from app.accounts import queries, rules
from app.accounts.models import User
from app.accounts.queries.sign_in import delete_sign_in
from app.accounts.rules.sessions import ROLES
from app.accounts.schemas import Person, normal_email
from app.accounts.schemas import User as UserOut
from app.accounts.service import letters
from app.accounts.service.audit import audit
from app.accounts.service.keys import end_keys
from app.accounts.service.sessions import end_all_sessions
from app.core import clock, security
from app.core.db import db
from app.core.errors import ConflictError, ValidationError
from app.core.i18n import LANGUAGES, gettext, language, listed


def create_user(
    email: str, *, username: str | None = None, is_demo: bool = False, seed: str | None = None
) -> User:
    """Make a user; ConflictError when the address has one.

    `seed` fixes the pseudonym (for the demo); otherwise it is random.
    """
    try:
        address = normal_email(email)
    except ValueError as error:
        message = f"{email!r} {error}"
        raise ValidationError(message, field="email") from error
    if queries.find_user_by_email(address) is not None:
        message = gettext("There is already a user with the address %(address)s.", address=address)
        raise ConflictError(message, code="user_exists")
    now = clock.now()
    user = User(
        email=address,
        username=username or address.partition("@")[0][:60],
        pseudonym=_free_pseudonym(seed or security.random_token()),
        language=language(),
        is_demo=is_demo,
        created_at=now,
        updated_at=now,
    )
    db.session.add(user)
    db.session.flush()
    return user


def _free_pseudonym(seed: str) -> str:
    attempt = 0
    while True:
        name = rules.pseudonym(seed, attempt)
        if not db.session.query(User.id).filter_by(pseudonym=name).first():
            return name
        attempt += 1


def find_person(site_id: str, email: str, wp_user_id: int | None) -> int | None:
    """Return the user whom an administrator of a site asks about; only ever one of its members.

    Where there is a WordPress user, only that counts: the address that we know may be one that a
    member has given up, and that somebody else has in WordPress now.
    """
    if wp_user_id is not None:
        member = queries.find_member(site_id, wp_user_id)
        return member.user_id if member is not None else None
    user = queries.find_user_by_email(email)
    return user.id if user is not None and queries.is_member(site_id, user.id) else None


def describe_person(user_id: int) -> Person:
    """Return what the accounts keep of a person; of a key its name, never its text."""
    user = queries.get_user(user_id)
    return Person(
        email=user.email,
        username=user.username,
        pseudonym=user.pseudonym,
        subscription_tier=user.subscription_tier,
        created_at=user.created_at,
        key_names=[key.name for key in queries.list_keys(user_id)],
    )


def show_user(user_id: int) -> UserOut:
    """Return a user as they see themselves."""
    user = queries.get_user(user_id)
    return UserOut(
        user_id=user.id,
        email=user.email,
        username=user.username,
        pseudonym=user.pseudonym,
        subscription_tier=user.subscription_tier,
        created_at=user.created_at,
    )


def rename_user(user_id: int, username: str) -> UserOut:
    """Call a user otherwise; the public name on boards is not this one."""
    user = queries.get_user(user_id)
    if user.username != username:
        user.username, user.updated_at = username, clock.now()
        db.session.flush()
        audit("user.renamed", user_id=user_id)
    return show_user(user_id)


def set_language(user_id: int, code: str) -> None:
    """Write to a user in another language from now on."""
    if code not in LANGUAGES:
        message = gettext("%(code)s: choose from %(known)s.", code=code, known=listed(LANGUAGES))
        raise ValidationError(message, field="language")
    user = queries.get_user(user_id)
    if user.language != code:
        user.language, user.updated_at = code, clock.now()


def leave_site(user_id: int, site_id: str) -> bool:
    """Cut a user off from a site; return whether anybody else still knows them."""
    shared = queries.get_user(user_id).is_demo or queries.has_other_site(user_id, site_id)
    queries.delete_members(user_id, site_id)
    return shared


def set_user_disabled(user_id: int, *, disabled: bool) -> None:
    """Shut a person out of every door from the next request on, or let them in again."""
    user = queries.get_user(user_id)
    if (user.disabled_at is not None) == disabled:
        return
    user.disabled_at = clock.now() if disabled else None
    user.updated_at = clock.now()
    end_all_sessions(user_id)
    audit("user.disabled" if disabled else "user.enabled", user_id=user_id)


def set_role(user_id: int, role: str) -> None:
    """Give a person a role on the service: member, creator or operator."""
    if role not in ROLES:
        message = gettext("%(role)s: choose from %(known)s.", role=role, known=listed(ROLES))
        raise ValidationError(message, field="role")
    user = queries.get_user(user_id)
    if user.role != role:
        audit("user.role_changed", user_id=user_id, before=user.role, after=role)
        user.role, user.updated_at = role, clock.now()


def erase_user(user_id: int) -> None:
    """Take away all that names a person; the row stays for the records that point at it."""
    user = queries.get_user(user_id)
    now = clock.now()
    address, is_first = user.email, user.erased_at is None and not user.is_demo
    user.email = f"erased-{user.id}@erased.invalid"
    user.username = f"erased-{user.id}"
    # Whoever knew the old name on the boards must not find the person by it.
    user.pseudonym = _free_pseudonym(security.random_token())
    user.password_hash = None
    user.erased_at = user.erased_at or now
    user.disabled_at = user.disabled_at or now
    user.updated_at = now
    user.email_confirmed_at = user.password_changed_at = None
    queries.delete_members(user.id)
    end_keys(user.id)
    delete_sign_in(user.id, address)
    for key in queries.list_keys(user.id):
        key.name = "Erased"
    if is_first:
        letters.say_farewell(address)
    db.session.flush()
