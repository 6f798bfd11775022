"""JSON: prompts of models, for the administrators of the operator's own site."""

from __future__ import annotations

from flask import Response

from app.admin import service
from app.admin.api.blueprint import answer, api, asker, site
from app.admin.schemas import PromptDetail
from app.ai.schemas.prompts import PromptChoice, PromptIn, Prompts, PromptTask, PromptText
from app.coach.schemas.trials import Trial, TrialIn
from app.core.auth import owner, principal
from app.core.describe import describe
from app.core.parse import json_body, parse


@api.get("/ai/prompts")
@describe(answer=Prompts)
@owner
def ai_prompts() -> Response:
    """All tasks that have a prompt, the versions of each, and which one models are told now."""
    return answer(service.prompts())


@api.post("/ai/prompts/<task>")
@describe(body=PromptIn, answer=PromptText)
@owner
def ai_add_prompt(task: str) -> Response:
    """Keep a text as a new version, unused before it is chosen.

    A text that is kept already comes back as the version that it is.
    """
    given = parse(PromptIn, json_body())
    return answer(service.add_prompt(task, given, by=asker(), me=principal().user_id))


@api.post("/ai/prompts/<task>/choice")
@describe(body=PromptChoice, answer=PromptTask)
@owner
def ai_choose_prompt(task: str) -> Response:
    """Let models be told a version from the next request on; null goes back to the program's own."""
    given = parse(PromptChoice, json_body())
    return answer(service.choose_prompt(task, given, by=asker(), me=principal().user_id))


@api.get("/ai/prompts/<task>/<int:number>")
@describe(answer=PromptDetail)
@owner
def ai_prompt(task: str, number: int) -> Response:
    """One version with its text, what it changed against the one before, and one's own dry runs.

    Of these the newest ten, with citations and the sentences that were removed. Those of others
    hold what is in their accounts.
    """
    return answer(service.prompt_detail(task, number, me=principal().user_id))


@api.post("/ai/prompts/<task>/<int:number>/trials")
@describe(body=TrialIn, answer=Trial)
@owner
def ai_try_prompt(task: str, number: int) -> Response:
    """Have a version tried, whether it is in use or not.

    The coach's prompt is tried with a question, that of analyses on a plain chart of a symbol, that
    of screenshots on a picture of ours (a look-alike), that of checks with one word.

    A worker writes it within a minute or so; it is counted as a dry run, and no member sees it. Its
    tools look into the account of who asks (409 where they have none).
    """
    given = parse(TrialIn, json_body())
    return answer(service.try_prompt(site(), task, number, given, me=principal().user_id))
