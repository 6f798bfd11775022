"""Versions of prompts as the owner sees them: who wrote what, what it changed, what is in use."""

from __future__ import annotations

from app.accounts import service as accounts
from app.ai.models import AiPrompt, AiPromptChoice
from app.ai.rules.catalogue import read_catalogue
from app.ai.rules.comparing import changed_lines
from app.ai.schemas.prompts import Prompts, PromptTask, PromptText, PromptVersion, Tries
from app.ai.service import gateway, prompts, settings
from app.core.db import db
from app.core.errors import NotFoundError
from app.core.i18n import gettext

TRIED: dict[str, Tries] = {
    "coach": "question", "analysis": "chart", "screenshot": "picture", "check": "word",
}  # fmt: skip
"""On what each task's prompt is tried."""


def list_tasks() -> Prompts:
    """Return all tasks that have a prompt, with the versions of each."""
    return Prompts(
        items=[get_task(task) for task in prompts.tasks_with_prompts()],
        appended=gateway.RULES.strip(), longest=prompts.LONGEST,
    )  # fmt: skip


def get_task(task: str) -> PromptTask:
    """Return a task with the versions of its prompt; NotFoundError for no such task."""
    rows, chosen = _rows(task), _chosen(task)
    return PromptTask(
        task=task, label=_label(task), can_try=task in TRIED, chosen=chosen,
        versions=[_version(row, chosen) for row in rows],
    )  # fmt: skip


def get_text(task: str, number: int) -> PromptText:
    """Return one version with its text and what it changed against the one before."""
    rows = [row for row in _rows(task) if row.number <= number][:2]
    if not rows or rows[0].number != number:
        raise NotFoundError(gettext("There is no such version of this prompt."))
    before = rows[1] if len(rows) > 1 else None
    return PromptText(
        task=task, label=_label(task), can_try=task in TRIED, tries=TRIED.get(task),
        most=settings.most_of(task, read_catalogue().tasks[task].most),
        version=_version(rows[0], _chosen(task)), text=rows[0].text,
        before=None if before is None else before.number,
        diff=[] if before is None else changed_lines(before.text, rows[0].text),
    )  # fmt: skip


def _rows(task: str) -> list[AiPrompt]:
    """Return the versions, the newest first; with the program's own text, kept or not yet.

    It is kept by the first request, or by the first change, under the number that it has here.
    """
    own, rows = prompts.own_text(task), prompts.list_prompts(task)
    if all(row.text != own for row in rows):
        number = rows[0].number + 1 if rows else 1
        rows.insert(0, AiPrompt(task=task, number=number, text=own, note=""))
    return rows


def _chosen(task: str) -> int | None:
    row = db.session.get(AiPromptChoice, task, populate_existing=True)
    return None if row is None else row.number


def _label(task: str) -> str:
    return read_catalogue().tasks[task].label


def _version(row: AiPrompt, chosen: int | None) -> PromptVersion:
    name = accounts.pseudonyms([row.made_by]).get(row.made_by, "") if row.made_by else ""
    is_own = row.text == prompts.own_text(row.task)
    return PromptVersion(
        number=row.number, made_at=row.made_at, made_by=name, wp_user=row.wp_user, note=row.note,
        characters=len(row.text), is_used=is_own if chosen is None else row.number == chosen,
        is_own=is_own,
    )  # fmt: skip
