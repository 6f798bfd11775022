"""Pictures of positions: the front door of the slice."""

from app.screenshots.rules.pictures import preview
from app.screenshots.rules.plausible import asked_fields
from app.screenshots.service.asking import PROMPT, TASK, read_picture
from app.screenshots.service.confirming import confirm, held_already
from app.screenshots.service.keeping import (
    delete_screenshot,
    get_picture,
    get_screenshot,
    list_screenshots,
    pictures_of,
    prune,
    read_again,
    send,
    send_text,
)
from app.screenshots.service.trying import try_prompt
from app.screenshots.service.working import read

__all__ = [
    "PROMPT",
    "TASK",
    "asked_fields",
    "confirm",
    "delete_screenshot",
    "get_picture",
    "get_screenshot",
    "held_already",
    "list_screenshots",
    "pictures_of",
    "preview",
    "prune",
    "read",
    "read_again",
    "read_picture",
    "send",
    "send_text",
    "try_prompt",
]
