"""What a member asks for: a copy of everything, or the erasure of the account after a week."""

from __future__ import annotations

import tempfile
from typing import IO

from sqlalchemy import delete

from app.accounts import service as accounts
from app.core import clock, outbox, security
from app.core.db import db, transaction
from app.core.errors import ConflictError, NotFoundError, ValidationError
from app.core.i18n import gettext
from app.privacy import queries, rules
from app.privacy.models import PrivacyPart, PrivacyRequest
from app.privacy.schemas import OwnData
from app.privacy.service.erasure import erase_person
from app.privacy.service.takeout import write_copy

PART = 512 * 1024


def own_data(user_id: int, *, link: str = "", error: str = "") -> OwnData:
    """Return what a member sees of copies and erasure."""
    copy, erasure = queries.newest(user_id, "export"), queries.newest(user_id, "erasure")
    user = accounts.get_user(user_id)
    return OwnData(
        copy_state=copy.state if copy is not None else "",
        tables_done=copy.tables_done if copy is not None else 0,
        tables_all=copy.tables_all if copy is not None else 0,
        size=copy.size if copy is not None else 0,
        kept_until=copy.due_at if copy is not None else None,
        erased_on=erasure.due_at if erasure is not None and erasure.state == "waiting" else None,
        name=user.pseudonym,
        is_demo=user.is_demo,
        link=link,
        error=error,
    )


# --- A copy ---


def ask_for_copy(user_id: int) -> None:
    """Have a copy made in the background; one at a time, and it takes the older one's place."""
    accounts.lock_user(user_id)
    now = clock.now()
    known = queries.newest(user_id, "export")
    if known is not None and known.state in {"queued", "running"}:
        if now - known.created_at < rules.LONGEST_RUN:
            return
        known.state = "failed"
    if known is not None and known.state == "ready":
        _throw_away(known)
    made = PrivacyRequest(
        user_id=user_id, kind="export", state="queued", created_at=now,
        tables_all=len(rules.TABLES),
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    accounts.audit("privacy.export_requested", user_id=user_id, subject=f"request:{made.id}")
    outbox.enqueue(
        "privacy.make_copy", {"request_id": made.id}, key=f"privacy-copy:{made.id}", queue="bulk"
    )


def make_copy(request_id: int) -> None:
    """Make the copy of a request; cut anywhere, it begins again and leaves one."""
    with transaction():
        found = queries.lock_request(request_id)
        if found is None or found.state not in {"queued", "running"}:
            return
        found.state = "running"
        user_id = found.user_id
    with tempfile.TemporaryFile() as file:
        write_copy(user_id, file, lambda done, _all: _note_step(request_id, done))
        _keep(request_id, file)


def _note_step(request_id: int, done: int) -> None:
    with transaction():
        outbox.renew_lease()
        found = queries.lock_request(request_id)
        if found is not None:
            found.tables_done = done


def _keep(request_id: int, file: IO[bytes]) -> None:
    size = file.seek(0, 2)
    file.seek(0)
    with transaction():
        found = queries.lock_request(request_id)
        # Asked anew or erased meanwhile: nobody waits for this one.
        if found is None or found.state != "running":
            return
        _drop_parts(request_id)
        for number, content in enumerate(iter(lambda: file.read(PART), b"")):
            db.session.add(PrivacyPart(request_id=request_id, number=number, content=content))
            db.session.flush()
            db.session.expunge_all()
        found = queries.lock_request(request_id)
        if found is not None:
            found.state, found.size, found.finished_at = "ready", size, clock.now()
            found.due_at = clock.now() + rules.KEEP_COPY


def make_link(user_id: int) -> str:
    """Return the secret with which the member fetches the copy once, within five minutes."""
    accounts.lock_user(user_id)
    found = queries.newest(user_id, "export")
    if found is None or found.state != "ready":
        message = gettext("There is no copy to fetch. Ask for one first.")
        raise NotFoundError(message)
    text = security.random_token()
    found.link_hash = security.fingerprint(text)
    found.link_ends_at = clock.now() + rules.LINK_LIFE
    return text


def use_link(user_id: int, text: str) -> tuple[int, int]:
    """Use a link up; return the copy that it fetches and its size."""
    found = queries.lock_link(user_id, security.fingerprint(text))
    is_good = (
        found is not None
        and found.state == "ready"
        and found.link_ends_at is not None
        and found.link_ends_at > clock.now()
    )
    if found is None or not is_good:
        message = gettext("This link was used or has ended. Make a new one in your settings.")
        raise NotFoundError(message)
    found.link_hash = found.link_ends_at = None
    accounts.audit("privacy.export_fetched", user_id=user_id, subject=f"request:{found.id}")
    return found.id, found.size


def read_piece(request_id: int, number: int) -> bytes | None:
    """Return a piece of a copy, from 0; None after the last one."""
    return queries.part(request_id, number)


def _drop_parts(request_id: int) -> None:
    db.session.execute(delete(PrivacyPart).where(PrivacyPart.request_id == request_id))


def _throw_away(found: PrivacyRequest) -> None:
    _drop_parts(found.id)
    found.state, found.link_hash, found.link_ends_at = "expired", None, None


# --- Erasure ---


def ask_for_erasure(user_id: int, typed: str) -> None:
    """Let the account be erased in a week, when its owner typed the name that it has in public."""
    accounts.lock_user(user_id)
    user = accounts.get_user(user_id)
    if user.is_demo:
        message = gettext("The demo's members belong to everybody and cannot be erased.")
        raise ConflictError(message)
    if " ".join(typed.split()).casefold() != user.pseudonym.casefold():
        message = gettext("Type %(name)s to confirm.", name=user.pseudonym)
        raise ValidationError(message, field="name")
    known = queries.newest(user_id, "erasure")
    if known is not None and known.state == "waiting":
        return
    now = clock.now()
    made = PrivacyRequest(
        user_id=user_id, kind="erasure", state="waiting", created_at=now, due_at=now + rules.WAIT
    )
    db.session.add(made)
    db.session.flush()
    accounts.audit("privacy.erasure_requested", user_id=user_id, subject=f"request:{made.id}")
    accounts.notify(user_id, "erasure_wanted")


def cancel_erasure(user_id: int) -> None:
    """Keep the account after all; cancelling twice is fine."""
    accounts.lock_user(user_id)
    found = queries.newest(user_id, "erasure")
    if found is None or not rules.can_cancel(found.state):
        return
    found.state, found.finished_at = "cancelled", clock.now()
    accounts.audit("privacy.erasure_cancelled", user_id=user_id, subject=f"request:{found.id}")
    accounts.notify(user_id, "erasure_cancelled")


def run_due() -> None:
    """Erase whose week is over, and throw old copies away; each by itself, twice is fine."""
    for request_id in queries.due("erasure", "waiting", clock.now()):
        with transaction():
            found = queries.lock_request(request_id)
            if found is not None and found.state == "waiting":
                erase_person(found.user_id)
    for request_id in queries.due("export", "ready", clock.now()):
        with transaction():
            found = queries.lock_request(request_id)
            if found is not None and found.state == "ready":
                _throw_away(found)
