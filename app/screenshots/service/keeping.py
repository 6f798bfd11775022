"""Pictures in, and out again: cleaned, locked, shown to their owner alone, forgotten in time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import delete

from app.accounts import service as accounts
from app.core import clock, outbox, security
from app.core.db import db, transaction
from app.core.errors import ConflictError, TooManyError, ValidationError
from app.core.i18n import gettext
from app.screenshots import queries
from app.screenshots.models import Screenshot, ScreenshotContent
from app.screenshots.rules import pictures
from app.screenshots.rules.pictures import Picture
from app.screenshots.rules.plausible import asked_fields
from app.screenshots.schemas import Found, ScreenshotOut

AT_ONCE = 5
MOST_KEPT = 50
"""Pictures of a member at a time."""
KEEP = timedelta(days=30)
KEEP_CONFIRMED = timedelta(days=7)
MOST_ASKED = 5
"""So often one picture is read."""
LOST_AFTER = timedelta(minutes=15)
KEY_BYTES = 32
BATCH = 200


def send(user_id: int, sent: Sequence[bytes], site_id: str | None = None) -> list[ScreenshotOut]:
    """Keep pictures and let them be read; all of them or none. The same one is there once.

    Raises:
        ValidationError: one is no picture that is taken, or there are too many.
        TooManyError: the member keeps as many as may be.
    """
    if not 1 <= len(sent) <= AT_ONCE:
        message = gettext("Send 1 to %(most)s pictures at a time.", most=AT_ONCE)
        raise ValidationError(message, field="picture")
    # Decoding takes its time: not while a transaction is open.
    cleaned = [_numbered(number, each, len(sent)) for number, each in enumerate(sent, 1)]
    with transaction():
        # Two requests at once look for the same picture, and count, one after the other.
        accounts.lock_user(user_id)
        return [told(_keep(user_id, each, site_id)) for each in cleaned]


def send_text(user_id: int, text: str) -> ScreenshotOut:
    """Keep one picture that came in base64; see `send`."""
    try:
        sent = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        message = gettext("picture: is not base64")
        raise ValidationError(message, field="picture") from error
    (kept,) = send(user_id, [sent])
    return kept


def get_screenshot(user_id: int, screenshot_id: int) -> ScreenshotOut:
    """Return one of a member's pictures and what was read; NotFoundError for anybody else's."""
    return told(queries.get_screenshot(user_id, screenshot_id))


def list_screenshots(user_id: int) -> list[ScreenshotOut]:
    """Return a member's pictures, the newest first."""
    return [told(row) for row in queries.list_screenshots(user_id, MOST_KEPT)]


def get_picture(user_id: int, screenshot_id: int) -> tuple[bytes, str]:
    """Return a picture and its media type; NotFoundError for anybody else's."""
    row = queries.get_screenshot(user_id, screenshot_id)
    return opened(row), row.media_type


def pictures_of(user_id: int) -> Iterator[tuple[str, bytes]]:
    """Return all pictures of a member with a name each, for a copy of what is kept."""
    for row in queries.list_screenshots(user_id, MOST_KEPT):
        ending = row.media_type.partition("/")[2]
        yield f"screenshot-{row.id}.{ending}", opened(row)


def read_again(user_id: int, screenshot_id: int, site_id: str | None = None) -> ScreenshotOut:
    """Let a picture be read once more.

    Raises:
        ConflictError: it is being read, was confirmed, or was read often enough.
    """
    with transaction():
        row = queries.get_screenshot(user_id, screenshot_id, lock=True)
        if row.state in queries.OPEN and not _is_lost(row):
            return told(row)
        if row.state == "confirmed":
            raise ConflictError(gettext("The positions of this picture are written down already."))
        if row.asked_count >= MOST_ASKED:
            message = gettext("This picture was read often enough. Write the positions in by hand.")
            raise ConflictError(message)
        row.state, row.reason, row.asked_count = "waiting", "", row.asked_count + 1
        row.asked_at = clock.now()
        _enqueue(row, site_id)
        return told(row)


def delete_screenshot(user_id: int, screenshot_id: int) -> None:
    """Forget a picture and its reading; positions that were confirmed stay."""
    with transaction():
        row = queries.get_screenshot(user_id, screenshot_id, lock=True)
        _delete([row.id])


def prune() -> int:
    """Forget pictures whose time is over; return how many."""
    count = 0
    while True:
        with transaction():
            ids = queries.expired(clock.now(), BATCH)
            _delete(ids)
        count += len(ids)
        if len(ids) < BATCH:
            return count


def told(row: Screenshot) -> ScreenshotOut:
    """Return a picture as its owner sees it."""
    is_lost = _is_lost(row)
    found = [Found.model_validate(each) for each in row.found]
    return ScreenshotOut(
        id=row.id,
        state="failed" if is_lost else row.state,
        reason="lost" if is_lost else row.reason,
        width=row.width,
        height=row.height,
        broker=row.broker or None,
        found=found,
        asked={each.number: asked_fields(each) for each in found},
        model=row.model,
        positions=row.positions,
        sent_at=row.sent_at,
        expires_at=row.expires_at,
    )


def _is_lost(row: Screenshot) -> bool:
    return row.state in queries.OPEN and row.asked_at < clock.now() - LOST_AFTER


def opened(row: Screenshot) -> bytes:
    """Return the bytes of a picture."""
    key = bytes.fromhex(security.decrypt(row.key_encrypted, _context(row)))
    return security.unlock_bytes(key, queries.content_of(row.id) or b"", _context(row))


def _numbered(number: int, sent: bytes, count: int) -> Picture:
    try:
        return pictures.clean(sent)
    except ValidationError as error:
        if count == 1:
            raise
        message = gettext("Picture %(number)s: %(fault)s", number=number, fault=error.message)
        raise ValidationError(message, field="picture") from error


def _keep(user_id: int, picture: Picture, site_id: str | None) -> Screenshot:
    digest = hashlib.sha256(picture.content).hexdigest()
    same = queries.find_same(user_id, digest)
    if same is not None:
        return same
    if queries.count_screenshots(user_id) >= MOST_KEPT:
        message = gettext(
            "You keep %(most)s pictures. Delete some before you send more.", most=MOST_KEPT
        )
        raise TooManyError(message, 3600)
    key = os.urandom(KEY_BYTES)
    now = clock.now()
    row = Screenshot(
        user_id=user_id, picture_hash=digest, media_type=picture.media_type,
        width=picture.width, height=picture.height, sent_at=now, asked_at=now, expires_at=now + KEEP,
    )  # fmt: skip
    row.key_encrypted = security.encrypt(key.hex(), _context(row))
    db.session.add(row)
    db.session.flush()
    locked = security.lock_bytes(key, picture.content, _context(row))
    db.session.add(ScreenshotContent(screenshot_id=row.id, content=locked))
    _enqueue(row, site_id)
    return row


def _enqueue(row: Screenshot, site_id: str | None) -> None:
    outbox.enqueue(
        "screenshots.read",
        {"screenshot_id": row.id, "site_id": site_id},
        key=f"screenshots.read:{row.mark}:{row.asked_count or 1}",
        queue="ai",
    )


def _context(row: Screenshot) -> str:
    return f"screenshot:{row.user_id}:{row.picture_hash}"


def _delete(ids: Sequence[int]) -> None:
    for column in (ScreenshotContent.screenshot_id, Screenshot.id):
        db.session.execute(
            delete(column.class_)
            .where(column.in_(ids))
            .execution_options(synchronize_session=False)
        )
