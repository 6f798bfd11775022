"""The coach: the front door of the slice."""

from app.coach.service.answering import PROMPT, TASK, Answer, answer, try_prompt
from app.coach.service.conversations import (
    allowance,
    ask,
    ask_again,
    delete_conversation,
    give_feedback,
    stop,
)
from app.coach.service.drawing import apply_proposal, draw
from app.coach.service.reading import (
    export,
    find_conversations,
    get_conversation,
    get_message,
    newest_conversation,
)
from app.coach.service.trials import ask_trial, list_trials, write_trial
from app.coach.service.writing import write

__all__ = [
    "PROMPT",
    "TASK",
    "Answer",
    "allowance",
    "answer",
    "apply_proposal",
    "ask",
    "ask_again",
    "ask_trial",
    "delete_conversation",
    "draw",
    "export",
    "find_conversations",
    "get_conversation",
    "get_message",
    "give_feedback",
    "list_trials",
    "newest_conversation",
    "stop",
    "try_prompt",
    "write",
    "write_trial",
]
