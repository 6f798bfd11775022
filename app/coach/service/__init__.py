"""The coach: the front door of the slice."""

from app.coach.service.answering import PROMPT, TASK, Answer, answer

__all__ = ["PROMPT", "TASK", "Answer", "answer"]
