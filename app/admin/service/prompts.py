"""What models are told before a question: versions, written, tried and chosen by the operator."""

from __future__ import annotations

from app.admin.schemas import PromptDetail
from app.ai import service as ai
from app.ai.schemas.prompts import PromptChoice, PromptIn, Prompts, PromptTask, PromptText
from app.coach import service as coach
from app.coach.schemas.trials import Trial, TrialIn
from app.core.errors import ConflictError, NotFoundError
from app.core.i18n import gettext


def prompts() -> Prompts:
    """Return all tasks that have a prompt, with their versions."""
    return ai.list_prompt_tasks()


def prompt_detail(task: str, number: int, *, me: int | None) -> PromptDetail:
    """Return one version with its text, what it changed, and the asker's own newest dry runs."""
    found = ai.prompt_version(task, number)
    trials = coach.list_trials(me, task, number) if found.can_try and me is not None else []
    return PromptDetail(**dict(found), trials=trials)


def add_prompt(task: str, given: PromptIn, *, by: int, me: int | None) -> PromptText:
    """Keep a text as a version; it is not used before it is chosen."""
    made = ai.add_prompt(task, given.text, note=given.note, made_by=me, wp_user=by)
    return ai.prompt_version(task, made.number)


def choose_prompt(task: str, given: PromptChoice, *, by: int, me: int | None) -> PromptTask:
    """Let a task's models be told a version from now on."""
    ai.choose_prompt(task, given.number, user_id=me, wp_user=by)
    return ai.prompt_versions(task)


def try_prompt(site_id: str, task: str, number: int, given: TrialIn, *, me: int | None) -> Trial:
    """Let a worker answer by a version; the tools look into the asker's own account."""
    if not ai.prompt_version(task, number).can_try:
        raise NotFoundError(gettext("Prompts of this task cannot be tried."))
    if me is None:
        message = gettext(
            "A dry run looks things up in your own account, and you have none yet: open a page with "
            "the dashboard once while you are signed in, then try again."
        )
        raise ConflictError(message)
    return coach.ask_trial(me, task, number, given, site_id=site_id)
