"""Prompts: what a model is told before a question. Versions are added, and the owner chooses one."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from flask import current_app
from sqlalchemy import bindparam, func, select

from app.accounts import service as accounts
from app.ai.models import AiPrompt, AiPromptChoice
from app.ai.rules.catalogue import read_catalogue
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFoundError, ValidationError
from app.core.i18n import gettext

LONGEST = 20_000
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


def add_prompt(task: str, text: str, *, note: str = "", made_by: int | None = None) -> Prompt:
    """Keep a text as a version and return it; one that is kept already comes back as it was."""
    text = text.strip()
    if task not in _built_in:
        raise NotFoundError(gettext("There is no such task."))
    if not text or len(text) > LONGEST:
        message = gettext("A prompt has 1 to %(most)d characters.", most=LONGEST)
        raise ValidationError(message, field="text")
    checksum = _checksum(text)
    known = _by_hash(task, checksum)
    if known is not None:
        return known
    with transaction():
        known = _by_hash(task, checksum)
        if known is None:
            newest = db.session.scalar(
                select(func.max(AiPrompt.number)).where(AiPrompt.task == task)
            )
            known = Prompt(task, (newest or 0) + 1, text)
            row = AiPrompt(
                task=task, number=known.number, text=text, checksum=checksum, note=note[:200],
                made_by=made_by, made_at=clock.now(),
            )  # fmt: skip
            db.session.add(row)
            db.session.flush()
        return known


def choose_prompt(task: str, number: int | None, *, user_id: int | None) -> None:
    """Let a task's models be told a version from now on; None: the program's own text."""
    with transaction():
        row = db.session.get(AiPromptChoice, task)
        if number is None:
            if row is not None:
                db.session.delete(row)
        else:
            get_prompt(task, number)
            if row is None:
                db.session.add(AiPromptChoice(task=task, number=number, changed_at=clock.now()))
            else:
                row.number, row.changed_at = number, clock.now()
        accounts.audit("ai.prompt_chosen", user_id=user_id, subject=f"task:{task}", number=number)


def list_prompts(task: str) -> list[AiPrompt]:
    """Return the versions of a task's prompt, newest first."""
    rows = select(AiPrompt).where(AiPrompt.task == task).order_by(AiPrompt.number.desc())
    return list(db.session.scalars(rows))


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _by_hash(task: str, checksum: str) -> Prompt | None:
    row = db.session.scalar(
        select(AiPrompt).where(AiPrompt.task == task, AiPrompt.checksum == checksum)
    )
    return Prompt(row.task, row.number, row.text) if row else None
