"""The coach: the front door of the slice."""

from app.coach.service.answering import PROMPT, TASK, Answer, answer
from app.coach.service.conversations import (
    allowance,
    ask,
    ask_again,
    delete_conversation,
    give_feedback,
    stop,
)
from app.coach.service.drawing import ChartProposal, apply_proposal, read_proposals
from app.coach.service.reading import (
    export,
    find_conversations,
    get_conversation,
    get_message,
    newest_conversation,
)
from app.coach.service.writing import write

__all__ = [
    "PROMPT",
    "TASK",
    "Answer",
    "ChartProposal",
    "allowance",
    "answer",
    "apply_proposal",
    "ask",
    "ask_again",
    "delete_conversation",
    "export",
    "find_conversations",
    "get_conversation",
    "get_message",
    "give_feedback",
    "newest_conversation",
    "read_proposals",
    "stop",
    "write",
]
