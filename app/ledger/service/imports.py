"""Importing files of fills: on the command line straight from disk, on the page step by step.

Both read row by row and record in chunks, one transaction each. An import that is cut anywhere
goes on where it was, and what comes twice is a duplicate.
"""

from __future__ import annotations

import gc
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy import delete, select, update

from app.core import clock, outbox
from app.core.db import db, transaction
from app.core.errors import AppError
from app.core.i18n import gettext, in_language, language
from app.ledger.errors import ImportNotFoundError, ImportStateError, UnusableFileError
from app.ledger.models import ImportContent, ImportFile
from app.ledger.rules.files import Row, check_bytes, read_rows
from app.ledger.rules.fills import ReadFill, Refusal, latest_instant, plain_number, read_fill
from app.ledger.schemas import FillIn, ImportView
from app.ledger.service import news, record
from app.ledger.service.accounts import check_plugin_id, find_or_open
from app.ledger.service.verify import catch_up

CHUNK = 2000
PREVIEW_ROWS = 20
KEPT_REFUSALS = 100
SOURCE = "file"
DEFAULT_CURRENCY = "USD"


class Counts(NamedTuple):
    """What became of the rows of a file, or of a part of it."""

    created: int = 0
    duplicate: int = 0
    refused: int = 0

    def plus(self, other: Counts) -> Counts:
        """Add the counts of another part."""
        return Counts(*(one + two for one, two in zip(self, other, strict=True)))


class RefusedRow(NamedTuple):
    """A row that was not taken."""

    number: int
    field: str
    reason: str

    def __str__(self) -> str:
        """Return it as a line for a person: row 7: qty: must be above zero."""
        return f"row {self.number}: {self.field}: {self.reason}"


class Target(NamedTuple):
    """Whose record a file goes into."""

    user_id: int
    plugin_id: str
    kind: str


def import_file(
    target: Target,
    file: BinaryIO,
    on_refused: Callable[[RefusedRow], None],
    on_chunk: Callable[[], None] = lambda: None,
) -> Counts:
    """Import a file; nothing is written when it is unusable. For the command line.

    Raises:
        UnusableFileError: the file has no columns or no rows, or is not text.
    """
    check_plugin_id(target.plugin_id)
    check_bytes(file)
    started = clock.now()
    counts, account_id = Counts(), None
    with _few_collections():
        for chunk in _chunks(read_rows(file)):
            with transaction():
                part, account_id = _record_chunk(target, chunk, started, (account_id, on_refused))
            counts = counts.plus(part)
            on_chunk()
    if not sum(counts):
        raise _no_rows()
    if account_id is not None:
        catch_up(account_id)
    return counts


@contextmanager
def _few_collections() -> Iterator[None]:
    """Keep the garbage collector off what is loaded already: a quarter of an import's time.

    A process that has set aside what it has loaded is left as it is: to undo it would cost more.
    """
    if gc.get_freeze_count():
        yield
        return
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _no_rows() -> UnusableFileError:
    return UnusableFileError(gettext("The file has no rows under its first line."), field="file")


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _record_chunk(
    target: Target,
    chunk: list[Row],
    received_at: datetime,
    context: tuple[int | None, Callable[[RefusedRow], None]],
) -> tuple[Counts, int | None]:
    """Record the fills of a chunk; return its counts and the account, opened with a good row."""
    account_id, on_refused = context
    fills = [row.fill for row in chunk if row.fill is not None]
    if account_id is None:
        account_id = _find_account(target, fills)
    if account_id is None:
        latest = latest_instant(clock.now())
        answers: list[Any] = [read_fill(fill, latest) for fill in fills]
    else:
        answers = list(
            record.record_fills(
                account_id, fills, source=SOURCE, received_at=received_at, is_deferred=True
            )
        )
    counts = {"created": 0, "duplicate": 0, "refused": 0}
    answer = iter(answers)
    for row in chunk:
        found = row.refusal or next(answer)
        status = "refused" if isinstance(found, Refusal) else found.status
        counts[status] += 1
        if status == "refused":
            on_refused(RefusedRow(row.number, found.field, found.reason))
    return Counts(**counts), account_id


def _find_account(target: Target, fills: Iterable[FillIn]) -> int | None:
    """Return the account for the first good fill; None while there is none."""
    latest = latest_instant(clock.now())
    for fill in fills:
        read = read_fill(fill, latest)
        if isinstance(read, ReadFill):
            return find_or_open(*target, read.currency or DEFAULT_CURRENCY).id
    return None


# --- step by step, for the page ---


def preview_import(user_id: int, plugin_id: str, file_name: str, content: bytes) -> ImportView:
    """Keep an uploaded file and say what importing it would do; nothing is recorded yet.

    Raises:
        UnusableFileError: the file has no columns or no rows, or is not text.
    """
    check_plugin_id(plugin_id)
    file = io.BytesIO(content)
    check_bytes(file)
    latest = latest_instant(clock.now())
    refusals: list[dict[str, Any]] = []
    count = refused = 0
    for row in read_rows(file):
        count += 1
        refusal = _refusal(row, latest)
        if refusal is not None:
            refused += 1
            _keep(refusals, row.number, refusal)
    if not count:
        raise _no_rows()
    with transaction():
        _drop_previews(user_id)
        found = ImportFile(
            user_id=user_id,
            plugin_id=plugin_id,
            file_name=file_name.replace("\\", "/").rsplit("/", 1)[-1][:200] or "fills.csv",
            file_hash=hashlib.sha256(content).hexdigest(),
            state="preview",
            row_count=count,
            next_row=0,
            created_count=0,
            duplicate_count=0,
            refused_count=refused,
            refusals=refusals,
            created_at=clock.now(),
        )
        db.session.add(found)
        db.session.flush()
        db.session.add(ImportContent(import_id=found.id, content=content))
    return _view(found, content)


def _refusal(row: Row, latest: str) -> Refusal | None:
    if row.fill is None:
        return row.refusal
    read = read_fill(row.fill, latest)
    return read if isinstance(read, Refusal) else None


def _keep(refusals: list[dict[str, Any]], number: int, refusal: Refusal | RefusedRow) -> None:
    if len(refusals) < KEPT_REFUSALS:
        refusals.append({"row": number, "field": refusal.field, "reason": refusal.reason})


def _drop_previews(user_id: int) -> None:
    """Give up a user's files that were looked at and never started."""
    ids = db.session.scalars(
        select(ImportFile.id).where(ImportFile.user_id == user_id, ImportFile.state == "preview")
    ).all()
    if ids:
        db.session.execute(delete(ImportContent).where(ImportContent.import_id.in_(ids)))
        db.session.execute(
            update(ImportFile)
            .where(ImportFile.id.in_(ids))
            .values(state="cancelled", finished_at=clock.now())
        )


def _view(found: ImportFile, content: bytes | None = None) -> ImportView:
    columns = {
        name: getattr(found, name) for name in ImportView.model_fields if hasattr(found, name)
    }
    rows = [] if content is None else _preview_rows(content)
    return ImportView(**columns, rows=rows)


def _preview_rows(content: bytes) -> list[dict[str, str]]:
    latest = latest_instant(clock.now())
    rows: list[dict[str, str]] = []
    for row in read_rows(io.BytesIO(content)):
        read = None if row.fill is None else read_fill(row.fill, latest)
        if not isinstance(read, ReadFill):
            continue
        rows.append({
            "row": str(row.number),
            "external_id": read.external_id,
            "executed_at": read.at,
            "symbol": read.symbol,
            "side": read.side,
            "qty": plain_number(read.qty),
            "price": plain_number(read.price),
            "fee": plain_number(read.fee),
            "currency": read.currency or "",
        })  # fmt: skip
        if len(rows) == PREVIEW_ROWS:
            break
    return rows


def _get(user_id: int | None, import_id: int, *, is_locked: bool = False) -> ImportFile:
    found = db.session.get(
        ImportFile, import_id, populate_existing=True, with_for_update=is_locked or None
    )
    if found is None or (user_id is not None and found.user_id != user_id):
        raise ImportNotFoundError(gettext("There is no such import."))
    return found


def get_import(user_id: int, import_id: int) -> ImportView:
    """Return one of a user's imports and how far it is."""
    found = _get(user_id, import_id)
    content = db.session.get(ImportContent, import_id) if found.state == "preview" else None
    return _view(found, content.content if content else None)


def list_imports(user_id: int, limit: int = 10) -> list[ImportView]:
    """Return a user's newest imports."""
    rows = db.session.scalars(
        select(ImportFile)
        .where(ImportFile.user_id == user_id)
        .order_by(ImportFile.created_at.desc(), ImportFile.id.desc())
        .limit(limit)
    )
    return [_view(row) for row in rows]


def start_import(user_id: int, import_id: int) -> ImportView:
    """Let a worker import a previewed file; starting twice is starting once."""
    with transaction():
        found = _get(user_id, import_id, is_locked=True)
        if found.state == "preview":
            found.state, found.refused_count, found.refusals = "queued", 0, []
            outbox.enqueue(
                "ledger.run_import",
                {"import_id": import_id, "language": language()},
                key=f"import:{import_id}",
                queue="bulk",
            )
        elif found.state in {"cancelled", "failed"}:
            message = gettext("This import was cancelled. Upload the file again.")
            raise ImportStateError(message)
    return _view(found)


def cancel_import(user_id: int, import_id: int) -> ImportView:
    """Stop an import; the rows that are recorded stay, sending the file again goes on."""
    with transaction():
        found = _get(user_id, import_id, is_locked=True)
        if found.state in {"preview", "queued", "running"}:
            was_running = found.state == "running"
            found.state, found.finished_at = "cancelled", clock.now()
            if not was_running:
                _drop_content(import_id)
    return _view(found)


def _drop_content(import_id: int) -> None:
    db.session.execute(delete(ImportContent).where(ImportContent.import_id == import_id))


def run_import(import_id: int, asked_in: str | None = None) -> None:
    """Do an import to its end, or go on with it; for a worker. Safe to be cut anywhere.

    What is wrong with a row is written in the language in which the member started the import.
    """
    with in_language(asked_in):
        _run_import(import_id)


def _run_import(import_id: int) -> None:
    found = _get(None, import_id)
    content = db.session.get(ImportContent, import_id)
    if content is not None and found.state in {"queued", "running"}:
        try:
            with _few_collections():
                _run_chunks(found, content.content)
        except AppError as error:
            _finish(import_id, "failed", error.message)
            return
    _finish(import_id, "done")


def _run_chunks(found: ImportFile, content: bytes) -> None:
    done = found.next_row
    rows = read_rows(io.BytesIO(content))
    for chunk in _chunks(islice(rows, done, None)):
        with transaction():
            current = _get(None, found.id, is_locked=True)
            # Cancelled meanwhile, or another process does it.
            if current.state not in {"queued", "running"} or current.next_row != done:
                return
            _run_chunk(current, chunk)
            outbox.renew_lease()
        done += len(chunk)


def _run_chunk(current: ImportFile, chunk: list[Row]) -> None:
    refusals = list(current.refusals)
    target = Target(current.user_id, current.plugin_id, "journal")
    counts, current.account_id = _record_chunk(
        target,
        chunk,
        current.created_at,
        (current.account_id, lambda row: _keep(refusals, row.number, row)),
    )
    current.state = "running"
    current.refusals = refusals
    current.next_row += len(chunk)
    current.created_count += counts.created
    current.duplicate_count += counts.duplicate
    current.refused_count += counts.refused


def _finish(import_id: int, state: str, error: str | None = None) -> None:
    account_id = _get(None, import_id).account_id
    if account_id is not None:
        catch_up(account_id)
    with transaction():
        found = _get(None, import_id, is_locked=True)
        if found.state in {"queued", "running"}:
            found.state, found.error, found.finished_at = state, error, clock.now()
            news.tell_imported(found)
        _drop_content(import_id)
