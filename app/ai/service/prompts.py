"""Prompts: what a model is told before a question. Versions are added, and the owner chooses one."""

from __future__ import annotations

import hashlib
import re
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from app.accounts import service as accounts
from app.ai.models import AiPrompt, AiPromptChoice
from app.ai.rules.catalogue import read_catalogue
from app.core import clock
from app.core.db import db, is_sqlite, transaction
from app.core.errors import NotFoundError, ValidationError
from app.core.i18n import gettext

LONGEST = 20_000
LONGEST_NOTE = 200
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CHOSEN = select(AiPromptChoice.number).where(AiPromptChoice.task == bindparam("of"))
_built_in: dict[str, str] = {}


class Prompt(NamedTuple):
    """One version of a task's prompt."""

    task: str
    number: int
    text: str

    def __str__(self) -> str:
        """Return what is kept with an answer."""
        return f"{self.task} {self.number}"


def register_prompt(task: str, text: str) -> None:
    """Let the slice that owns a task say what its models are told."""
    read_catalogue().tasks[task]  # a task that nobody knows is a mistake of ours
    _built_in[task] = text.strip()


def prompt(task: str) -> Prompt:
    """Return what a task's models are told now; the program's own text is kept as a version."""
    number = db.session.connection().execute(_CHOSEN, {"of": task}).scalar()
    # A version never changes, so a process reads it once; the owner's choice it reads each time.
    kept: dict[tuple[str, int | str], Prompt]
    kept = current_app.extensions.setdefault("ai_prompts", {})
    name = (task, _built_in[task] if number is None else number)
    if name not in kept:
        text = _built_in[task]
        found = _by_hash(task, _checksum(text)) if number is None else get_prompt(task, number)
        if found is None:
            return add_prompt(task, text)  # kept once it is surely written
        kept[name] = found
    return kept[name]


def get_prompt(task: str, number: int) -> Prompt:
    """Return one version."""
    row = db.session.scalar(
        select(AiPrompt).where(AiPrompt.task == task, AiPrompt.number == number)
    )
    if row is None:
        raise NotFoundError(gettext("There is no such version of this prompt."))
    return Prompt(row.task, row.number, row.text)


def add_prompt(
    task: str, text: str, *,
    note: str = "", made_by: int | None = None, wp_user: int | None = None,
) -> Prompt:  # fmt: skip
    """Keep a text as a version and return it; one that is kept already comes back as it was.

    `made_by` and `wp_user` say who wrote it; without both it came with the program or by a command.
    """
    own_text(task)
    # A form ends lines in another way than a file, and no database takes a NUL.
    text = CONTROL.sub("", text.replace("\r\n", "\n")).strip()
    if not text or len(text) > LONGEST:
        message = gettext("A prompt has 1 to %(most)d characters.", most=LONGEST)
        raise ValidationError(message, field="text")
    if text != _built_in[task]:
        keep_own(task)  # what it is compared with
    known = _by_hash(task, _checksum(text))
    if known is not None:
        return known
    with transaction():
        note = CONTROL.sub("", note).strip()[:LONGEST_NOTE]
        made, is_new = _put(task, text, note=note, made_by=made_by, wp_user=wp_user)
        if is_new and text != _built_in[task]:
            accounts.audit(
                "ai.prompt_added", user_id=made_by, subject=f"task:{task}", number=made.number,
                wp_user=wp_user,
            )  # fmt: skip
        return made


def keep_own(task: str) -> None:
    """Keep the program's own text as a version, if it is none yet; NotFoundError for no such task."""
    text = own_text(task)
    if _by_hash(task, _checksum(text)) is None:
        add_prompt(task, text)


def choose_prompt(
    task: str, number: int | None, *, user_id: int | None, wp_user: int | None = None
) -> None:
    """Let a task's models be told a version from now on; None: the program's own text."""
    keep_own(task)
    with transaction():
        if number is None:
            db.session.execute(delete(AiPromptChoice).where(AiPromptChoice.task == task))
        else:
            get_prompt(task, number)
            insert = sqlite.insert if is_sqlite() else postgresql.insert
            chosen = {"number": number, "changed_at": clock.now()}
            # Two may choose at once: the later one counts, and the audit log has both.
            db.session.execute(
                insert(AiPromptChoice)
                .values(task=task, **chosen)
                .on_conflict_do_update(index_elements=["task"], set_=chosen)
            )
        accounts.audit(
            "ai.prompt_chosen", user_id=user_id, subject=f"task:{task}", number=number,
            wp_user=wp_user,
        )  # fmt: skip


def list_prompts(task: str) -> list[AiPrompt]:
    """Return the versions of a task's prompt, newest first."""
    rows = select(AiPrompt).where(AiPrompt.task == task).order_by(AiPrompt.number.desc())
    return list(db.session.scalars(rows))


def tasks_with_prompts() -> list[str]:
    """Return the tasks whose models are told something, in the catalogue's order."""
    return [task for task in read_catalogue().tasks if task in _built_in]


def own_text(task: str) -> str:
    """Return what the program itself tells a task's models; NotFoundError for no such task."""
    if task not in _built_in:
        raise NotFoundError(gettext("There is no such task."))
    return _built_in[task]


def _put(task: str, text: str, **values: Any) -> tuple[Prompt, bool]:
    """Write a version under the next number; return it, and whether it was not there before."""
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    checksum = _checksum(text)
    while True:
        known = _by_hash(task, checksum)
        if known is not None:
            return known, False
        newest = db.session.scalar(select(func.max(AiPrompt.number)).where(AiPrompt.task == task))
        made = Prompt(task, (newest or 0) + 1, text)
        statement = insert(AiPrompt).values(
            **made._asdict(), checksum=checksum, made_at=clock.now(), **values
        )
        # Somebody else may take the number, or write the same text, at this moment.
        written = statement.on_conflict_do_nothing().returning(AiPrompt.number)
        if db.session.scalar(written) is not None:
            return made, True


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _by_hash(task: str, checksum: str) -> Prompt | None:
    row = db.session.scalar(
        select(AiPrompt).where(AiPrompt.task == task, AiPrompt.checksum == checksum)
    )
    return Prompt(row.task, row.number, row.text) if row else None
